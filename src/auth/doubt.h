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
	bool (*probe)(void *ctx, int64_t deadline);
	void *ctx;
};

/*
 * Does the refusal stand?  That of a credential which was good lately stands
 * when a readiness probe that began after its first refusal was good; one
 * probe a second serves all workers, so this may wait for the next.  Any
 * other refusal stands unless the provider was just seen to be in trouble.
 * False: it could not be found out, and the credential stays remembered.
 */
bool doubt_believes(const struct doubt *d);

#endif
