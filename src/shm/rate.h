/* SPDX-License-Identifier: MIT */
/*
 * Rate limits: a token bucket for each client address and each subject, kept
 * as one time (GCRA, the generic cell rate algorithm).
 */
#ifndef SHM_RATE_H
#define SHM_RATE_H

#include <stdatomic.h>
#include <stdint.h>

enum { RATE_SETS = 4096, RATE_WAYS = 8 }; /* sets: a power of two */

/* Two words a slot and no lock; zeros at first. */
struct rate {
	struct rate_slot {
		atomic_uint_fast64_t tag; /* 0: free */
		/* monotonic: when the bucket will be full again (GCRA's
		 * theoretical arrival time) */
		atomic_int_fast64_t full_us;
	} slot[RATE_SETS][RATE_WAYS];
};

struct rate_limit {
	int64_t interval_us; /* between two requests in the long run; 0: off */
	int64_t burst;       /* at once, at least 1 */
};

/*
 * Takes one token from the bucket of the tag (keyed, not 0).  0: there was one;
 * else microseconds until there will be.  A refused request costs no token.
 * Of a full set the bucket that is nearest to full makes room for a new one.
 */
int64_t rate_take(struct rate *r, uint64_t tag, const struct rate_limit *limit,
    int64_t now_us);

#endif
