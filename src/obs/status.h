/* SPDX-License-Identifier: MIT */
/*
 * What a service does now, as plain values: copied out of memory that others
 * write, and anybody may have made, so every value in there is a guess.
 */
#ifndef OBS_STATUS_H
#define OBS_STATUS_H

#include "shm/shared.h"

#include <sys/types.h>

struct arena;
struct conf;

/* Times are milliseconds that have passed; -1: never. */
struct status_worker {
	pid_t pid; /* 0: just forked, its supervisor has not written it yet */
	enum board_state state;
	int generation;
	int64_t since_ms; /* of the state */
	int64_t age_ms;
	int64_t served, took_us; /* of the latest request; 0: none yet */
	const char *method;      /* of the request in hand; or "" */
	char route[BOARD_NAME_SIZE];
	const char *waits_for; /* a provider; NULL: none */
	int64_t waits_ms;
};

enum status_gate { STATUS_OPEN, STATUS_PAUSED, STATUS_BACKOFF };

struct status_provider {
	const char *name;
	bool used; /* somebody looked for it: what follows means something */
	enum status_gate gate;
	int64_t closed_ms; /* left until it is worth asking */
	int64_t good_ms, took_ms;
	int failures;
	uint64_t count[UPSTREAM_COUNTS];
};

struct status_memory {
	const char *where; /* ""; private to a supervisor */
	size_t size;
	struct slots_usage slots;
	int revoked;
	uint64_t lost; /* revocations that found no room while they mattered */
	int64_t news_ms; /* since revocations were read */
	bool fresh;
	int n;
	struct status_provider provider[SHARED_PROVIDERS];
};

struct status_board {
	pid_t pid;
	bool single; /* one process, that is its only worker */
	int limit;   /* most workers */
	int generation;
	int64_t started_ms, loaded_ms;
	int64_t served, slow, deaths, full;
	/* connections: that wait, the most that did, room; -1: not known */
	int waiting, waiting_most, waiting_limit;
	int count[BOARD_BUSY + 1]; /* workers by state */
	int n;
	struct status_worker *worker;
	struct status_memory *memory; /* its own; NULL: the host's file */
};

/*
 * What is on a board of a process of this configuration; all of it but the
 * provider's names, which are the configuration's, lent from the arena.
 * `memory` stays NULL.  -1: no memory.
 */
int status_copy_board(const struct board *b, pid_t pid, const struct conf *c,
    struct arena *a, int64_t now, struct status_board *to);

/* The same of shared memory; NULL: no memory. */
struct status_memory *status_copy_memory(const struct shared *m,
    const struct conf *c, struct arena *a, int64_t now);

/*
 * A time in words, of two digits or little more: "850 us", "12 ms", "99 min",
 * "-" for never.  Returns `text`, or the words.
 */
enum { STATUS_TIME_SIZE = 32 };
const char *status_ms(int64_t ms, char text[STATUS_TIME_SIZE]);
const char *status_us(int64_t us, char text[STATUS_TIME_SIZE]);

/* Their names. */
const char *status_state_name(enum board_state state);
const char *status_gate_name(enum status_gate gate);

#endif
