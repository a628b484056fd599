/* SPDX-License-Identifier: MIT */
/*
 * The refusal that may be an outage: a provider in trouble may refuse good
 * sessions with the same words as bad ones.
 */
#ifndef AUTH_DOUBT_H
#define AUTH_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

struct gate;
struct recent;

enum { DOUBT_POLL_MS = 20 }; /* while another worker's probe runs */

struct doubt {
	struct gate *gate;
	struct recent *recent;
	uint64_t tag;     /* of the refused credential */
	int64_t deadline; /* clock_mono_ms(): no waiting beyond */
	/* the provider had told us to ask: it may be probed for us alone */
	bool expected;
	bool (*probe)(void *ctx, int64_t deadline);
	void *ctx;
};

enum doubt_answer {
	DOUBT_NONE,      /* the refusal stands */
	DOUBT_ASK_AGAIN, /* the provider is well, now: the next one stands */
	DOUBT_OPEN,      /* it could not be found out */
};

/*
 * Does the refusal stand that was just received?  For a credential which was
 * good lately, a readiness probe that begins after it has to be good, and then
 * it has to be refused again: it may have been the end of an outage.  One probe
 * a second serves all workers, so this may wait for the next.  Any other
 * refusal stands unless the provider was just seen to be in trouble.  The
 * credential stays remembered in any case.
 */
enum doubt_answer doubt_judge(const struct doubt *d);

#endif
