/* SPDX-License-Identifier: MIT */
/* Asking a provider for its key set, which discovery may have to find. */
#ifndef AUTH_KEY_FETCH_H
#define AUTH_KEY_FETCH_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct key_fetch;
struct keys_options;

/* One a provider and worker; connects to nothing.  NULL: no memory. */
struct key_fetch *key_fetch_new(const struct keys_options *o);
void key_fetch_free(struct key_fetch **f);

/* Lent from the arena. */
struct key_text {
	const char *data;
	size_t len;
	int64_t pause_ms;    /* of a failure: what the provider asked for */
	const char *trouble; /* discovery failed, an old answer served; NULL */
};

/*
 * Fetches the set as text, each call within the provider's timeout and all of
 * it before the deadline.  Where discovery found it is kept in the provider's
 * line for KEYS_DISCOVERY_MS, and longer while discovery fails.  -1 and *e.
 */
int key_fetch_run(struct key_fetch *f, int64_t deadline, struct arena *a,
    struct key_text *text, struct err *e);

int64_t key_fetch_take_spent_us(struct key_fetch *f);

#endif
