/* SPDX-License-Identifier: MIT */
/* Puts the parts together as worker.c does. */
#include "unit/world.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "io/db.h"
#include "obs/metrics.h"
#include "route/count.h"
#include "route/limit.h"
#include "route/route.h"
#include "unit/files.h"
#include "unit/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = 4 << 20, BUDGET_MS = 2000 };

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "Bail out! world: %s\n", what);
	exit(1);
}

int
world_slot(struct world *w)
{
	int slot = board_take(w->shared->board, 1);

	board_set(w->shared->board, slot, BOARD_BUSY, clock_mono_ms());
	return slot;
}

void
world_open(struct world *w, const char *url, const char *more)
{
	struct err e = { 0 };

	*w = (struct world){ .stub = stub_start() };
	stub_json(w->stub, "/sessions/whoami", 200, "", WORLD_SESSION);
	stub_json(w->stub, "/health/ready", 200, "", "{\"status\":\"ok\"}");
	w->conf = files_good_conf(url == NULL ? stub_url(w->stub) : url, more);
	w->shared = memory_new();
	w->arena = arena_new(ARENA);
	must(w->shared != NULL && w->arena != NULL, "memory");
	atomic_store(&w->shared->board->limit, 1);
	w->auth = auth_new(w->conf, w->shared, world_slot(w), &e);
	must(w->auth != NULL, e.text);
	w->service = (struct service){ .conf = w->conf, .shared = w->shared,
		.auth = w->auth,
		.revoked_mac = shared_mac(w->shared, "revoked"),
		.rate_mac = shared_mac(w->shared, LIMIT_PURPOSE),
		.metrics = count_new(w->conf, w->shared),
		.id_head = "0123456789abcdef" };
	auth_count(w->auth, w->service.metrics);
	must(w->service.revoked_mac != NULL && w->service.rate_mac != NULL,
	    "tags");
}

void
world_serving(struct world *w)
{
	const struct db_options o = {
		.url = "postgresql:///x?host=/nonexistent",
		.connect_timeout_ms = 200,
		.statement_timeout_ms = 200,
	};
	struct err e = { 0 };

	must(fcg_init(&e) == 0, e.text);
	w->service.fcg = fcg_new();
	w->service.db = db_new(&o);
	must(w->service.fcg != NULL && w->service.db != NULL, "serving");
}

void
world_close(struct world *w)
{
	metrics_free(&w->service.metrics);
	crypt_mac_free(&w->service.rate_mac);
	crypt_mac_free(&w->service.revoked_mac);
	auth_free(&w->auth);
	fcg_free(&w->service.fcg);
	db_free(&w->service.db);
	conf_free(&w->conf);
	arena_free(&w->arena);
	stub_stop(&w->stub);
}

void
world_serve(struct world *w, struct peer *p)
{
	struct fcg_request in;

	if (fcg_begin(w->service.fcg, peer_connect(p, 0), w->arena, &in) == 0)
		route_serve(&w->service, &in, w->arena);
	peer_wait(p);
}

struct auth_answer
world_check(struct world *w, const char *credential)
{
	struct auth_answer answer;
	struct auth_request rq = {
		.cred = { .kind = strchr(credential, '=') == NULL
			? CRED_SESSION_TOKEN : CRED_COOKIE,
		    .value = credential, .len = strlen(credential) },
		.request_id = "unit-test",
		.deadline = clock_mono_ms() + BUDGET_MS,
		.arena = w->arena,
	};

	if (credential[0] == '\0')
		rq.cred.kind = CRED_NONE;
	arena_reset(w->arena);
	auth_check(w->auth, &rq, &answer);
	return answer;
}
