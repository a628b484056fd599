/* SPDX-License-Identifier: MIT */
/*
 * Times out of shared memory, which any process of our user may have written:
 * nonsense must neither overflow nor keep anybody waiting.
 */
#ifndef SHM_SANE_H
#define SHM_SANE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Milliseconds from now until then; 0 when it is past, or further away than
 * anybody sets it (`most`, with room for clocks that were read earlier).
 */
static inline int64_t
sane_left_ms(int64_t then, int64_t most, int64_t now)
{
	return then > now && then <= now + 2 * most ? then - now : 0;
}

/* It is at least ms ago; what is that far in the future never was. */
static inline bool
sane_is_past(int64_t then, int64_t ms, int64_t now)
{
	return then <= now - ms || then > now + ms;
}

#endif
