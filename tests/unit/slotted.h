/* SPDX-License-Identifier: MIT */
/* A small table of slots, and keys that choose their set. */
#ifndef UNIT_SLOTTED_H
#define UNIT_SLOTTED_H

#include "unit/memory.h"

#include <string.h>

enum { SETS = 16, T = 5000000, HOUR = 3600 * 1000, N = SLOTS_UNITS };

static _Alignas(64) unsigned char mem[SETS * SLOTS_SET_SIZE];
static unsigned char out[SLOTS_VALUE_MAX + 1];
static size_t len;

static struct slots *
fresh(void)
{
	memset(mem, 0, sizeof(mem));
	return slots_new(mem, sizeof(mem), memory_new()->file);
}

/* The i-th key of a set: the first eight bytes choose it. */
static const unsigned char *
key(uint64_t set, int i)
{
	static unsigned char k[4][SLOTS_KEY_SIZE];
	static int turn;

	turn = (turn + 1) % 4;
	memset(k[turn], i, sizeof(k[turn]));
	memcpy(k[turn], &set, sizeof(set));
	return k[turn];
}

static enum slots_answer
get(struct slots *s, const unsigned char *k, int64_t now)
{
	memset(out, 0xee, sizeof(out));
	return slots_get(s, k, out, sizeof(out), &len, now);
}

static enum slots_answer
put(struct slots *s, const unsigned char *k, int64_t expires, int64_t now)
{
	return slots_put(s, k, &expires, sizeof(expires), expires, now);
}

#endif
