/* SPDX-License-Identifier: MIT */
/* Keyset paging: rows that come and go meanwhile shift nothing. */
#include "user/roster.h"

#include "generated/queries.h"
#include "io/db.h"

#include <stdio.h>

static const struct db_statement profile_ids = {
	.name = "profile_ids",
	.sql = query_profile_ids,
	.nparams = 3,
	.repeatable = true,
};

int
roster_page(struct db *db, const char *provider, const char *after, int n,
    int64_t deadline, struct arena *a, const char *const **ids, struct err *e)
{
	char most[16];
	const char *values[] = { provider, after, most };
	struct db_result r;

	snprintf(most, sizeof(most), "%d", n);
	if (db_run(db, &profile_ids, values, deadline, a, &r, e) == -1)
		return -1;
	*ids = r.value; /* of one column */
	return r.rows;
}
