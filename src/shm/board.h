/* SPDX-License-Identifier: MIT */
/* The board: what each worker of the pool is doing, for all to read. */
#ifndef SHM_BOARD_H
#define SHM_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { BOARD_SLOTS = 2048 };

enum board_state { BOARD_FREE, BOARD_STARTING, BOARD_IDLE, BOARD_BUSY };

/*
 * One worker's line, written by that worker alone (the supervisor takes and
 * frees it).  A worker that is killed leaves its line as it was until the
 * supervisor reaps it, so nothing is counted that could be left too high.
 */
struct board_slot {
	_Alignas(64) atomic_int pid;
	atomic_int state; /* enum board_state */
	atomic_int generation;
	atomic_int waits_for;         /* provider index + 1; 0: none */
	atomic_int_fast64_t since_ms; /* of state, monotonic */
	atomic_int_fast64_t wait_since_ms;
	atomic_int_fast64_t served;
};

struct board {
	struct board_slot slot[BOARD_SLOTS];
	atomic_int used;     /* slots from here on were never taken */
	atomic_int limit;    /* most workers there may be (workers.max) */
	atomic_int may_grow; /* the supervisor wants to hear "none is idle" */
	atomic_int owner;    /* pid of who made it: supervisor or single */
};

/* A free slot, marked BOARD_STARTING; -1 when all are taken. */
int board_take(struct board *b, int generation);
void board_release(struct board *b, int slot);

/* What the worker does now; each time it becomes busy counts as served. */
void board_set(struct board *b, int slot, enum board_state state, int64_t now);

/* The workers of one generation, by what they do. */
struct board_count {
	int starting, idle, busy;
};
struct board_count board_count(const struct board *b, int generation);

/*
 * Workers that wait for provider p, and since when the longest does (now when
 * none).
 */
struct board_waits {
	int n;
	int64_t oldest_ms;
};
struct board_waits board_waits(const struct board *b, int p, int64_t now);
void board_wait_begin(struct board *b, int slot, int p, int64_t now);
void board_wait_end(struct board *b, int slot);

#endif
