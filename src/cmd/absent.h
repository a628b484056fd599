/* SPDX-License-Identifier: MIT */
/* Who has a profile here and no account at the provider? */
#ifndef CMD_ABSENT_H
#define CMD_ABSENT_H

#include "base/err.h"

#include <stdint.h>
#include <stdio.h>

struct arena;
struct conf;
struct db;
struct progress;

enum { ABSENT_DATABASE_MS = 10 * 1000 }; /* for one statement */

struct absent_options {
	const struct conf *conf;
	const char *provider;
	struct db *db;
	int64_t most; /* it is pointless to go on after one more than this */
	struct progress *progress;
	FILE *out; /* is told of ids that no such provider makes */
};

struct absent;

/*
 * Connects to nothing; owned.  NULL: as directory_new(), which has the reasons
 * why a provider cannot be asked.
 */
struct absent *absent_new(const struct absent_options *o, struct err *e);
void absent_free(struct absent **s);

/*
 * Goes through all profiles of the provider and asks its directory about each.
 * 0, or -1 and *e (ERR_DOWN, ERR_BUG) when one answer was missing or unsound.
 */
int absent_find(struct absent *s, struct err *e);

/*
 * Asks about each one found by himself.  -1 and *e (ERR_DOWN) also when one of
 * them is there: then the directory contradicts itself, and nothing that it
 * said is to be believed.
 */
int absent_confirm(struct absent *s, struct err *e);

/* What was found; the ids are lent until absent_free(). */
int64_t absent_checked(const struct absent *s);
int64_t absent_count(const struct absent *s);
const char *absent_id(const struct absent *s, int64_t i);

#endif
