/* SPDX-License-Identifier: MIT */
/*
 * Which credentials were good in the last ten minutes: no identity, no
 * credential, only a keyed tag of each.  It answers one question: may a
 * refusal be an outage in disguise?
 */
#ifndef SHM_RECENT_H
#define SHM_RECENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RECENT_KEEP_MS = 10 * 60 * 1000,
	RECENT_SETS = 8192, /* a power of two */
	RECENT_WAYS = 8,
};

/*
 * Two words a slot and no lock: a slot that is torn between two writers (or
 * left by a killed one) can only cost a needless probe of the provider.  Times
 * that lie in the future are nonsense and mean nothing.
 */
struct recent {
	struct recent_slot {
		atomic_uint_fast64_t tag;    /* 0: free */
		atomic_int_fast64_t good_ms; /* monotonic */
	} slot[RECENT_SETS][RECENT_WAYS];
};

/*
 * The tag of a credential of one provider; never 0.  mac: one of shared_mac(),
 * the same purpose in all processes.
 */
struct crypt_mac;
uint64_t recent_tag(struct crypt_mac *mac, const char *provider, int kind,
    const char *credential, size_t len);

/* The credential was good at `now`; the set's oldest makes room. */
void recent_add(struct recent *r, uint64_t tag, int64_t now);
bool recent_has(const struct recent *r, uint64_t tag, int64_t now);

/* It was refused, and that is believed. */
void recent_drop(struct recent *r, uint64_t tag);

#endif
