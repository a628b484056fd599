/* SPDX-License-Identifier: MIT */
/* io/fcg over a socket pair: parameters, bodies, hostile records. */
#include "tap.h"

#include "base/arena.h"
#include "io/fcg.h"
#include "unit/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BODY = 1000 };

static struct fcg *fcg;
static struct arena *arena;
static struct peer peer;

static void
set_up(void)
{
	struct err e = { 0 };

	if (fcg == NULL)
		CHECK(fcg_init(&e) == 0 && (fcg = fcg_new()) != NULL);
	arena = arena_new(4 << 20);
}

static void
tear_down(void)
{
	arena_free(&arena);
}

/* Takes the request in `peer` to its end; true when there was one. */
static bool
exchange(int fd, struct fcg_request *r)
{
	bool got;

	arena_reset(arena);
	got = fcg_begin(fcg, fd, arena, r) == 0;
	if (got)
		fcg_finish(fcg, "Status: 200 OK\r\n\r\nx", 19);
	peer_wait(&peer);
	return got;
}

static void
plain_begin(void)
{
	peer_begin(&peer, PEER_RESPONDER, 0);
	peer_pair(&peer, "REQUEST_METHOD", "GET");
	peer_pair(&peer, "REQUEST_URI", "/user/profile?x=%20");
}

static void
plain_end(void)
{
	peer_params(&peer);
	peer_stdin(&peer, NULL, 0);
}

static void
parameters(void)
{
	static char big[40000];
	struct fcg_request r;

	set_up();
	plain_begin();
	memset(big, 'x', sizeof(big) - 1);
	peer_pair(&peer, "HTTP_USER_AGENT", big); /* long lengths */
	peer_pair(&peer, "HTTP_COOKIE", "a=b");
	peer_pair(&peer, "HTTP_ORIGIN", "");
	peer_pair(&peer, "HTTP_X_SESSION_TOKENX", "no");
	peer_pair(&peer, "http_x_session_token", "no");
	plain_end();
	CHECK(exchange(peer_connect(&peer, 0), &r));
	INTEQ(r.fault, FCG_FINE);
	CHECK(!r.authorizer);
	CHECK(r.param[FCG_HTTP_ORIGIN] == NULL);
	CHECK(r.param[FCG_HTTP_X_SESSION_TOKEN] == NULL);
	CHECK(r.param[FCG_REMOTE_USER] == NULL);
	STREQ(peer.answer, "Status: 200 OK\r\n\r\nx");
	INTEQ(peer.ended, 1);
	tear_down();
}

static void
every_split(void)
{
	struct fcg_request r;
	size_t total;

	set_up();
	for (size_t at = 1;; at++) {
		int fd;

		plain_begin();
		peer_pair(&peer, "HTTP_COOKIE", "ory_kratos_session=abc");
		plain_end();
		total = peer.n;
		if (at == total)
			break;
		tap_row("split at %zu of %zu", at, total);
		fd = peer_connect(&peer, at);
		arena_reset(arena);
		if (!CHECK(fcg_begin(fcg, fd, arena, &r) == 0))
			break;
		INTEQ(r.fault, FCG_FINE);
		STREQ(r.param[FCG_REQUEST_URI], "/user/profile?x=%20");
		STREQ(r.param[FCG_HTTP_COOKIE], "ory_kratos_session=abc");
		INTEQ(fcg_finish(fcg, "Status: 200\r\n\r\n", 15), 0);
		peer_wait(&peer);
		STREQ(peer.answer, "Status: 200\r\n\r\n");
	}
	tap_row("%s", "one byte a write");
	CHECK(exchange(peer_trickle(&peer), &r));
	INTEQ(r.fault, FCG_FINE);
	tear_down();
}

/* Whatever is missing at the end, it is no good request. */
static void
every_cut(void)
{
	struct fcg_request r;
	size_t params_end, total;
	bool got;

	set_up();
	plain_begin();
	peer_params(&peer);
	params_end = peer.n;
	peer_stdin(&peer, NULL, 0);
	total = peer.n;
	for (size_t n = 0; n < total; n++) {
		tap_row("cut at %zu", n);
		peer.n = n;
		got = exchange(peer_connect(&peer, 0), &r);
		if (n < params_end)
			CHECK(!got || r.fault == FCG_BAD);
	}
	tear_down();
}

static void
repeated(void)
{
	static const struct {
		const char *name, *first, *second;
		enum fcg_fault fault;
	} t[] = {
		{ "HTTP_AUTHORIZATION", "Bearer a", "Bearer b", FCG_TWO_KEYS },
		{ "HTTP_AUTHORIZATION", "Bearer a", "Bearer a", FCG_TWO_KEYS },
		{ "REDIRECT_HTTP_AUTHORIZATION", "a", "b", FCG_TWO_KEYS },
		{ "HTTP_X_SESSION_TOKEN", "a", "b", FCG_TWO_KEYS },
		{ "HTTP_X_SESSION_TOKEN", "", "b", FCG_TWO_KEYS },
		{ "HTTP_COOKIE", "a=1", "b=2", FCG_FINE },
		{ "REQUEST_METHOD", "GET", "POST", FCG_BAD },
		{ "REQUEST_URI", "/a", "/b", FCG_BAD },
		{ "CONTENT_LENGTH", "1", "2", FCG_BAD },
		{ "CONTENT_TYPE", "a", "b", FCG_BAD },
		{ "HTTP_ORIGIN", "a", "b", FCG_BAD },
		{ "HTTP_SEC_FETCH_SITE", "a", "b", FCG_BAD },
		{ "HTTP_X_REQUEST_ID", "a", "b", FCG_BAD },
		{ "FCGI_ROLE", "RESPONDER", "AUTHORIZER", FCG_BAD },
		{ "FCGI_ROLE", "AUTHORIZER", "AUTHORIZER", FCG_BAD },
		{ "FCGI_ROLE", "RESPONDER", "RESPONDER", FCG_FINE },
		{ "FCGI_ROLE", "RESPONDER", "", FCG_BAD },
		{ "REMOTE_USER", "a", "b", FCG_BAD },
		{ "AUTH_TYPE", "a", "b", FCG_BAD },
		{ "GATEHOUSE_X", "a", "b", FCG_BAD },
		{ "HTTP_ACCEPT", "a", "b", FCG_FINE },
	};
	struct fcg_request r;

	set_up();
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s: %s, %s", t[i].name, t[i].first, t[i].second);
		peer_begin(&peer, PEER_RESPONDER, 0);
		peer_pair(&peer, t[i].name, t[i].first);
		peer_pair(&peer, "HTTP_HOST", "x");
		peer_pair(&peer, t[i].name, t[i].second);
		plain_end();
		CHECK(exchange(peer_connect(&peer, 0), &r));
		INTEQ(r.fault, t[i].fault);
		INTEQ(r.why != NULL, t[i].fault != FCG_FINE);
	}
	tap_row("%s", "a malformed request outranks a doubtful credential");
	plain_begin();
	peer_pair(&peer, "HTTP_AUTHORIZATION", "Bearer a");
	peer_pair(&peer, "HTTP_AUTHORIZATION", "Bearer b");
	peer_pair(&peer, "REQUEST_URI", "/b");
	peer_pair(&peer, "HTTP_X_SESSION_TOKEN", "a");
	peer_pair(&peer, "HTTP_X_SESSION_TOKEN", "b");
	plain_end();
	CHECK(exchange(peer_connect(&peer, 0), &r));
	INTEQ(r.fault, FCG_BAD);
	tear_down();
}

static void
cookies_are_joined(void)
{
	struct fcg_request r;

	set_up();
	plain_begin();
	peer_pair(&peer, "HTTP_COOKIE", "a=1");
	peer_pair(&peer, "HTTP_COOKIE", "b=2; c=3");
	peer_pair(&peer, "HTTP_COOKIE", "a=4");
	plain_end();
	CHECK(fcg_begin(fcg, peer_connect(&peer, 0), arena, &r) == 0);
	STREQ(r.param[FCG_HTTP_COOKIE], "a=1; b=2; c=3; a=4");
	fcg_finish(fcg, "x", 1);
	peer_wait(&peer);
	tear_down();
}

static void
too_much(void)
{
	static const struct {
		int pairs, size;
		bool good;
	} t[] = {
		{ FCG_PARAMS_MAX - 3, 1, true },
		{ FCG_PARAMS_MAX - 2, 1, false },
		{ 4000, 1, false },
		{ 60, 1000, true },
		{ 70, 1000, false },
		{ 1, FCG_PARAMS_BYTES_MAX, false },
		{ 3, 60000, false },
	};
	static char value[FCG_PARAMS_BYTES_MAX + 1];
	struct fcg_request r;
	char name[32];

	set_up();
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%d pairs of %d", t[i].pairs, t[i].size);
		memset(value, 'x', (size_t)t[i].size);
		value[t[i].size] = '\0';
		plain_begin();
		for (int k = 0; k < t[i].pairs; k++) {
			snprintf(name, sizeof(name), "HTTP_X_%d", k);
			peer_pair(&peer, name, value);
		}
		plain_end();
		CHECK(exchange(peer_connect(&peer, 0), &r));
		INTEQ(r.fault, t[i].good ? FCG_FINE : FCG_BAD);
	}
	tear_down();
}

static const struct tap_case cases[] = {
	{ "known parameters arrive, all others do not", parameters },
	{ "a request split at any byte is the same request", every_split },
	{ "a request cut at any byte is never taken for a whole one",
	    every_cut },
	{ "a repeated parameter is refused as its meaning demands", repeated },
	{ "repeated cookies are joined in their order", cookies_are_joined },
	{ "parameters are bounded in number and size", too_much },
};
TAP_MAIN(cases)
