/* SPDX-License-Identifier: MIT */
/* route/count: answered requests arrive in the host's counters. */
#include "tap.h"

#include "base/log.h"
#include "obs/access.h"
#include "obs/metrics.h"
#include "route/count.h"
#include "route/route.h"
#include "shm/upstream.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdio.h>
#include <string.h>

static struct peer peer;

static void
send_get(struct world *w, const char *path, const char *token)
{
	char bearer[300];
	const char *const pairs[][2] = {
		{ "REQUEST_METHOD", "GET" },
		{ "REQUEST_URI", path },
		{ "HTTP_AUTHORIZATION", bearer },
	};

	snprintf(bearer, sizeof(bearer), "Bearer %s", token);
	memset(&peer, 0, sizeof(peer));
	peer_request(&peer, pairs, 3);
	world_serve(w, &peer);
}

static int
place_of(const char *name)
{
	int i = 0;

	while (routes[i].path != NULL && strcmp(routes[i].name, name) != 0)
		i++;
	return i;
}

static void
requests(void)
{
	static const struct {
		const char *path, *token, *route;
		int status;
		enum metric_verdict verdict;
	} t[] = {
		{ "/healthz", "x", "health", 200, METRIC_VERDICT_NONE },
		{ "/user/profile", "x", "profile", 401,
		    METRIC_VERDICT_DENIED },
		{ "/user/profile", WORLD_TOKEN, "profile", 503,
		    METRIC_VERDICT_ALLOWED },
		{ "/auth/check", WORLD_TOKEN, "check", 204,
		    METRIC_VERDICT_ALLOWED },
		{ "/nowhere", "x", NULL, 404, METRIC_VERDICT_NONE },
	};
	char target[300];
	struct log_options o = { LEVEL_INFO, FORMAT_JSON, target };
	struct metrics *m;
	struct err e = { 0 };
	struct world w;
	int ory;

	snprintf(target, sizeof(target), "file:%s", files_path("log"));
	INTEQ(log_open(&o, &e), 0);
	world_open(&w, NULL, "");
	world_serving(&w);
	stub_json(w.stub, "/sessions/whoami", 200, "", WORLD_SESSION);
	m = w.service.metrics;
	for (size_t i = 0; i < ROWS(t); i++) {
		int place = t[i].route == NULL ? METRICS_ROUTES_MAX
					       : place_of(t[i].route);

		tap_row("%s %d", t[i].path, t[i].status);
		send_get(&w, t[i].path, t[i].token);
		INTEQ(metrics_value(m, METRIC_REQUESTS,
			  METRIC_AT(place, metrics_status(t[i].status),
			      t[i].verdict)), 1);
		CHECK(metrics_sum_us(m, METRIC_REQUEST_TIME,
			  METRIC_AT(place, t[i].verdict)) > 0);
	}
	ory = metrics_provider(m, "ory");
	CHECK(metrics_sum_us(m, METRIC_PROVIDER_TIME, METRIC_AT(ory)) > 0);
	INTEQ(metrics_value(m, METRIC_UNAVAILABLE,
		  METRIC_AT(METRIC_REASON_DATABASE)), 1);
	INTEQ(metrics_value(m, METRIC_UNAVAILABLE,
		  METRIC_AT(METRIC_REASON_OTHER)), 0);
	/* the line of the provider counts for `gatehouse status` */
	INTEQ(metrics_value(m, METRIC_CALLS,
		  METRIC_AT(ory, METRIC_CALL_GOOD)),
	    atomic_load(&auth_line(w.auth, 0)->count[UPSTREAM_CALLS_GOOD]));
	INTEQ(metrics_value(m, METRIC_VERDICTS,
		  METRIC_AT(ory, METRIC_VERDICT_ALLOWED)), 2);
	world_close(&w);
}

/* What is told by route only once it happened is there from the beginning. */
static void
failures(void)
{
	static const struct access lines[] = { { .status = 500 },
		{ .status = 503 }, { .status = 503 }, { .status = 404 } };
	struct request rq = { 0 };
	struct metrics *m;
	struct world w;

	world_open(&w, NULL, "");
	rq.service = &w.service;
	m = w.service.metrics;
	for (size_t i = 0; i < ROWS(lines); i++)
		count_request(&rq, &lines[i]);
	INTEQ(metrics_value(m, METRIC_INTERNAL, METRIC_AT(0)), 1);
	INTEQ(metrics_value(m, METRIC_UNAVAILABLE,
		  METRIC_AT(METRIC_REASON_OTHER)), 2);
	world_close(&w);
}

/* The counters' places for routes are more than enough. */
static void
room(void)
{
	struct world w;
	struct metrics *m;

	world_open(&w, NULL, "");
	m = w.service.metrics;
	for (const struct route *r = routes; r->path != NULL; r++)
		STREQ(metrics_label(m, LABEL_ROUTE, (int)(r - routes)),
		    r->name);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "requests are counted by route, status and verdict, outages too",
	    requests },
	{ "answers 500 and 503 are counted without their route as well",
	    failures },
	{ "every route has a place", room },
};
TAP_MAIN(cases)
