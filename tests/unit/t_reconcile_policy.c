/* SPDX-License-Identifier: MIT */
/* cmd/reconcile_policy: how many profiles may go at once. */
#include "tap.h"

#include "cmd/reconcile_policy.h"

static void
steps(void)
{
	static const struct {
		struct reconcile_count in;
		enum reconcile_step want;
	} t[] = {
		/* checked, absent, limit, apply */
		{ { 0, 0, 0, true }, RECONCILE_NOTHING },
		{ { 500, 0, 0, true }, RECONCILE_NOTHING },
		{ { 500, 0, 3, false }, RECONCILE_NOTHING },
		{ { 500, 1, 0, false }, RECONCILE_SHOW },
		{ { 500, 1, 0, true }, RECONCILE_REMOVE },
		/* few may go, however small the site; but not all */
		{ { 11, 10, 0, true }, RECONCILE_REMOVE },
		{ { 12, 11, 0, true }, RECONCILE_TOO_MANY },
		{ { 10, 10, 0, true }, RECONCILE_NOBODY },
		{ { 1, 1, 0, true }, RECONCILE_NOBODY },
		{ { 1, 1, 0, false }, RECONCILE_NOBODY },
		{ { 1000, 1000, 0, true }, RECONCILE_NOBODY },
		/* a fifth may */
		{ { 500, 100, 0, true }, RECONCILE_REMOVE },
		{ { 500, 101, 0, true }, RECONCILE_TOO_MANY },
		{ { 500, 101, 0, false }, RECONCILE_TOO_MANY },
		{ { 55, 11, 0, true }, RECONCILE_REMOVE },
		{ { 54, 11, 0, true }, RECONCILE_TOO_MANY },
		/* and never more than the most */
		{ { 1000000, 1000, 0, true }, RECONCILE_REMOVE },
		{ { 1000000, 1001, 0, true }, RECONCILE_TOO_MANY },
		/* but for the operator's word, which binds as well */
		{ { 500, 101, 101, true }, RECONCILE_REMOVE },
		{ { 500, 101, 101, false }, RECONCILE_SHOW },
		{ { 500, 102, 101, true }, RECONCILE_OVER },
		{ { 500, 2, 1, false }, RECONCILE_OVER },
		{ { 1, 1, 1, true }, RECONCILE_REMOVE },
		{ { 5000, 5000, 5000, true }, RECONCILE_REMOVE },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%d of %d, limit %d, %s", (int)t[i].in.absent,
		    (int)t[i].in.checked, (int)t[i].in.limit,
		    t[i].in.apply ? "apply" : "look");
		INTEQ(reconcile_step(&t[i].in), t[i].want);
	}
}

static void
ceiling(void)
{
	for (int64_t limit = 0; limit <= 2000; limit += 100) {
		struct reconcile_count c = {
			.checked = INT64_MAX, .limit = limit, .apply = true
		};
		enum reconcile_step step;

		tap_row("limit %d", (int)limit);
		c.absent = reconcile_ceiling(limit);
		INTEQ(reconcile_step(&c), RECONCILE_REMOVE);
		c.absent++;
		step = reconcile_step(&c);
		CHECK(step == RECONCILE_TOO_MANY || step == RECONCILE_OVER);
	}
}

static const struct tap_case cases[] = {
	{ "a wrong or an empty provider cannot wipe the table", steps },
	{ "beyond the ceiling there are refusals only", ceiling },
};
TAP_MAIN(cases)
