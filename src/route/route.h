/* SPDX-License-Identifier: MIT */
/* The routes: what exists, who may, who answers. */
#ifndef ROUTE_ROUTE_H
#define ROUTE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct conf;
struct fcg_request;
struct request;
struct service;

enum need {
	NEED_NOTHING = 0,
	NEED_IDENTITY = 1, /* the shared authentication routine says yes */
	NEED_BODY = 2,     /* read, at most max_body */
	NEED_CONTACT = 4,  /* email and name, if the provider has to be asked */
	NEED_RATE = 8,     /* counts for rate.per_address */
};

struct route {
	const char *method; /* "GET" serves HEAD too */
	const char *path;
	int need; /* enum need, together */
	void (*answer)(struct request *rq);
	const char *name; /* for logs and metrics */
	/* NULL: always; else there is no such route where it says no */
	bool (*on)(const struct conf *c);
};

/* Alphabetical by path; a path of NULL ends it. */
extern const struct route routes[];

/*
 * Answers the request that fcg_begin() read, whatever it is, writes its line
 * to the log and resets the arena.
 */
void route_serve(struct service *s, const struct fcg_request *in,
    struct arena *a);

#endif
