/* SPDX-License-Identifier: MIT */
/* auth/verified: a signature found again, and what must not pass for one. */
#include "tap.h"

#include "auth/verified.h"
#include "base/arena.h"
#include "base/clock.h"
#include "unit/ringed.h"

#include <stdio.h>
#include <string.h>

static struct ringed r;
static struct verified v;
static struct key *ours, *other;

static void
open_all(void)
{
	ringed_open(&r);
	verified_init(&v, &r.outside);
	ours = signer_public(SIGNER_RSA);
	other = signer_public(SIGNER_RSA_2);
}

static void
close_all(void)
{
	key_free(&ours);
	key_free(&other);
	ringed_close(&r);
}

static char *
token(int64_t left_s, const char *more)
{
	return token_signed(r.arena, SIGNER_RSA, KEY_RS256, "a",
	    arena_printf(r.arena, "{\"exp\":%lld%s}",
		(long long)(clock_wall_ms() / 1000 + left_s), more));
}

/* Is it genuine? */
static bool
check(const char *text, struct key *key)
{
	const char *why;
	struct jwt t;

	STREQ(jwt_open(&t, text, strlen(text), r.arena), NULL);
	why = verified_check(&v, &t, key);
	CHECK(why != jwt_no_memory);
	jwt_close(&t);
	return why == NULL;
}

static void
slot_of(const char *text, unsigned char slot[SLOTS_KEY_SIZE])
{
	struct jwt t;

	STREQ(jwt_open(&t, text, strlen(text), r.arena), NULL);
	slots_key(r.shared->slots,
	    (const struct crypt_part[]){ { "verified", 8 },
		{ v.scope, sizeof(v.scope) }, { t.text, t.signed_len },
		{ t.sig, t.sig_len } },
	    4, slot);
	jwt_close(&t);
}

/* What is kept of it in ms from now. */
static bool
keeps(const char *text, int64_t ms)
{
	unsigned char slot[SLOTS_KEY_SIZE], print[KEY_PRINT_SIZE];
	size_t len;

	slot_of(text, slot);
	return slots_get(r.shared->slots, slot, print, sizeof(print), &len,
		   clock_mono_ms() + ms) == SLOTS_HIT;
}

/* As if it had been found genuine: a value of that many bytes. */
static void
pretend(const char *text, const struct key *key, size_t len)
{
	unsigned char slot[SLOTS_KEY_SIZE], value[2 * KEY_PRINT_SIZE] = { 0 };
	int64_t now = clock_mono_ms();

	slot_of(text, slot);
	memcpy(value, key_print(key), KEY_PRINT_SIZE);
	slots_put(r.shared->slots, slot, value, len, now + 60000, now);
}

/* By another key's signature, which only what is kept makes good. */
static const char *
forged(void)
{
	return token_signed(r.arena, SIGNER_RSA_2, KEY_RS256, "a",
	    "{\"exp\":9999999999}");
}

static void
found_again(void)
{
	const char *text;

	open_all();
	text = token(600, "");
	CHECK(!keeps(text, 0));
	CHECK(check(text, ours));
	CHECK(keeps(text, 0));
	CHECK(check(text, ours));
	tap_row("%s", "it is what is kept that says so");
	text = forged();
	CHECK(!check(text, ours));
	pretend(text, ours, KEY_PRINT_SIZE);
	CHECK(check(text, ours));
	close_all();
}

static void
another_key(void)
{
	const char *text;

	open_all();
	text = token(600, "");
	CHECK(check(text, ours));
	CHECK(!check(text, other));
	tap_row("%s", "kept under a key that is not this one");
	text = forged();
	pretend(text, other, KEY_PRINT_SIZE);
	CHECK(!check(text, ours));
	tap_row("%s", "values that nobody of ours wrote");
	pretend(text, ours, KEY_PRINT_SIZE);
	CHECK(check(text, ours)); /* it is left on the stack */
	pretend(text, ours, KEY_PRINT_SIZE - 1);
	CHECK(!check(text, ours));
	pretend(text, ours, KEY_PRINT_SIZE + 1);
	CHECK(!check(text, ours));
	pretend(text, ours, 0);
	CHECK(!check(text, ours));
	close_all();
}

/* One byte is another, wherever it is. */
static void
another_token(void)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				     "nopqrstuvwxyz0123456789-_";
	char *text;
	size_t n;
	int tried = 0;

	open_all();
	text = token(600, "");
	CHECK(check(text, ours));
	n = strlen(text);
	for (size_t i = 0; i < n; i++) {
		char was = text[i];
		struct jwt t;

		if (was == '.')
			continue;
		text[i] = digits[(strchr(digits, was) - digits + 4) % 64];
		if (jwt_open(&t, text, n, r.arena) == NULL) {
			tap_row("byte %zu", i);
			CHECK(verified_check(&v, &t, ours) != NULL);
			jwt_close(&t);
			tried++;
		}
		text[i] = was;
	}
	CHECK(tried > 300);
	CHECK(check(text, ours));
	close_all();
}

static void
another_scope(void)
{
	const char *text;

	open_all();
	text = forged();
	pretend(text, ours, KEY_PRINT_SIZE);
	CHECK(check(text, ours));
	v.scope[31] ^= 1;
	CHECK(!check(text, ours));
	close_all();
}

static void
life(void)
{
	static const struct {
		int64_t left_s, kept_ms, gone_ms;
	} t[] = {
		{ 3600, VERIFIED_LIFE_MS - 5000, VERIFIED_LIFE_MS },
		{ 30, 25000, 30000 },
		{ 0, -1, 0 },
		{ -30, -1, 0 },
	};
	const char *text;

	open_all();
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%d s left", (int)t[i].left_s);
		text = token(t[i].left_s, ",\"n\":1");
		CHECK(check(text, ours));
		CHECK(t[i].kept_ms < 0 || keeps(text, t[i].kept_ms));
		CHECK(!keeps(text, t[i].gone_ms));
	}
	tap_row("%s", "without an end");
	text = token_signed(r.arena, SIGNER_RSA, KEY_RS256, "a", "{}");
	CHECK(check(text, ours));
	CHECK(!keeps(text, 0));
	tap_row("%s", "not genuine");
	text = forged();
	CHECK(!check(text, ours));
	CHECK(!keeps(text, 0));
	close_all();
}

/* Through keys.c: a key that leaves the set takes its tokens along. */
static void
rotated(void)
{
	const char *text;
	struct keys *k;

	open_all();
	k = ringed_keys(&r);
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA, NULL, 0));
	text = token(600, "");
	INTEQ(ringed_check(&r, k, text).verdict, AUTH_ALLOW);
	INTEQ(ringed_check(&r, k, text).verdict, AUTH_ALLOW);
	CHECK(keeps(text, 0));
	tap_row("%s", "another key under its id");
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA_2, NULL, 0));
	ringed_age(&r, KEYS_FRESH_MS);
	INTEQ(ringed_check(&r, k, text).verdict, AUTH_DENY);
	tap_row("%s", "it is back");
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA, NULL, 0));
	ringed_age(&r, KEYS_FRESH_MS);
	INTEQ(ringed_check(&r, k, text).verdict, AUTH_ALLOW);
	tap_row("%s", "gone, id and all");
	ringed_serve(&r, token_set(r.arena, "b", SIGNER_RSA, NULL, 0));
	ringed_age(&r, KEYS_FRESH_MS);
	CHECK(ringed_check(&r, k, text).verdict != AUTH_ALLOW);
	keys_free(&k);
	close_all();
}

static const struct tap_case cases[] = {
	{ "a signature is found again", found_again },
	{ "only by the very key that made it", another_key },
	{ "only of the very token", another_token },
	{ "only under the same configuration", another_scope },
	{ "for a minute, not past the token's end, and no other", life },
	{ "a key that leaves the set takes its tokens along", rotated },
};
TAP_MAIN(cases)
