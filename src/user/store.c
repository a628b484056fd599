/* SPDX-License-Identifier: MIT */
/* The statements about user_profile. */
#include "user/store.h"

#include "base/err.h"
#include "generated/queries.h"
#include "io/db.h"

#include <string.h>

static const struct db_statement profile_get = {
	.name = "profile_get",
	.sql = query_profile_get,
	.nparams = 2,
	.repeatable = true,
};

/* Repeatable although it writes: the second run finds the first one's row. */
static const struct db_statement profile_create = {
	.name = "profile_create",
	.sql = query_profile_create,
	.nparams = 2,
	.repeatable = true,
};

/* Not: another request's change may have come between the two.  Dated, so
 * that one given up cannot come after a newer one that was acknowledged. */
static const struct db_statement profile_change = {
	.name = "profile_change",
	.sql = query_profile_change,
	.nparams = 6,
	.dated = true,
};

static const struct db_statement user_gone = {
	.name = "user_gone",
	.sql = query_user_gone,
	.nparams = 2,
	.repeatable = true,
};

enum { THEME, NOTIFICATIONS, BIO, COLUMNS };

static void
read_row(const struct db_result *r, struct profile *p)
{
	p->theme = r->value[THEME];
	p->notifications = strcmp(r->value[NOTIFICATIONS], "t") == 0;
	p->bio = r->value[BIO];
}

/* STORE_GONE, STORE_DONE when he is not, or -1. */
static int
look_for_tombstone(struct db *db, const char *const *key, int64_t deadline,
    struct arena *a, struct err *e)
{
	struct db_result r;

	if (db_run(db, &user_gone, key, deadline, a, &r, e) == -1)
		return -1;
	return r.rows > 0 ? STORE_GONE : STORE_DONE;
}

int
store_get(struct db *db, const char *provider, const char *user_id,
    int64_t deadline, struct arena *a, struct profile *p, struct err *e)
{
	const char *key[] = { provider, user_id };
	struct db_result r;

	*p = (struct profile){ "light", true, NULL };
	if (db_run(db, &profile_get, key, deadline, a, &r, e) == -1)
		return -1;
	if (r.rows == 0)
		return look_for_tombstone(db, key, deadline, a, e);
	read_row(&r, p);
	return STORE_DONE;
}

int
store_get_or_create(struct db *db, const char *provider, const char *user_id,
    int64_t deadline, struct arena *a, struct profile *p, struct err *e)
{
	const char *key[] = { provider, user_id };
	struct db_result r;

	if (db_run(db, &profile_get, key, deadline, a, &r, e) == -1)
		return -1;
	if (r.rows == 0 &&
	    db_run(db, &profile_create, key, deadline, a, &r, e) == -1)
		return -1;
	/* the trigger of sql/0002 let none be made */
	if (r.rows == 0)
		return STORE_GONE;
	if (r.rows != 1 || r.cols != COLUMNS)
		return err_set(e, ERR_BUG, "profile_create: no profile");
	read_row(&r, p);
	return STORE_DONE;
}

int
store_change(struct db *db, const char *provider, const char *user_id,
    const struct profile_change *change, int64_t deadline, struct arena *a,
    struct err *e)
{
	const char *values[] = { provider, user_id, change->theme,
		change->notifications, change->bio, NULL };
	struct db_result r;
	int rc;

	if (db_run(db, &profile_change, values, deadline, a, &r, e) == -1)
		return -1;
	if (r.rows > 0)
		return STORE_DONE;
	rc = look_for_tombstone(db, values, deadline, a, e);
	if (rc == STORE_DONE)
		return err_set(e, ERR_DOWN,
		    "database: profile_change: came too late, not applied");
	return rc;
}
