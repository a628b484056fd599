/* SPDX-License-Identifier: MIT */
/* io/fcg: who asks for a permission, and that no body is waited for then. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "io/fcg.h"
#include "unit/peer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char answer[] = "Status: 403 Forbidden\r\n\r\nno";

static struct fcg *fcg;
static struct arena *arena;
static struct peer peer;

static void
set_up(void)
{
	struct err e = { 0 };

	signal(SIGPIPE, SIG_IGN);
	CHECK(fcg_init(&e) == 0 && (fcg = fcg_new()) != NULL);
	arena = arena_new(1 << 20);
}

static void
tear_down(void)
{
	fcg_free(&fcg);
	arena_free(&arena);
}

static void
begin(int role)
{
	peer_begin(&peer, role, 0);
	peer_pair(&peer, "REQUEST_METHOD", "POST");
	peer_pair(&peer, "REQUEST_URI", "/x");
}

/* Takes the request in `peer` to its end; true when there was one. */
static bool
exchange(struct fcg_request *r)
{
	int fd = peer_connect(&peer, 0);
	bool got;

	arena_reset(arena);
	got = fcg_begin(fcg, fd, arena, r) == 0;
	if (got)
		fcg_finish(fcg, answer, sizeof(answer) - 1);
	peer_wait(&peer);
	return got;
}

static void
roles(void)
{
	static const struct {
		int role;
		const char *asked;
		bool got, authorizer;
		enum fcg_fault fault;
	} t[] = {
		{ PEER_RESPONDER, NULL, true, false, FCG_FINE },
		{ PEER_RESPONDER, "", true, false, FCG_FINE },
		{ PEER_RESPONDER, "AUTHORIZER", true, true, FCG_FINE },
		{ PEER_RESPONDER, "authorizer", true, true, FCG_BAD },
		{ PEER_RESPONDER, "AUTHORIZER ", true, true, FCG_BAD },
		{ PEER_RESPONDER, "RESPONDER", true, true, FCG_BAD },
		{ PEER_AUTHORIZER, NULL, true, true, FCG_FINE },
		{ PEER_AUTHORIZER, "AUTHORIZER", true, true, FCG_FINE },
		{ PEER_AUTHORIZER, "RESPONDER", true, true, FCG_BAD },
		{ PEER_FILTER, NULL, true, false, FCG_BAD },
		{ PEER_FILTER, "AUTHORIZER", true, true, FCG_BAD },
		{ 0, NULL, false, false, FCG_BAD },
		{ 0, "AUTHORIZER", false, false, FCG_BAD },
		{ 99, NULL, false, false, FCG_BAD },
	};
	struct fcg_request r;

	set_up();
	for (size_t i = 0; i < ROWS(t); i++) {
		bool got;

		tap_row("role %d, %s", t[i].role,
		    t[i].asked == NULL ? "-" : t[i].asked);
		begin(t[i].role);
		if (t[i].asked != NULL)
			peer_pair(&peer, "GATEHOUSE_ROLE", t[i].asked);
		peer_params(&peer);
		peer_stdin(&peer, NULL, 0);
		got = exchange(&r);
		CHECK(got || !t[i].got);
		if (got) {
			INTEQ(r.authorizer, t[i].authorizer);
			INTEQ(r.fault, t[i].fault);
		}
	}
	tear_down();
}

/* mod_authnz_fcgi says so twice: in the record, and by a parameter. */
static void
role_by_both(void)
{
	static const struct {
		const char *role;
		enum fcg_fault fault;
	} t[] = {
		{ "AUTHORIZER", FCG_FINE },
		{ "RESPONDER", FCG_BAD },
		{ "", FCG_BAD },
	};
	struct fcg_request r;

	set_up();
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].role);
		begin(PEER_AUTHORIZER);
		peer_pair(&peer, "FCGI_ROLE", t[i].role);
		peer_params(&peer);
		CHECK(exchange(&r));
		CHECK(r.authorizer);
		INTEQ(r.fault, t[i].fault);
	}
	tear_down();
}

/* What clients send arrives as HTTP_…, whatever they call it. */
static void
look_alikes(void)
{
	static const char *const names[] = { "HTTP_GATEHOUSE_ROLE",
		"HTTP_FCGI_ROLE", "HTTP_GATEHOUSE_ORIGINAL_URI",
		"HTTP_GATEHOUSE_ORIGINAL_METHOD", "HTTP_X_ORIGINAL_URI",
		"HTTP_X_ORIGINAL_METHOD", "X_ORIGINAL_URI", "gatehouse_role",
		"GATEHOUSE_ROLES", "_GATEHOUSE_ROLE" };
	struct fcg_request r;

	set_up();
	begin(PEER_RESPONDER);
	for (size_t i = 0; i < ROWS(names); i++)
		peer_pair(&peer, names[i], "AUTHORIZER");
	peer_params(&peer);
	peer_stdin(&peer, NULL, 0);
	CHECK(exchange(&r));
	INTEQ(r.fault, FCG_FINE);
	CHECK(!r.authorizer);
	CHECK(r.param[FCG_GATEHOUSE_ROLE] == NULL);
	CHECK(r.param[FCG_GATEHOUSE_ORIGINAL_URI] == NULL);
	CHECK(r.param[FCG_GATEHOUSE_ORIGINAL_METHOD] == NULL);
	tear_down();
}

/* The second of a pair could be the client's, or the first. */
static void
doubled(void)
{
	static const char *const names[] = { "GATEHOUSE_ROLE",
		"GATEHOUSE_ORIGINAL_URI", "GATEHOUSE_ORIGINAL_METHOD",
		"GATEHOUSE_ANYTHING", "AUTH_USER", "AUTH_ROLES", "REMOTE_USER",
		"REQUEST_URI", "REQUEST_METHOD" };
	static const char *const values[][2] = { { "AUTHORIZER", "AUTHORIZER" },
		{ "", "AUTHORIZER" }, { "AUTHORIZER", "" } };
	struct fcg_request r;

	set_up();
	for (size_t i = 0; i < ROWS(names) * ROWS(values); i++) {
		const char *name = names[i / ROWS(values)];
		const char *const *value = values[i % ROWS(values)];

		tap_row("%s: %s, %s", name, value[0], value[1]);
		peer_begin(&peer, PEER_AUTHORIZER, 0);
		peer_pair(&peer, name, value[0]);
		peer_pair(&peer, "HTTP_ACCEPT", "text/html");
		peer_pair(&peer, "HTTP_ACCEPT", "*/*");
		peer_pair(&peer, name, value[1]);
		peer_params(&peer);
		CHECK(exchange(&r));
		INTEQ(r.fault, FCG_BAD);
		CHECK(r.authorizer);
	}
	tear_down();
}

/* A web server that keeps its end open, and sends what it likes. */
static bool
is_served(void)
{
	static char got[1000];
	struct fcg_request r;
	int pair[2];
	bool served;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(write(pair[0], peer.out, peer.n) == (ssize_t)peer.n);
	served = fcg_begin(fcg, pair[1], arena, &r) == 0 &&
		 fcg_finish(fcg, answer, sizeof(answer) - 1) == 0;
	CHECK(read(pair[0], got, sizeof(got)) > (ssize_t)sizeof(answer));
	close(pair[0]);
	return served;
}

static void
no_wait(void)
{
	enum { TURNS = 15, LINGER_MS = 200 };
	static const struct {
		const char *what;
		int type; /* of a record behind the parameters; 0: none */
		size_t n;
	} t[] = {
		{ "no STDIN", 0, 0 },
		{ "an empty STDIN", 5, 0 },
		{ "STDIN without its end", 5, 7 },
		{ "ABORT_REQUEST", 2, 0 },
	};
	struct fcg_request r;

	set_up();
	for (size_t i = 0; i < ROWS(t); i++) {
		int64_t began = clock_mono_ms();

		tap_row("%s", t[i].what);
		for (int turn = 0; turn < TURNS; turn++) {
			begin(PEER_AUTHORIZER);
			peer_params(&peer);
			if (t[i].type != 0)
				peer_record(&peer, t[i].type, "abcdefg",
				    t[i].n);
			CHECK(is_served());
		}
		CHECK(clock_mono_ms() - began < TURNS * LINGER_MS);
		CHECK(exchange(&r)); /* and of one that goes away */
		STREQ(peer.answer, answer);
		INTEQ(peer.ended, 1);
	}
	tear_down();
}

/* Nobody reads it; closed on it, the connection would be reset. */
static void
unasked_body(void)
{
	static char body[100000];
	struct fcg_request r;

	set_up();
	memset(body, 'x', sizeof(body));
	begin(PEER_AUTHORIZER);
	peer_pair(&peer, "CONTENT_LENGTH", "100000");
	peer_params(&peer);
	peer_stdin(&peer, body, sizeof(body));
	CHECK(exchange(&r));
	CHECK(r.authorizer);
	INTEQ(r.fault, FCG_FINE);
	STREQ(peer.answer, answer);
	INTEQ(peer.ended, 1);
	INTEQ(peer.error, 0);
	tear_down();
}

static const struct tap_case cases[] = {
	{ "the web server decides what is asked: by role, or by parameter",
	    roles },
	{ "a parameter may repeat the role, and not change it", role_by_both },
	{ "a client's headers decide nothing of that", look_alikes },
	{ "what the guard goes by never comes twice", doubled },
	{ "an authorizer waits for no body, nor for the end of none", no_wait },
	{ "a body nobody asked for does not cost the answer", unasked_body },
};
TAP_MAIN(cases)
