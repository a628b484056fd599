/* SPDX-License-Identifier: MIT */
/* shm/revoked: what is refused, what is asked again, and for how long. */
#include "tap.h"

#include "base/rng.h"
#include "unit/memory.h"

#include <string.h>

enum { NOW_S = 1800000000, NOW_MS = 5000000, HOUR = 3600, WAYS = 16 };
enum { A = 1001, B = 1002 };

static _Alignas(64) unsigned char mem[64 + 4096]; /* a few sets */
static struct revoked *r;

static void
begin(size_t size)
{
	revoked_free(&r);
	memset(mem, 0, sizeof(mem));
	r = revoked_new(mem, size, memory_new()->file);
}

static void
put(uint64_t tag, enum revoked_effect effect, int64_t end_s, uint64_t row,
    int64_t now_ms)
{
	const struct revoked_entry e = {
		.tag = tag,
		.effect = effect,
		.row = row,
		.at_s = NOW_S,
		.until_s = end_s,
	};

	INTEQ(revoked_put(r, &e, now_ms, NOW_S), 0);
}

static enum revoked_answer
look(uint64_t session, uint64_t user, int64_t issued_s, int64_t found_ms,
    int64_t now_s)
{
	const struct revoked_question q = { session, user, issued_s, found_ms };

	return revoked_look(r, &q, now_s);
}

static void
effects(void)
{
	static const struct {
		const char *what;
		enum revoked_effect effect;
		int64_t issued_s, found_ms;
		enum revoked_answer answer;
	} t[] = {
		{ "found before", REVOKED_RECHECK, 0, NOW_MS - 1, REVOKED_ASK },
		{ "found then", REVOKED_RECHECK, 0, NOW_MS, REVOKED_ASK },
		{ "found since", REVOKED_RECHECK, 0, NOW_MS + 1, REVOKED_NOT },
		{ "found now", REVOKED_RECHECK, 0, INT64_MAX, REVOKED_NOT },
		{ "issued before", REVOKED_OLDER, NOW_S - 1, INT64_MAX,
		    REVOKED_REFUSE },
		{ "issued then", REVOKED_OLDER, NOW_S, INT64_MAX, REVOKED_NOT },
		{ "nobody knows when", REVOKED_OLDER, 0, INT64_MAX,
		    REVOKED_REFUSE },
		{ "issued since", REVOKED_ALL, NOW_S + 9, INT64_MAX,
		    REVOKED_REFUSE },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		int64_t issued = t[i].issued_s, found = t[i].found_ms;

		tap_row("%s", t[i].what);
		begin(sizeof(mem));
		put(A, t[i].effect, NOW_S + HOUR, 0, NOW_MS);
		INTEQ(look(A, B, issued, found, NOW_S), t[i].answer);
		INTEQ(look(B, A, issued, found, NOW_S), t[i].answer);
		INTEQ(look(0, A, issued, found, NOW_S + HOUR - 1), t[i].answer);
		INTEQ(look(A, A, issued, found, NOW_S + HOUR), REVOKED_NOT);
		INTEQ(look(B, 0, issued, found, NOW_S), REVOKED_NOT);
	}
}

static void
empty(void)
{
	begin(sizeof(mem));
	CHECK(revoked_is_empty(r, NOW_S));
	INTEQ(revoked_count(r, NOW_S), 0);
	put(A, REVOKED_ALL, NOW_S, 0, NOW_MS); /* over already */
	put(0, REVOKED_ALL, NOW_S + 9, 0, NOW_MS);
	CHECK(revoked_is_empty(r, NOW_S));
	put(A, REVOKED_ALL, NOW_S + 9, 0, NOW_MS);
	put(B, REVOKED_RECHECK, NOW_S + 5, 0, NOW_MS);
	put(B, REVOKED_OLDER, NOW_S + 6, 0, NOW_MS);
	CHECK(!revoked_is_empty(r, NOW_S + 8));
	CHECK(revoked_is_empty(r, NOW_S + 9));
	INTEQ(revoked_count(r, NOW_S + 5), 2);
	INTEQ(revoked_count(r, NOW_S + 6), 1);
	INTEQ(revoked_count(r, NOW_S + 9), 0);
}

/* What one learns of a tag takes nothing from what is known. */
static void
grows(void)
{
	begin(sizeof(mem));
	put(A, REVOKED_OLDER, NOW_S + HOUR, 1, NOW_MS);
	put(A, REVOKED_RECHECK, NOW_S + 9, 2, NOW_MS);
	put(A, REVOKED_OLDER, NOW_S + 5, 3, NOW_MS);
	INTEQ(look(A, 0, NOW_S - 1, INT64_MAX, NOW_S + 5), REVOKED_REFUSE);
	INTEQ(look(A, 0, NOW_S, NOW_MS, NOW_S + 8), REVOKED_ASK);
	INTEQ(look(A, 0, NOW_S, NOW_MS, NOW_S + 9), REVOKED_NOT);
	put(A, REVOKED_ALL, NOW_S + 20, 4, NOW_MS);
	INTEQ(look(A, 0, NOW_S, INT64_MAX, NOW_S + 19), REVOKED_REFUSE);
	INTEQ(look(A, 0, NOW_S, INT64_MAX, NOW_S + 20), REVOKED_NOT);
	INTEQ(look(A, 0, 0, INT64_MAX, NOW_S + 20), REVOKED_REFUSE);
	tap_row("%s", "a row that is read again changes nothing");
	begin(sizeof(mem));
	put(A, REVOKED_RECHECK, NOW_S + 9, 5, NOW_MS);
	put(A, REVOKED_RECHECK, NOW_S + 9, 5, NOW_MS + 100);
	INTEQ(look(A, 0, 0, NOW_MS + 1, NOW_S), REVOKED_NOT);
	tap_row("%s", "another does, and one without a number");
	put(A, REVOKED_RECHECK, NOW_S + 9, 6, NOW_MS + 100);
	INTEQ(look(A, 0, 0, NOW_MS + 1, NOW_S), REVOKED_ASK);
	put(A, REVOKED_RECHECK, NOW_S + 9, 0, NOW_MS + 200);
	put(A, REVOKED_RECHECK, NOW_S + 9, 0, NOW_MS + 300);
	INTEQ(look(A, 0, 0, NOW_MS + 300, NOW_S), REVOKED_ASK);
}

static void
tags(void)
{
	struct crypt_mac *mac = shared_mac(memory_new(), "revoked");
	uint64_t a = revoked_tag(mac, "ory", REVOKED_USER, "id");

	CHECK(a != 0);
	CHECK(a == revoked_tag(mac, "ory", REVOKED_USER, "id"));
	CHECK(a != revoked_tag(mac, "ory", REVOKED_SESSION, "id"));
	CHECK(a != revoked_tag(mac, "clerk", REVOKED_USER, "id"));
	CHECK(a != revoked_tag(mac, "ory", REVOKED_USER, "ide"));
	crypt_mac_free(&mac);
	mac = shared_mac(memory_new(), "revoked");
	CHECK(a != revoked_tag(mac, "ory", REVOKED_USER, "id"));
	crypt_mac_free(&mac);
}

static void
noise(void)
{
	for (int round = 0; round < 200; round++) {
		begin(sizeof(mem));
		for (size_t i = 0; i < sizeof(mem); i += 64)
			rng_bytes(mem + i, 64);
		for (uint64_t i = 0; i < WAYS; i++) {
			uint64_t tag;

			memcpy(&tag, mem + 64 + i * 8, sizeof(tag));
			look(tag, tag + 1, NOW_S, NOW_MS, NOW_S);
		}
		revoked_count(r, NOW_S);
		put(A, REVOKED_ALL, NOW_S + HOUR, 0, NOW_MS);
		INTEQ(look(A, 0, 0, INT64_MAX, NOW_S), REVOKED_REFUSE);
		CHECK(!revoked_is_empty(r, NOW_S));
	}
	revoked_free(&r);
}

static const struct tap_case cases[] = {
	{ "each effect means what it says, until its end", effects },
	{ "nothing is revoked before, and after the last end", empty },
	{ "what is known of a session or user only grows", grows },
	{ "tags hang on everything that they are about", tags },
	{ "noise all over breaks nothing", noise },
};
TAP_MAIN(cases)
