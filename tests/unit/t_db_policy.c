/* SPDX-License-Identifier: MIT */
/* What a failed statement means and what happens next. */
#include "io/db_policy.h"

#include "tap.h"

static void
classes(void)
{
	static const struct {
		const char *state;
		enum db_class want;
	} t[] = {
		{ "08006", DB_CLASS_DOWN },
		{ "0A000", DB_CLASS_STALE },
		{ "22P02", DB_CLASS_DATA },
		{ "23505", DB_CLASS_BUG },
		{ "25006", DB_CLASS_MOVED },
		{ "25P02", DB_CLASS_BUG },
		{ "26000", DB_CLASS_STALE },
		{ "28P01", DB_CLASS_DOWN },
		{ "3D000", DB_CLASS_DOWN },
		{ "3F000", DB_CLASS_DOWN },
		{ "40001", DB_CLASS_CONFLICT },
		{ "40003", DB_CLASS_DOWN },
		{ "40P01", DB_CLASS_CONFLICT },
		{ "42501", DB_CLASS_DOWN },
		{ "42601", DB_CLASS_BUG },
		{ "42703", DB_CLASS_DOWN },
		{ "42P01", DB_CLASS_DOWN },
		{ "42P05", DB_CLASS_STALE },
		{ "53100", DB_CLASS_DOWN },
		{ "53300", DB_CLASS_DOWN },
		{ "55P03", DB_CLASS_DOWN },
		{ "57014", DB_CLASS_DOWN },
		{ "57P01", DB_CLASS_DOWN },
		{ "58030", DB_CLASS_DOWN },
		{ "P0001", DB_CLASS_BUG },
		{ "", DB_CLASS_BUG },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].state);
		INTEQ(db_policy_class(t[i].state), t[i].want);
	}
}

static void
first_steps(void)
{
	static const struct {
		enum db_outcome outcome;
		const char *state;
		bool repeatable;
		enum db_step want;
		enum err_kind kind;
	} t[] = {
		{ DB_REFUSED, "40001", false, DB_STEP_AGAIN, ERR_DOWN },
		{ DB_REFUSED, "26000", false, DB_STEP_PLAIN, ERR_BUG },
		{ DB_REFUSED, "25006", true, DB_STEP_MOVE_ON, ERR_DOWN },
		{ DB_REFUSED, "53300", true, DB_STEP_FAIL, ERR_DOWN },
		{ DB_REFUSED, "23514", true, DB_STEP_FAIL, ERR_BUG },
		{ DB_REFUSED, "22021", true, DB_STEP_FAIL, ERR_BUG },
		{ DB_UNSENT, "", false, DB_STEP_RENEW, ERR_DOWN },
		{ DB_LOST, "", true, DB_STEP_RENEW, ERR_DOWN },
		{ DB_LOST, "", false, DB_STEP_DROP, ERR_DOWN },
		{ DB_LOST, "57P01", false, DB_STEP_DROP, ERR_DOWN },
		{ DB_LATE, "", true, DB_STEP_DROP, ERR_DOWN },
		{ DB_TOO_MUCH, "", true, DB_STEP_FAIL, ERR_BUG },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct db_tries tries = { 0 };

		tap_row("outcome %d %s", (int)t[i].outcome, t[i].state);
		CHECK(db_policy_step(t[i].outcome, t[i].state, t[i].repeatable,
			  &tries) == t[i].want);
		CHECK(db_policy_kind(t[i].outcome, t[i].state) == t[i].kind);
	}
}

static int
steps_until_it_stays(enum db_outcome outcome, const char *state)
{
	struct db_tries tries = { 0 };
	enum db_step step;
	int n = 0;

	do {
		step = db_policy_step(outcome, state, true, &tries);
		n++;
	} while (n < 100 && step < DB_STEP_FAIL && step != DB_STEP_OK);
	return n;
}

static void
every_call_ends(void)
{
	CHECK(steps_until_it_stays(DB_DONE, "") == 1);
	CHECK(steps_until_it_stays(DB_REFUSED, "40001") ==
	      DB_CONFLICTS_MAX + 1);
	CHECK(steps_until_it_stays(DB_REFUSED, "0A000") == 2);
	CHECK(steps_until_it_stays(DB_LOST, "") == 2);
	CHECK(steps_until_it_stays(DB_UNSENT, "") == 2);
}

static void
pauses(void)
{
	CHECK(db_policy_pause(0, 0) == DB_PAUSE_MIN_MS);
	CHECK(db_policy_pause(100, 3) == 200);
	CHECK(db_policy_pause(1600, 3) == DB_PAUSE_MAX_MS);
	CHECK(db_policy_pause(DB_PAUSE_MAX_MS, 3) == DB_PAUSE_MAX_MS);
	CHECK(db_policy_pause(0, 700) == 700);
	CHECK(db_policy_pause(0, 60000) == DB_PAUSE_MAX_MS);
}

static const struct tap_case cases[] = {
	{ "each SQLSTATE has its class", classes },
	{ "each failure has its next step and kind", first_steps },
	{ "no failure is tried for ever", every_call_ends },
	{ "pauses double, follow slow failures and end", pauses },
};

TAP_MAIN(cases)
