/* SPDX-License-Identifier: MIT */
/* io/fcg: bodies against what was announced, answers against the peer. */
#include "tap.h"

#include "base/arena.h"
#include "io/fcg.h"
#include "unit/peer.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX = 1000, CUT = -1 };

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
	CHECK(fcg == NULL);
	arena_free(&arena);
}

static void
begin(const char *length)
{
	peer_begin(&peer, PEER_RESPONDER, 0);
	peer_pair(&peer, "REQUEST_METHOD", "POST");
	if (length != NULL)
		peer_pair(&peer, "CONTENT_LENGTH", length);
	peer_params(&peer);
}

static void
lengths(void)
{
	static const struct {
		const char *announced;
		int sent; /* CUT: the connection ends after 3 of 7 bytes */
		enum fcg_body want;
	} t[] = {
		{ "7", 7, FCG_BODY_OK }, { "0", 0, FCG_BODY_OK },
		{ "0007", 7, FCG_BODY_OK }, { NULL, 7, FCG_BODY_OK },
		{ "", 7, FCG_BODY_OK }, { "1000", MAX, FCG_BODY_OK },
		{ NULL, MAX, FCG_BODY_OK }, { NULL, 0, FCG_BODY_OK },
		{ "1001", MAX + 1, FCG_BODY_LONG },
		{ NULL, MAX + 1, FCG_BODY_LONG },
		{ "1001", 0, FCG_BODY_LONG },
		{ "4294967303", 7, FCG_BODY_LONG },
		{ "922337203685477579", 7, FCG_BODY_LONG },
		{ "9223372036854775806", 7, FCG_BODY_CUT },
		{ "99999999999999999999", 7, FCG_BODY_CUT },
		{ "18446744073709551623", 7, FCG_BODY_CUT },
		{ "6", 7, FCG_BODY_CUT }, { "8", 7, FCG_BODY_CUT },
		{ "7", CUT, FCG_BODY_CUT }, { "-1", 7, FCG_BODY_CUT },
		{ "-7", 7, FCG_BODY_CUT }, { "+7", 7, FCG_BODY_CUT },
		{ " 7", 7, FCG_BODY_CUT }, { "7 ", 7, FCG_BODY_CUT },
		{ "0x7", 7, FCG_BODY_CUT }, { "7,7", 7, FCG_BODY_CUT },
		{ "seven", 7, FCG_BODY_CUT }, { "7.0", 7, FCG_BODY_CUT },
	};
	static char data[MAX + 1];
	struct fcg_request r;
	const char *body;
	size_t len;

	set_up();
	memset(data, 'x', sizeof(data));
	for (size_t i = 0; i < ROWS(t); i++) {
		enum fcg_body got;

		tap_row("announced %s, sent %d",
		    t[i].announced == NULL ? "(none)" : t[i].announced,
		    t[i].sent);
		begin(t[i].announced);
		peer_stdin(&peer, data, t[i].sent < 0 ? 7 : (size_t)t[i].sent);
		if (t[i].sent == CUT)
			peer.n -= 8 + 4; /* the end record, and 4 bytes */
		arena_reset(arena);
		if (!CHECK(fcg_begin(fcg, peer_connect(&peer, 0), arena, &r) ==
			0)) {
			peer_wait(&peer);
			continue;
		}
		got = fcg_read_body(fcg, &r, MAX, arena, &body, &len);
		INTEQ(got, t[i].want);
		if (got == FCG_BODY_OK) {
			INTEQ(len, t[i].sent);
			CHECK(memcmp(body, data, len) == 0 &&
			    body[len] == '\0');
		}
		fcg_finish(fcg, "Status: 200\r\n\r\n", 15);
		peer_wait(&peer);
		STREQ(peer.answer, "Status: 200\r\n\r\n");
	}
	tear_down();
}

static void
pieces(void)
{
	struct fcg_request r;
	const char *body;
	size_t len;

	set_up();
	begin("6");
	peer_record(&peer, 5, "ab", 2);
	peer_record(&peer, 5, "c\0d", 3);
	peer_record(&peer, 5, "e", 1);
	peer_record(&peer, 5, NULL, 0);
	CHECK(fcg_begin(fcg, peer_trickle(&peer), arena, &r) == 0);
	INTEQ(fcg_read_body(fcg, &r, MAX, arena, &body, &len), FCG_BODY_OK);
	INTEQ(len, 6);
	CHECK(memcmp(body, "abc\0de", 6) == 0);
	fcg_finish(fcg, "x", 1);
	peer_wait(&peer);
	tear_down();
}

static void
aborted(void)
{
	struct fcg_request r;
	const char *body;
	size_t len;

	set_up();
	begin("6");
	peer_record(&peer, 5, "ab", 2);
	peer_record(&peer, 2, NULL, 0); /* ABORT_REQUEST */
	CHECK(fcg_begin(fcg, peer_connect(&peer, 0), arena, &r) == 0);
	INTEQ(fcg_read_body(fcg, &r, MAX, arena, &body, &len), FCG_BODY_CUT);
	fcg_finish(fcg, "x", 1);
	peer_wait(&peer);
	tear_down();
}

static void
kept_connection(void)
{
	struct fcg_request r;

	set_up();
	peer_begin(&peer, PEER_RESPONDER, 1); /* KEEP_CONN */
	peer_pair(&peer, "REQUEST_METHOD", "GET");
	peer_params(&peer);
	peer_stdin(&peer, NULL, 0);
	CHECK(fcg_begin(fcg, peer_connect(&peer, 0), arena, &r) == 0);
	INTEQ(fcg_finish(fcg, "x", 1), 0);
	peer_wait(&peer); /* returns: the connection was closed */
	INTEQ(peer.ended, 1);
	tear_down();
}

static void
peer_gone(void)
{
	static char big[1 << 20];
	struct fcg_request r;
	int pair[2];

	set_up();
	begin(NULL);
	peer_stdin(&peer, NULL, 0);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(write(pair[0], peer.out, peer.n) == (ssize_t)peer.n);
	CHECK(fcg_begin(fcg, pair[1], arena, &r) == 0);
	close(pair[0]);
	memset(big, 'x', sizeof(big));
	INTEQ(fcg_finish(fcg, big, sizeof(big)), -1);
	begin(NULL);
	peer_stdin(&peer, NULL, 0);
	CHECK(fcg_begin(fcg, peer_connect(&peer, 0), arena, &r) == 0);
	INTEQ(fcg_finish(fcg, "x", 1), 0);
	peer_wait(&peer);
	tear_down();
}

/* As the alarm's handler does while a peer trickles. */
static void
abort_by_us(void)
{
	struct fcg_request r;
	const char *body;
	size_t len;
	int pair[2];

	set_up();
	begin("6");
	peer_record(&peer, 5, "ab", 2);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(write(pair[0], peer.out, peer.n) == (ssize_t)peer.n);
	CHECK(fcg_begin(fcg, pair[1], arena, &r) == 0);
	fcg_abort(fcg);
	INTEQ(fcg_read_body(fcg, &r, MAX, arena, &body, &len), FCG_BODY_CUT);
	INTEQ(fcg_finish(fcg, "x", 1), -1);
	fcg_abort(fcg); /* nothing is under work: harmless */
	close(pair[0]);
	tear_down();
}

static const struct tap_case cases[] = {
	{ "a body is as long as announced, within the limit, or refused",
	    lengths },
	{ "a body in pieces, with NUL bytes, arrives whole", pieces },
	{ "an aborted request has no body", aborted },
	{ "the connection is closed even if it may be kept", kept_connection },
	{ "a web server that went away is noticed, the next is served",
	    peer_gone },
	{ "a connection under work can be ended from a signal", abort_by_us },
};
TAP_MAIN(cases)
