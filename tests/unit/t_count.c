/* SPDX-License-Identifier: MIT */
/* route/count: answered requests arrive in the host's counters. */
#include "tap.h"

#include "base/log.h"
#include "obs/metrics.h"
#include "route/route.h"
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
	} t[] = {
		{ "/healthz", "x", "health", 200 },
		{ "/user/profile", "x", "profile", 401 },
		{ "/user/profile", WORLD_TOKEN, "profile", 503 },
		{ "/auth/check", WORLD_TOKEN, "check", 204 },
		{ "/nowhere", "x", NULL, 404 },
	};
	char target[300];
	struct log_options o = { LEVEL_INFO, FORMAT_JSON, target };
	struct metrics *m;
	struct err e = { 0 };
	struct world w;

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
		INTEQ(metrics_value(m, METRIC_REQUESTS, place,
			  metrics_status(t[i].status)), 1);
		CHECK(metrics_sum_us(m, METRIC_REQUEST_TIME, place) > 0);
	}
	CHECK(metrics_sum_us(m, METRIC_PROVIDER_TIME,
		  metrics_provider(m, "ory")) > 0);
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
		STREQ(metrics_label(m, METRIC_BY_ROUTE, (int)(r - routes)),
		    r->name);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "requests are counted by route and status, outages too", requests },
	{ "every route has a place", room },
};
TAP_MAIN(cases)
