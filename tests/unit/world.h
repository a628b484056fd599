/* SPDX-License-Identifier: MIT */
/* A worker's insides without a worker: provider stub, auth, service. */
#ifndef UNIT_WORLD_H
#define UNIT_WORLD_H

#include "auth/auth.h"
#include "route/request.h"
#include "unit/peer.h"
#include "unit/stub.h"

/* A session that whoami may answer with, good for years. */
#define WORLD_USER "c4d24c01-feba-4213-858b-262c8d427f8c"
#define WORLD_SESSION                                                          \
	"{\"id\":\"0cd29640-3b64-419d-93b0-8c9e84c2090d\",\"active\":true,"    \
	"\"expires_at\":\"2099-01-01T00:00:00Z\",\"identity\":{\"id\":\""      \
	WORLD_USER "\",\"traits\":{\"email\":\"ada@example.org\"}}}"
#define WORLD_E1                                                               \
	"{\"error\":{\"code\":401,\"status\":\"Unauthorized\",\"reason\":"     \
	"\"No valid session credentials found in the request.\",\"message\":"  \
	"\"The request could not be authorized\"}}"
#define WORLD_TOKEN "ory_st_abcdefghijABCDEFGHIJ012345678901"

struct world {
	struct stub *stub;
	struct conf *conf;
	struct shared *shared;
	struct auth *auth;
	struct arena *arena;
	struct service service; /* fcg and db with world_serving() */
};

/* url NULL: the stub's; `more` goes into the configuration. */
void world_open(struct world *w, const char *url, const char *more);
void world_close(struct world *w);

/* One worker's slot on the board, marked as busy. */
int world_slot(struct world *w);

/* Adds what route_serve() needs; the database is one nobody serves. */
void world_serving(struct world *w);

/* Sends what `p` holds through fcg and the routes; the answer is in it. */
void world_serve(struct world *w, struct peer *p);

/* The verdict on a token, or a cookie when it holds "=". */
struct auth_answer world_check(struct world *w, const char *credential);

#endif
