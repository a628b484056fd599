/* SPDX-License-Identifier: MIT */
/* auth/jwt: the latest header is kept, and serves no other token. */
#include "tap.h"

#include "auth/jwt.h"
#include "base/arena.h"
#include "unit/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* of 39 bytes: what is behind it does not change its text */
#define A "{\"alg\":\"RS256\",\"kid\":\"abc\",\"typ\":\"JWT\"}"
#define B "{\"alg\":\"ES256\",\"kid\":\"bcd\"}"

/* A token in memory of its own, gone with drop(). */
struct held {
	struct arena *arena;
	char *text;
	struct jwt t;
	const char *why;
};

static struct held
hold(const char *header)
{
	struct held h = { .arena = arena_new(1 << 16) };

	h.text = signer_join(signer_input(header, "{\"sub\":\"s\"}"),
	    (const unsigned char *)"sig", 3);
	h.why = jwt_open(&h.t, h.text, strlen(h.text), h.arena);
	return h;
}

static void
drop(struct held *h)
{
	jwt_close(&h->t);
	CHECK(h->t.header == NULL && h->t.claims == NULL);
	jwt_close(&h->t);
	arena_free(&h->arena);
	free(h->text);
}

static void
is_like(const struct held *h, enum key_alg alg, const char *kid)
{
	static const char *const types[] = { "JWT", NULL };

	STREQ(h->why, NULL);
	INTEQ(h->t.alg, alg);
	if (CHECK(h->t.kid != NULL))
		STREQ(h->t.kid, kid);
	INTEQ(h->t.kid_len, strlen(kid));
	STREQ(jwt_check_type(&h->t, types, false), NULL);
	STREQ(jwt_str(&h->t, "sub", 9), "s");
}

static void
in_turn(void)
{
	for (int i = 0; i < 6; i++) {
		struct held h = hold(i % 2 == 0 ? A : B);

		tap_row("turn %d", i);
		is_like(&h, i % 2 == 0 ? KEY_RS256 : KEY_ES256,
		    i % 2 == 0 ? "abc" : "bcd");
		drop(&h);
	}
}

/* Whoever was opened with a header has it until its own end. */
static void
replaced(void)
{
	struct held first = hold(A), again = hold(A), b = hold(B), last;

	is_like(&first, KEY_RS256, "abc");
	drop(&first);
	is_like(&again, KEY_RS256, "abc");
	last = hold(A);
	is_like(&b, KEY_ES256, "bcd");
	drop(&b);
	b = hold(B);
	drop(&again);
	is_like(&last, KEY_RS256, "abc");
	drop(&last);
	is_like(&b, KEY_ES256, "bcd");
	drop(&b);
}

/* Of the kept one's length, or beginning like it, and bad. */
static void
bad_after_good(void)
{
	static const struct {
		const char *header, *why;
	} t[] = {
		{ "{\"alg\":\"HS256\",\"kid\":\"abc\",\"typ\":\"JWT\"}",
		    "header: alg is none of ours" },
		{ "{\"alg\":\"RS256\",\"crit\":0,\"typ\":\"JWT---\"}",
		    "header: crit" },
		{ "{\"alg\":\"RS256\",\"kid\":7    ,\"typ\":\"JWT\"}",
		    "header: kid is not a text of 1 to 128 bytes" },
		{ "{\"alg\":\"RS256\",\"kid\":\"abc\",\"typ\":\"JWT\"]",
		    "header: no JSON object" },
		{ A "}", "header: no JSON object" },
		{ "{\"alg\":\"RS256\",\"kid\":\"abc\",\"typ\":\"JWT\"",
		    "header: no JSON object" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].header);
		for (int turn = 0; turn < 2; turn++) {
			struct held good = hold(A), bad = hold(t[i].header);

			STREQ(bad.why, t[i].why);
			CHECK(bad.t.header == NULL && bad.t.kid == NULL);
			drop(&bad);
			bad = hold(t[i].header);
			STREQ(bad.why, t[i].why);
			drop(&bad);
			is_like(&good, KEY_RS256, "abc");
			drop(&good);
		}
	}
}

/* 384 bytes make 512 characters, the longest that is kept. */
static void
long_ones(void)
{
	static const int sizes[] = { 383, 384, 385, 386, 768, 2048 };

	for (size_t i = 0; i < ROWS(sizes); i++)
		for (int turn = 0; turn < 4; turn++) {
			char header[2049];
			struct held h, small;
			int used = snprintf(header, sizeof(header),
			    "{\"alg\":\"RS256\",\"kid\":\"%d\",\"x\":\"",
			    turn / 2);

			tap_row("%d bytes, turn %d", sizes[i], turn);
			memset(header + used, 'x',
			    sizeof(header) - (size_t)used);
			memcpy(header + sizes[i] - 2, "\"}", 3);
			h = hold(header);
			is_like(&h, KEY_RS256, turn / 2 == 0 ? "0" : "1");
			small = hold(turn % 2 == 0 ? A : B);
			STREQ(small.t.kid, turn % 2 == 0 ? "abc" : "bcd");
			drop(&small);
			is_like(&h, KEY_RS256, turn / 2 == 0 ? "0" : "1");
			drop(&h);
		}
}

/* A token that fails behind its header leaves the header in order. */
static void
fails_later(void)
{
	static const char *const rest[] = { ".e30.A", ".e3.AAAA", ".AAAA.AAAA",
		"..AAAA" };
	struct held h = hold(A);
	char text[200];

	for (size_t i = 0; i < ROWS(rest); i++) {
		struct held bad = { .arena = arena_new(1 << 16) };

		tap_row("%s", rest[i]);
		snprintf(text, sizeof(text), "%.*s%s",
		    (int)strcspn(h.text, "."), h.text, rest[i]);
		bad.why = jwt_open(&bad.t, text, strlen(text), bad.arena);
		CHECK(bad.why != NULL);
		drop(&bad);
		bad = hold(A);
		is_like(&bad, KEY_RS256, "abc");
		drop(&bad);
	}
	is_like(&h, KEY_RS256, "abc");
	drop(&h);
}

static const struct tap_case cases[] = {
	{ "tokens of two headers in turn have each its own", in_turn },
	{ "a header that is replaced serves who has it to the end", replaced },
	{ "a bad header is not taken for the good one before it",
	    bad_after_good },
	{ "a header too long to be kept is read each time", long_ones },
	{ "a token that fails later harms no header", fails_later },
};
TAP_MAIN(cases)
