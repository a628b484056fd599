/* SPDX-License-Identifier: MIT */
/* What a webhook means for us: pure, from its body to a revocation. */
#ifndef HOOK_EVENT_H
#define HOOK_EVENT_H

#include "user/revocation.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;

enum { EVENT_TYPE_MAX = 128 }; /* longest name of an event */

/* Strings are lent from the arena. */
struct event {
	const char *type; /* as the provider calls it, for the log */
	bool matters;     /* else there is nothing to do, and that is fine */
	struct revocation revocation; /* without provider and hook_id */
};

/*
 * Reads the body of a webhook whose sender is proved.  0; or -1 and ERR_INPUT:
 * not an object, or without what its type promises; ERR_BUG: no memory.
 */
int event_read_clerk(const char *body, size_t n, struct arena *a,
    struct event *ev, struct err *e);
int event_read_ory(const char *body, size_t n, struct arena *a,
    struct event *ev, struct err *e);

#endif
