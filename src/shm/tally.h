/* SPDX-License-Identifier: MIT */
/*
 * Room for the counters of a host, and nothing else: which cell means what is
 * obs/metrics.c's.  Zeros at first; relaxed atomics, no locks.
 */
#ifndef SHM_TALLY_H
#define SHM_TALLY_H

#include <stdatomic.h>

enum {
	TALLY_SHARDS = 8,   /* so that workers seldom meet in a cache line */
	TALLY_CELLS = 5120, /* counters; the value is the sum of its shards */
	TALLY_LABELS = 16,  /* names that come from the configuration */
};

struct tally {
	atomic_uint_fast64_t shape; /* whose meaning the cells have; 0: none */
	atomic_uint_fast64_t label[TALLY_LABELS]; /* digests; 0: free */
	_Alignas(64) atomic_uint_fast64_t cell[TALLY_SHARDS][TALLY_CELLS];
};

#endif
