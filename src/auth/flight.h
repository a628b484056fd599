/* SPDX-License-Identifier: MIT */
/*
 * One call for all who want to know the same: who has the flight of a key asks
 * the provider, the others of the host wait for what that brings.
 */
#ifndef AUTH_FLIGHT_H
#define AUTH_FLIGHT_H

#include "auth/outside.h"

#include <stdbool.h>
#include <stdint.h>

/* One at a time in a process; its members are flight.c's. */
struct flight {
	const struct outside *outside;
	uint32_t lock;
	bool locked;
	bool waited; /* others had it before us */
};

/*
 * Takes the flight of a key (of slots_key()) when the provider may be asked
 * and no more workers wait for it than may.  While another process has it, we
 * wait until `until` (clock_mono_ms(); 0: not at all) or as long as a quick
 * answer takes, see outside_until().  A holder that dies makes room for the
 * next.  False: *no says why not, and there is no flight to end.
 *
 * With the flight: look first whether what is wanted is there by now, then see
 * flight_may_call(), then ask.
 */
bool flight_begin(struct flight *f, const struct outside *o,
    const unsigned char *key, int64_t until, struct outside_no *no);

/* False, and *no: who had the flight before us learnt that nobody shall. */
bool flight_may_call(const struct flight *f, struct outside_no *no);
void flight_end(struct flight *f);

#endif
