/* SPDX-License-Identifier: MIT */
/* A request on its way through the routes. */
#ifndef ROUTE_REQUEST_H
#define ROUTE_REQUEST_H

#include "auth/auth.h"
#include "io/fcg.h"
#include "obs/sinks.h"
#include "route/reply.h"

struct conf;
struct conf_rule;
struct crypt_mac;
struct db;
struct metrics;
struct openapi;
struct reader;
struct route;
struct shared;
struct spans;
struct trace;

enum { REQUEST_ID_MAX = 64, SERVICE_ID_SIZE = 2 * 8 + 1 };

/* What a worker serves with; made after the fork, lives as long as it. */
struct service {
	const struct conf *conf;
	struct shared *shared;
	int slot; /* our line on the board */
	struct auth *auth;
	struct db *db;
	struct fcg *fcg;
	/* tags of shared memory: shared_mac() of "revoked" and LIMIT_PURPOSE */
	struct crypt_mac *revoked_mac;
	struct crypt_mac *rate_mac;
	struct metrics *metrics; /* or NULL */
	struct openapi *openapi; /* or NULL */
	struct reader *reader;   /* of revocations */
	struct sinks sinks;      /* of its traces */
	struct trace *trace;     /* or NULL */
	struct spans *spans;     /* its recorder; or NULL */
	/* ids of requests that bring none: random head, counted tail */
	char id_head[SERVICE_ID_SIZE];
	uint64_t id_count;
};

struct request {
	const struct service *service;
	const struct fcg_request *in;
	struct arena *arena;
	int64_t deadline; /* clock_mono_ms(): the budget of all of it */
	char id[REQUEST_ID_MAX + 1];

	const char *method;  /* as sent */
	const char *address; /* of the client, as the web server says */
	const char *path;    /* canonical, below base_path */
	const char *query;   /* raw, or NULL */
	bool head;
	const struct route *route;

	struct auth_answer auth; /* when the route needs an identity */
	bool cookie_session;     /* which came in a cookie */
	const char *verdict;     /* its name; NULL when nobody asked */
	const char *why;         /* of a refusal, for the log */
	const char *refused_origin;

	/* when a permission is asked for, for another application */
	struct request_guarded {
		const char *target; /* path and query, raw; NULL: none named */
		const char *path;   /* canonical, never below base_path */
		const char *method;
		const struct conf_rule *rule; /* that decides; or NULL */
	} guarded;

	const char *body; /* when the route takes one */
	size_t body_len;

	struct request_hook {
		const char *provider; /* NULL: no proved webhook */
		const char *type;
		const char *id;
		const char *outcome;
	} hook;

	struct reply reply;
};

#endif
