/* SPDX-License-Identifier: MIT */
/* shm/news: how old what is known may be, and who reads what is new. */
#include "tap.h"

#include "shm/news.h"
#include "unit/child.h"

#include <sys/mman.h>

enum { NOW = 5000000, EVERY = 1000, BOUND = 10000 };

static void
fresh(void)
{
	static const struct {
		const char *what;
		int64_t read_ms;
		bool fresh;
	} t[] = {
		{ "never read", 0, false },
		{ "this moment", NOW, true },
		{ "in time", NOW - BOUND + 1, true },
		{ "too old", NOW - BOUND, false },
		{ "a clock that was read earlier", NOW + 5, true },
		{ "in a future that cannot be", NOW + BOUND + 1, false },
		{ "at the end of time", INT64_MAX, false },
		{ "before time began", INT64_MIN, false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct news n = { .read_ms = t[i].read_ms };

		tap_row("%s", t[i].what);
		INTEQ(news_are_fresh(&n, BOUND, NOW), t[i].fresh);
	}
}

static void
claims(void)
{
	struct news n = { 0 };

	CHECK(news_claim(&n, EVERY, NOW));
	CHECK(!news_claim(&n, EVERY, NOW));
	tap_row("%s", "a reader that died is replaced");
	CHECK(!news_claim(&n, EVERY, NOW + EVERY - 1));
	CHECK(news_claim(&n, EVERY, NOW + EVERY));
	tap_row("%s", "read by somebody who did not ask");
	atomic_store(&n.read_ms, NOW + 3 * EVERY);
	CHECK(!news_claim(&n, EVERY, NOW + 4 * EVERY - 1));
	CHECK(news_claim(&n, EVERY, NOW + 4 * EVERY));
	tap_row("%s", "nonsense hinders nobody");
	atomic_store(&n.read_ms, INT64_MAX);
	atomic_store(&n.tried_ms, INT64_MAX);
	CHECK(news_claim(&n, EVERY, NOW));
	CHECK(!news_claim(&n, EVERY, NOW));
}

static int
claim_often(void *ctx)
{
	int won = 0;

	for (int i = 0; i < 1000; i++)
		won += news_claim(ctx, EVERY, NOW);
	return won;
}

static void
one_of_many(void)
{
	struct news *n = mmap(NULL, sizeof(*n), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[4];

	for (int round = 0; round < 20; round++) {
		int won = 0;

		atomic_store(&n->tried_ms, 0);
		for (int i = 0; i < 4; i++)
			pid[i] = child_start(claim_often, n);
		for (int i = 0; i < 4; i++)
			won += child_wait(pid[i]);
		INTEQ(won, 1);
	}
	munmap(n, sizeof(*n));
}

/* Does it begin anew, when the wall clock is so much off since last time? */
static bool
begins(struct news *n, int64_t set_ms)
{
	static int64_t mono = NOW, ahead = 1700000000000;
	uint64_t was = atomic_load(&n->epoch);

	mono += EVERY;
	ahead += set_ms;
	atomic_store(&n->cursor, 77);
	news_note_clock(n, mono + ahead, mono);
	INTEQ(atomic_load(&n->cursor), was == atomic_load(&n->epoch) ? 77 : 0);
	return atomic_load(&n->epoch) != was;
}

static void
clock_was_set(void)
{
	enum { MONTH_S = 30 * 86400 };
	static const struct {
		int64_t set_ms;
		bool anew;
	} t[] = {
		{ 0, false },
		{ 5000, false },
		{ NEWS_DRIFT_MS, false },
		{ -NEWS_DRIFT_MS, false },
		{ NEWS_DRIFT_MS + 1, true },
		{ 0, false },
		{ -NEWS_DRIFT_MS - 1, true },
		{ MONTH_S * 1000LL, true },
		{ -MONTH_S * 1000LL, true },
		{ 0, false },
	};
	struct news n = { .read_ms = NOW };

	INTEQ(begins(&n, 0), false); /* nothing to compare with */
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("row %zu", i);
		INTEQ(begins(&n, t[i].set_ms), t[i].anew);
	}
	tap_row("%s", "nonsense");
	atomic_store(&n.drift_ms, INT64_MIN);
	INTEQ(begins(&n, 0), true);
	atomic_store(&n.drift_ms, INT64_MAX);
	INTEQ(begins(&n, 0), true);
	INTEQ(atomic_load(&n.read_ms), NOW); /* news they are all the same */
}

static const struct tap_case cases[] = {
	{ "news are fresh as long as the bound says", fresh },
	{ "one caller reads, and another one when it took too long", claims },
	{ "of many processes one wins", one_of_many },
	{ "when the wall clock was set, all is read again", clock_was_set },
};
TAP_MAIN(cases)
