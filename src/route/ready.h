/* SPDX-License-Identifier: MIT */
/* A look at the parts we depend on, shared by all workers of a host. */
#ifndef ROUTE_READY_H
#define ROUTE_READY_H

#include "shm/shared.h"

#include <stdint.h>

struct arena;
struct service;

/* The outside is asked at most this often, however often we are. */
enum { READY_EVERY_MS = 2000, READY_LOOK_MS = 1000 };

enum part_state {
	PART_UNKNOWN,
	PART_OK,
	PART_DOWN,
	PART_PENDING, /* migrations: some are missing */
	PART_CHANGED, /* migrations: not those we were built with */
	PART_NEWER,   /* migrations: those of a later program */
	PART_LATE,    /* revocations: unread for longer than the bound */
	PART_STATES,
};

enum ready_state {
	READY_OK,
	READY_DEGRADED, /* useful answers can be given */
	READY_DOWN,
};

struct ready_look {
	enum ready_state state;
	enum part_state database, migrations, revocations;
	enum part_state provider[SHARED_PROVIDERS];
};

/* The word for a part's state in the answer. */
const char *ready_name(enum part_state s);

/*
 * What the parts say together: without the database, or before its
 * migrations, nobody's profile can be served; without a provider signed-in
 * users are refused with 503, but that is so on every host alike; without news
 * of revocations the provider is asked for each request.  l->state is not
 * looked at.
 */
enum ready_state ready_judge(const struct ready_look *l, int providers);

/* Fills in *l from the last look, whenever it was; asks nobody. */
void ready_recall(const struct service *s, struct ready_look *l);

/* Fills in *l, from the last look when it is young enough. */
void ready_look(const struct service *s, int64_t deadline, struct arena *a,
    struct ready_look *l);

#endif
