/* SPDX-License-Identifier: MIT */
/* What adds to the table and takes from it, and what a row means here. */
#include "user/revocation.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "generated/queries.h"
#include "io/crypt.h"
#include "io/db.h"
#include "shm/shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH = 1000, /* as in the two that prune */
	BATCHES = 4,
	LEAST_S = 60 * 60, /* as in revocation_add.sql */
	NUMBER = 24,
};

/* Twice the same message has the effect of once, and so has the same row. */
static const struct db_statement revocation_store = {
	.name = "revocation_add",
	.sql = query_revocation_add,
	.nparams = 9,
	.repeatable = true,
};

static const struct db_statement pruning[] = {
	{
	    .name = "revocation_prune",
	    .sql = query_revocation_prune,
	    .repeatable = true,
	},
	{
	    .name = "webhook_prune",
	    .sql = query_webhook_prune,
	    .nparams = 1,
	    .repeatable = true,
	},
};

static const char *const kinds[REVOKED_KINDS] = {
	[REVOKED_SESSION] = "session",
	[REVOKED_USER] = "user",
};

static const char *const effects[REVOKED_EFFECTS] = {
	[REVOKED_RECHECK] = "recheck",
	[REVOKED_OLDER] = "older",
	[REVOKED_ALL] = "all",
};

static int
find(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static int64_t
wall_s(void)
{
	return clock_wall_ms() / 1000;
}

/* Another server's rows have the same numbers. */
static uint64_t
name_of(uint64_t row, uint64_t database)
{
	return row ^ database;
}

static int
apply(struct shared *shared, struct crypt_mac *mac, const struct revocation *r,
    const struct revoked_entry *as)
{
	struct revoked_entry entry = *as;

	entry.tag = revoked_tag(mac, r->provider, r->kind, r->id);
	entry.effect = r->effect;
	entry.brief = as->brief || r->gone || r->ended;
	return revoked_put(shared->revoked, &entry, clock_mono_ms(), wall_s());
}

int
revocation_apply(struct shared *shared, struct crypt_mac *mac,
    const struct revocation *r, int64_t keep_ms)
{
	int64_t now_s = wall_s(), most_s = now_s + keep_ms / 1000;
	struct revoked_entry entry = { .at_s = now_s + 1,
		.until_s = r->until_s };

	if (entry.until_s != 0 && entry.until_s < now_s + LEAST_S)
		entry.until_s = now_s + LEAST_S;
	if (entry.until_s == 0 || entry.until_s > most_s)
		entry.until_s = most_s;
	return apply(shared, mac, r, &entry);
}

int
revocation_add(struct db *db, struct shared *shared, struct crypt_mac *mac,
    const struct revocation *r, int64_t keep_ms, int64_t deadline,
    struct arena *a, enum revocation_stored *stored, struct err *e)
{
	enum { ROW, AT, UNTIL };
	char until[NUMBER], keep[NUMBER];
	const char *values[] = { r->provider, kinds[r->kind], r->id,
		effects[r->effect], r->gone ? "t" : "f", r->ended ? "t" : "f",
		until, keep, r->hook_id };
	struct revoked_entry entry;
	struct db_result res;

	snprintf(until, sizeof(until), "%lld", (long long)r->until_s);
	snprintf(keep, sizeof(keep), "%lld", (long long)(keep_ms / 1000));
	if (db_run(db, &revocation_store, values, deadline, a, &res, e) == -1)
		return -1;
	*stored = res.rows == 0 ? REVOCATION_KNOWN : REVOCATION_STORED;
	if (shared == NULL)
		return 0;
	/* Should the lock not be had: the row is there, and will be read. */
	if (res.rows == 0) {
		revocation_apply(shared, mac, r, keep_ms);
		return 0;
	}
	entry = (struct revoked_entry){
		.row = name_of(strtoull(res.value[ROW], NULL, 10),
		    atomic_load(&shared->news->database)),
		.at_s = strtoll(res.value[AT], NULL, 10),
		.until_s = strtoll(res.value[UNTIL], NULL, 10),
	};
	apply(shared, mac, r, &entry);
	return 0;
}

int
revocation_take(struct shared *shared, struct crypt_mac *mac,
    const char *const *v, uint64_t row, uint64_t database)
{
	int kind = find(kinds, REVOKED_KINDS, v[REVOCATION_KIND]);
	int effect = find(effects, REVOKED_EFFECTS, v[REVOCATION_EFFECT]);
	const struct revocation r = {
		.provider = v[REVOCATION_PROVIDER],
		.kind = (enum revoked_kind)kind,
		.id = v[REVOCATION_ID],
		.effect = effect == -1 ? REVOKED_RECHECK
				       : (enum revoked_effect)effect,
	};
	const struct revoked_entry as = {
		.row = name_of(row, database),
		.brief = strcmp(v[REVOCATION_BRIEF], "t") == 0,
		.at_s = strtoll(v[REVOCATION_AT], NULL, 10),
		.until_s = strtoll(v[REVOCATION_UNTIL], NULL, 10),
	};

	return kind == -1 ? 0 : apply(shared, mac, &r, &as);
}

int
revocation_prune(struct db *db, int64_t keep_ms, int64_t deadline,
    struct arena *a, int *deleted, struct err *e)
{
	char keep[NUMBER];
	const char *values[] = { keep };

	int more = 0;

	*deleted = 0;
	snprintf(keep, sizeof(keep), "%lld", (long long)(keep_ms / 1000));
	for (size_t i = 0; i < sizeof(pruning) / sizeof(*pruning); i++) {
		int n = BATCH;

		for (int batch = 0; n == BATCH && batch < BATCHES; batch++) {
			struct db_result res;

			if (db_run(db, &pruning[i], values, deadline, a, &res,
				e) == -1)
				return -1;
			n = (int)strtol(res.value[0], NULL, 10);
			*deleted += n;
		}
		if (n == BATCH)
			more = 1;
	}
	return more;
}
