/* SPDX-License-Identifier: MIT */
/* The body of POST /user/preferences, checked field by field. */
#ifndef USER_PREFS_H
#define USER_PREFS_H

#include "base/err.h"
#include "user/store.h"

#include <stddef.h>

struct arena;

enum { PREFS_FIELDS = 3 };

/* The themes there are; NULL ends them. */
extern const char *const prefs_themes[];

/* Every field that is wrong, in the order of the specification. */
struct prefs_problems {
	int n;
	struct {
		const char *field;
		const char *problem; /* for the person who filled it in */
	} list[PREFS_FIELDS];
};

/*
 * Reads {"theme"?, "notifications"?, "bio"?}; unknown members are ignored, so
 * that a client may post back the profile that it read.  0 and *change (texts
 * lent from the arena), with p->n > 0 when fields are wrong; -1 and *e
 * (ERR_INPUT) when it is not a strict JSON object at all.
 */
int prefs_parse(const char *body, size_t len, long bio_max, struct arena *a,
    struct profile_change *change, struct prefs_problems *p, struct err *e);

#endif
