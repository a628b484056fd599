/* SPDX-License-Identifier: MIT */
/* The board: what each worker of the pool is doing, for all to read. */
#ifndef SHM_BOARD_H
#define SHM_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	BOARD_SLOTS = 2048,
	BOARD_ROUTES = 32,    /* names of routes that it has room for */
	BOARD_NAME_SIZE = 16, /* of one, with its end */
};

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
	atomic_int waits_for; /* provider index + 1; 0: none */
	atomic_int route;     /* of the request, place + 1; 0: none, or idle */
	atomic_int method;    /* of the request, as board_method() */
	atomic_int_fast64_t since_ms; /* of state, monotonic */
	atomic_int_fast64_t wait_since_ms;
	atomic_int_fast64_t served;
	atomic_int_fast64_t took_us; /* the latest answered request; 0: none */
	atomic_int_fast64_t born_ms; /* when the slot was taken */
};

/*
 * What is not a worker's is written by the owner, but for `slow`, to which all
 * add.  Whoever reads another program's board takes every value as a guess.
 */
struct board {
	struct board_slot slot[BOARD_SLOTS];
	atomic_int used;       /* slots from here on were never taken */
	atomic_int limit;      /* most workers there may be (workers.max) */
	atomic_int may_grow;   /* the supervisor wants to hear "none is idle" */
	atomic_int owner;      /* pid of who made it: supervisor or single */
	atomic_int generation; /* of the configuration: how often loaded */
	atomic_int waiting;    /* connections that nobody has accepted */
	atomic_int waiting_most; /* so many were seen at once */
	atomic_int
	    waiting_limit; /* so many fit; 0: not known, nor the others */
	atomic_int_fast64_t started_ms; /* the service; monotonic */
	atomic_int_fast64_t loaded_ms;  /* the configuration */
	atomic_int_fast64_t gone;   /* requests of workers that are no more */
	atomic_int_fast64_t deaths; /* workers that were not asked to leave */
	atomic_int_fast64_t full;   /* times all of `limit` became busy */
	atomic_int_fast64_t slow;   /* requests that took over log.slow */
	char route[BOARD_ROUTES][BOARD_NAME_SIZE]; /* names by place */
};

/*
 * A free slot, marked BOARD_STARTING; -1 when all are taken.  What its worker
 * had served counts as gone when it is released.
 */
int board_take(struct board *b, int generation);
void board_release(struct board *b, int slot);

/*
 * The service, or its new configuration, starts: once before the first worker,
 * then at each reload.
 */
void board_begin(struct board *b, int generation, int64_t now);

/* The route's name at a place, before the first request; cut to its room. */
void board_name_route(struct board *b, int place, const char *name);

/* Copies it, harmless whoever wrote it; "" when there is none. */
void board_route(const struct board *b, int place, char name[BOARD_NAME_SIZE]);

/* A number for a method's name and back; 0 is "" for what is in no list. */
int board_method(const char *name);
const char *board_method_name(int method);

/*
 * The request that a busy worker has begun to answer: its route's place, or
 * -1, and method; and its end, after `us` microseconds.
 */
void board_request(struct board *b, int slot, int place, const char *method);
void board_answered(struct board *b, int slot, int64_t us, bool slow);

/* Slots that were ever taken, sane whoever wrote it. */
int board_used(const struct board *b);

/* Requests begun, by all workers since the start. */
int64_t board_served(const struct board *b);

/* Seen: n connections that wait, of at most `limit`; below 0: not known. */
void board_see_waiting(struct board *b, int n, int limit);

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
