/* SPDX-License-Identifier: MIT */
/* proc/pool: the truth table of the worker pool. */
#include "tap.h"

#include "proc/pool.h"

enum { T = 1000000, QUIET = T - POOL_QUIET_MS, JUST = T - 1 };

static void
truth(void)
{
	static const struct {
		const char *name;
		struct pool_state in;
		enum pool_step want;
	} t[] = {
		{ "nobody yet", { .min = 2, .max = 4 }, POOL_SPAWN },
		{ "one of two", { .min = 2, .max = 4, .idle = 1 },
		    POOL_SPAWN },
		{ "one starting of two", { .min = 2, .max = 4, .starting = 1 },
		    POOL_SPAWN },
		{ "two starting", { .min = 2, .max = 4, .starting = 2 },
		    POOL_HOLD },
		{ "two idle", { .min = 2, .max = 4, .idle = 2 }, POOL_HOLD },
		{ "all busy", { .min = 2, .max = 4, .busy = 2 }, POOL_SPAWN },
		{ "all busy, one on its way",
		    { .min = 2, .max = 4, .busy = 2, .starting = 1 },
		    POOL_HOLD },
		{ "one left", { .min = 2, .max = 4, .idle = 1, .busy = 1 },
		    POOL_HOLD },
		{ "full", { .min = 2, .max = 4, .busy = 4 }, POOL_HOLD },
		{ "over full, as after a reload",
		    { .min = 2, .max = 4, .busy = 5 }, POOL_HOLD },
		{ "exactly N", { .min = 3, .max = 3, .busy = 3 }, POOL_HOLD },
		{ "quiet, too many", { .min = 2, .max = 4, .idle = 3,
		    .tight_ms = QUIET }, POOL_RETIRE },
		{ "quiet, one busy", { .min = 2, .max = 4, .idle = 2,
		    .busy = 1, .tight_ms = QUIET }, POOL_RETIRE },
		{ "quiet, but only one idle", { .min = 2, .max = 4,
		    .idle = 1, .busy = 2, .tight_ms = QUIET }, POOL_HOLD },
		{ "tight a moment ago", { .min = 2, .max = 4, .idle = 3,
		    .tight_ms = QUIET + 1 }, POOL_HOLD },
		{ "quiet, at min", { .min = 2, .max = 4, .idle = 2,
		    .tight_ms = QUIET }, POOL_HOLD },
		{ "young death a moment ago", { .min = 2, .max = 4,
		    .young_deaths = 1, .died_ms = JUST }, POOL_HOLD },
		{ "young death long ago", { .min = 2, .max = 4,
		    .young_deaths = 1, .died_ms = T - 100 }, POOL_SPAWN },
		{ "many, a second ago", { .min = 2, .max = 4,
		    .young_deaths = 50, .died_ms = T - 1000 }, POOL_HOLD },
		{ "many, two seconds ago", { .min = 2, .max = 4,
		    .young_deaths = 50, .died_ms = T - 2000 }, POOL_SPAWN },
		{ "no young death: the time of the last does not count",
		    { .min = 2, .max = 4, .died_ms = JUST }, POOL_SPAWN },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct pool_state s = t[i].in;

		tap_row("%s", t[i].name);
		s.now_ms = T;
		INTEQ(pool_step(&s), t[i].want);
	}
}

static void
retry(void)
{
	static const int64_t want[] = { 0, 100, 200, 400, 800, 1600, 2000,
		2000 };

	for (size_t i = 0; i < ROWS(want); i++) {
		tap_row("%zu deaths", i);
		INTEQ(pool_retry_ms((int)i), want[i]);
	}
	INTEQ(pool_retry_ms(1000000), 2000);
}

static const struct tap_case cases[] = {
	{ "one step at a time, by the table", truth },
	{ "the pause after young deaths doubles up to two seconds", retry },
};
TAP_MAIN(cases)
