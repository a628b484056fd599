/* SPDX-License-Identifier: MIT */
/* route/ready: what the parts say together; how often they are asked. */
#include "tap.h"

#include "base/clock.h"
#include "conf/conf.h"
#include "route/ready.h"
#include "unit/world.h"

static void
judge(void)
{
	static const struct {
		enum part_state database, migrations, revocations, provider[2];
		enum ready_state want;
	} t[] = {
		{ PART_OK, PART_OK, PART_OK, { PART_OK, PART_OK }, READY_OK },
		{ PART_OK, PART_NEWER, PART_OK, { PART_OK, PART_OK },
		    READY_OK },
		{ PART_OK, PART_CHANGED, PART_OK, { PART_OK, PART_OK },
		    READY_DEGRADED },
		{ PART_OK, PART_PENDING, PART_OK, { PART_OK, PART_OK },
		    READY_DOWN },
		{ PART_OK, PART_UNKNOWN, PART_OK, { PART_OK, PART_OK },
		    READY_DOWN },
		{ PART_OK, PART_DOWN, PART_OK, { PART_OK, PART_OK },
		    READY_DOWN },
		{ PART_DOWN, PART_OK, PART_OK, { PART_OK, PART_OK },
		    READY_DOWN },
		{ PART_DOWN, PART_UNKNOWN, PART_OK, { PART_OK, PART_OK },
		    READY_DOWN },
		{ PART_UNKNOWN, PART_OK, PART_OK, { PART_OK, PART_OK },
		    READY_DOWN },
		{ PART_OK, PART_OK, PART_OK, { PART_DOWN, PART_OK },
		    READY_DEGRADED },
		{ PART_OK, PART_OK, PART_OK, { PART_OK, PART_DOWN },
		    READY_DEGRADED },
		{ PART_OK, PART_OK, PART_OK, { PART_UNKNOWN, PART_OK },
		    READY_DEGRADED },
		{ PART_OK, PART_NEWER, PART_OK, { PART_DOWN, PART_DOWN },
		    READY_DEGRADED },
		{ PART_DOWN, PART_OK, PART_OK, { PART_DOWN, PART_OK },
		    READY_DOWN },
		{ PART_OK, PART_OK, PART_LATE, { PART_OK, PART_OK },
		    READY_DEGRADED },
		{ PART_OK, PART_OK, PART_UNKNOWN, { PART_OK, PART_OK },
		    READY_DEGRADED },
		{ PART_DOWN, PART_OK, PART_LATE, { PART_OK, PART_OK },
		    READY_DOWN },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		const struct ready_look l = {
			.database = t[i].database,
			.migrations = t[i].migrations,
			.revocations = t[i].revocations,
			.provider = { t[i].provider[0], t[i].provider[1] },
		};

		tap_row("row %zu", i);
		INTEQ(ready_judge(&l, 2), t[i].want);
	}
	for (int s = 0; s < PART_STATES; s++)
		CHECK(ready_name((enum part_state)s) != NULL);
}

static void
looks(void)
{
	struct ready_look l;
	struct world w;
	int64_t in_time;

	world_open(&w, NULL, "");
	world_serving(&w);
	in_time = clock_mono_ms() + 2000;
	for (int i = 0; i < 3; i++) {
		ready_look(&w.service, in_time, w.arena, &l);
		INTEQ(l.state, READY_DOWN); /* there is no database */
		INTEQ(l.database, PART_DOWN);
		INTEQ(l.migrations, PART_UNKNOWN);
		INTEQ(l.revocations, PART_UNKNOWN);
		INTEQ(l.provider[0], PART_OK);
	}
	INTEQ(stub_requests(w.stub, "/health/ready"), 1);
	stub_json(w.stub, "/health/ready", 503, "", "{}");
	atomic_store(&w.shared->ready->looked_ms,
	    clock_mono_ms() - READY_EVERY_MS);
	ready_look(&w.service, in_time, w.arena, &l);
	INTEQ(l.provider[0], PART_DOWN);
	INTEQ(stub_requests(w.stub, "/health/ready"), 2);
	world_close(&w);
}

static void
news(void)
{
	struct ready_look l;
	struct world w;
	int64_t now = clock_mono_ms(), bound;

	world_open(&w, NULL, "");
	world_serving(&w);
	bound = w.service.conf->revocation.bound;
	for (int late = 0; late < 2; late++) {
		atomic_store(&w.shared->news->read_ms,
		    late ? now - bound : now);
		ready_look(&w.service, now + 2000, w.arena, &l);
		INTEQ(l.revocations, late ? PART_LATE : PART_OK);
	}
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "without database or migrations down, without provider degraded",
	    judge },
	{ "the outside is looked at once, then remembered a while", looks },
	{ "revocations that were not read within the bound are late", news },
};
TAP_MAIN(cases)
