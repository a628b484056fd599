/* SPDX-License-Identifier: MIT */
/* route/limit: who shares a bucket, what counts, what 429 looks like. */
#include "tap.h"

#include "base/log.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "obs/metrics.h"
#include "route/limit.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_US 3600000000

static struct peer peer;

static void
open_world(struct world *w)
{
	static char target[300];
	struct err e = { 0 };
	struct log_options o;

	world_open(w, NULL,
	    "cors: { allow_origins = [ \"https://app.example.com\" ]; };");
	world_serving(w);
	conf_log_options(w->conf, &o);
	snprintf(target, sizeof(target), "file:%s", files_path("log"));
	o.format = FORMAT_TEXT;
	o.target = target;
	INTEQ(log_open(&o, &e), 0);
}

/* The status; the answer stays in `peer`. */
static int
ask(struct world *w, const char *method, const char *uri, const char *address,
    const char *token)
{
	peer_begin(&peer, PEER_RESPONDER, 0);
	peer_pair(&peer, "REQUEST_METHOD", method);
	peer_pair(&peer, "REQUEST_URI", uri);
	peer_pair(&peer, "HTTP_ORIGIN", "https://app.example.com");
	if (address != NULL)
		peer_pair(&peer, "REMOTE_ADDR", address);
	if (token != NULL)
		peer_pair(&peer, "HTTP_X_SESSION_TOKEN", token);
	peer_params(&peer);
	peer_stdin(&peer, NULL, 0);
	world_serve(w, &peer);
	return atoi(peer.answer + 8);
}

#define INFO "/auth/login-info"
#define PROFILE "/user/profile"

static void
buckets(void)
{
	static const struct {
		const char *a, *b;
		bool same;
	} t[] = {
		{ "192.0.2.7", "::ffff:192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.8", false },
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
		{ "2001:db8:1:2::1", "32.1.13.184", false },
		{ "192.0.2.7", "192.0.2.7 ", false },
		{ "unix:", "unix:", true }, { "unix:", "", false },
		{ NULL, "", true }, { NULL, "0.0.0.0", false },
	};
	struct crypt_mac *mac = crypt_mac_new("key", 3);

	for (size_t i = 0; i < ROWS(t); i++) {
		uint64_t a = limit_address_tag(mac, t[i].a);

		tap_row("%s and %s", t[i].a == NULL ? "(none)" : t[i].a,
		    t[i].b);
		INTEQ(a == limit_address_tag(mac, t[i].b), t[i].same);
		CHECK(a != 0);
	}
	crypt_mac_free(&mac);
}

static void
by_address(void)
{
	struct world w;

	open_world(&w);
	w.conf->rate.per_address = (struct conf_rate){ HOUR_US, 2 };
	/* what is no route, no method, or asked by machines is not counted */
	for (int i = 0; i < 4; i++) {
		INTEQ(ask(&w, "GET", "/none", "192.0.2.7", NULL), 404);
		INTEQ(ask(&w, "PUT", INFO, "192.0.2.7", NULL), 405);
		INTEQ(ask(&w, "OPTIONS", INFO, "192.0.2.7", NULL), 204);
		INTEQ(ask(&w, "GET", "/healthz", "192.0.2.7", NULL), 200);
		INTEQ(ask(&w, "GET", "/readyz", "192.0.2.7", NULL), 503);
	}
	INTEQ(ask(&w, "GET", INFO, "192.0.2.7", NULL), 200);
	INTEQ(ask(&w, "GET", PROFILE, "::ffff:192.0.2.7", NULL), 401);
	INTEQ(ask(&w, "GET", INFO, "192.0.2.7", NULL), 429);
	INTEQ(ask(&w, "HEAD", INFO, "192.0.2.7", NULL), 429);
	/* before anybody is asked about a credential */
	INTEQ(ask(&w, "GET", PROFILE, "192.0.2.7", WORLD_TOKEN), 429);
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), 0);
	INTEQ(ask(&w, "GET", INFO, "192.0.2.8", NULL), 200);
	INTEQ(ask(&w, "GET", "/healthz", "192.0.2.7", NULL), 200);
	/* whoever has no address is one */
	INTEQ(ask(&w, "GET", INFO, NULL, NULL), 200);
	INTEQ(ask(&w, "GET", INFO, "", NULL), 200);
	INTEQ(ask(&w, "GET", INFO, NULL, NULL), 429);
	INTEQ(metrics_value(w.service.metrics, METRIC_LIMITED,
		  METRIC_AT(METRIC_PER_ADDRESS)), 4);
	world_close(&w);
}

static void
by_subject(void)
{
	struct world w;

	open_world(&w);
	w.conf->rate.per_subject = (struct conf_rate){ HOUR_US, 2 };
	/* refusals are nobody's */
	for (int i = 0; i < 3; i++)
		INTEQ(ask(&w, "GET", PROFILE, "192.0.2.7", NULL), 401);
	/* the database is away: what counts is that they come so far */
	INTEQ(ask(&w, "GET", PROFILE, "192.0.2.7", WORLD_TOKEN), 503);
	INTEQ(ask(&w, "GET", PROFILE, "192.0.2.8", WORLD_TOKEN "2"), 503);
	INTEQ(ask(&w, "GET", PROFILE, "192.0.2.9", WORLD_TOKEN "3"), 429);
	CHECK(strstr(files_read("log"), "verdict=allowed provider=ory "
		"why=\"too often by this user\"") != NULL);
	INTEQ(ask(&w, "GET", INFO, "192.0.2.9", WORLD_TOKEN), 200);
	stub_json(w.stub, "/sessions/whoami", 200, "",
	    "{\"id\":\"0cd29640-3b64-419d-93b0-8c9e84c2090d\",\"active\":true,"
	    "\"expires_at\":\"2099-01-01T00:00:00Z\",\"identity\":{\"id\":"
	    "\"a4d24c01-feba-4213-858b-262c8d427f8c\",\"traits\":{}}}");
	INTEQ(ask(&w, "GET", PROFILE, "192.0.2.9", WORLD_TOKEN "4"), 503);
	world_close(&w);
}

static void
answer(void)
{
	static const struct {
		int64_t interval_us;
		const char *field;
	} t[] = {
		{ HOUR_US, "\r\nRetry-After: 60\r\n" },
		{ 30000000, "\r\nRetry-After: 30\r\n" },
		{ 1500000, "\r\nRetry-After: 2\r\n" },
		{ 900000, "\r\nRetry-After: 1\r\n" },
	};
	struct world w;

	open_world(&w);
	for (size_t i = 0; i < ROWS(t); i++) {
		char address[24];
		int status = 200;

		tap_row("one in %lld us", (long long)t[i].interval_us);
		snprintf(address, sizeof(address), "192.0.2.%zu", i);
		w.conf->rate.per_address =
		    (struct conf_rate){ t[i].interval_us, 1 };
		/* more than one only where this machine is very slow */
		for (int k = 0; k < 50 && status == 200; k++)
			status = ask(&w, "GET", INFO, address, NULL);
		INTEQ(status, 429);
		CHECK(strstr(peer.answer, t[i].field) != NULL);
		CHECK(strstr(peer.answer, "{\"code\":\"resource_exhausted\","
			"\"message\":\"too many requests\",\"details\":"
			"{\"reason\":\"rate_limited\"}}") != NULL);
		CHECK(strstr(peer.answer, "\r\nAccess-Control-Allow-Origin: "
			"https://app.example.com\r\n") != NULL);
	}
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "an address has one bucket however it is written, a network has one",
	    buckets },
	{ "the limit of an address stands before every check of a credential",
	    by_address },
	{ "several tokens of one user share a bucket, from any address",
	    by_subject },
	{ "429 says when to come again, to pages of other origins too",
	    answer },
};
TAP_MAIN(cases)
