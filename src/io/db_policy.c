/* SPDX-License-Identifier: MIT */
/* SQLSTATE and outcome to reaction; no libpq, no clock, no socket. */
#include "io/db_policy.h"

#include "base/str.h"

#include <stddef.h>

/* The first row that is a prefix counts: single codes stand above classes. */
static const struct {
	const char *prefix;
	enum db_class is;
} classes[] = {
	{ "0A000", DB_CLASS_STALE },    /* cached plan changed its result */
	{ "26000", DB_CLASS_STALE },    /* DISCARD ALL, another backend */
	{ "42P05", DB_CLASS_STALE },    /* another client's, by a pooler */
	{ "40001", DB_CLASS_CONFLICT }, /* serialization failure */
	{ "40P01", DB_CLASS_CONFLICT }, /* deadlock */
	{ "25006", DB_CLASS_MOVED },    /* read only: a standby */
	{ "25P03", DB_CLASS_DOWN },     /* idle in transaction for too long */
	{ "42P01", DB_CLASS_DOWN },     /* table missing: not migrated */
	{ "42703", DB_CLASS_DOWN },     /* column missing: older schema */
	{ "42501", DB_CLASS_DOWN },     /* rights missing */
	{ "08", DB_CLASS_DOWN },        /* connection */
	{ "22", DB_CLASS_DATA },        /* a value the caller let through */
	{ "28", DB_CLASS_DOWN },        /* authorization */
	{ "3D", DB_CLASS_DOWN },        /* no such database */
	{ "3F", DB_CLASS_DOWN },        /* no such schema */
	{ "40", DB_CLASS_DOWN },        /* rolled back otherwise */
	{ "53", DB_CLASS_DOWN },        /* resources: disk, connections */
	{ "55", DB_CLASS_DOWN },        /* lock timeout */
	{ "57", DB_CLASS_DOWN },        /* cancelled, shutting down */
	{ "58", DB_CLASS_DOWN },        /* input and output errors */
};

enum db_class
db_policy_class(const char *sqlstate)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (str_after(sqlstate, classes[i].prefix) != NULL)
			return classes[i].is;
	return DB_CLASS_BUG;
}

static enum db_step
step_refused(enum db_class is, struct db_tries *t)
{
	if (is == DB_CLASS_CONFLICT && t->conflicts < DB_CONFLICTS_MAX) {
		t->conflicts++;
		return DB_STEP_AGAIN;
	}
	if (is == DB_CLASS_STALE && !t->plain) {
		t->plain = true;
		return DB_STEP_PLAIN;
	}
	return is == DB_CLASS_MOVED ? DB_STEP_MOVE_ON : DB_STEP_FAIL;
}

enum db_step
db_policy_step(enum db_outcome outcome, const char *sqlstate, bool repeatable,
    struct db_tries *t)
{
	switch (outcome) {
	case DB_DONE:
		return DB_STEP_OK;
	case DB_REFUSED:
		return step_refused(db_policy_class(sqlstate), t);
	case DB_UNSENT:
	case DB_LOST:
		if (t->renewed || (outcome == DB_LOST && !repeatable))
			return DB_STEP_DROP;
		t->renewed = true;
		return DB_STEP_RENEW;
	case DB_LATE:
		return DB_STEP_DROP;
	case DB_TOO_MUCH:
		break;
	}
	return DB_STEP_FAIL;
}

enum err_kind
db_policy_kind(enum db_outcome outcome, const char *sqlstate)
{
	if (outcome == DB_UNSENT || outcome == DB_LOST || outcome == DB_LATE)
		return ERR_DOWN;
	if (outcome == DB_TOO_MUCH)
		return ERR_BUG;
	switch (db_policy_class(sqlstate)) {
	case DB_CLASS_DOWN:
	case DB_CLASS_MOVED:
	case DB_CLASS_CONFLICT:
		return ERR_DOWN;
	case DB_CLASS_BUG:
	case DB_CLASS_DATA:
	case DB_CLASS_STALE:
		break;
	}
	return ERR_BUG;
}

int
db_policy_pause(int before_ms, int spent_ms)
{
	int pause = before_ms == 0 ? DB_PAUSE_MIN_MS : 2 * before_ms;

	if (pause < spent_ms)
		pause = spent_ms;
	return pause > DB_PAUSE_MAX_MS ? DB_PAUSE_MAX_MS : pause;
}
