/* SPDX-License-Identifier: MIT */
/* auth/kept: packed and unpacked, and what nobody of ours has packed. */
#include "tap.h"

#include "auth/kept.h"
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { NOW_US = 5000000 };

static const struct auth_answer full = {
	.verdict = AUTH_ALLOW,
	.who = { .subject = "c4d24c01-feba-4213-858b-262c8d427f8c",
	    .session = "0cd29640-3b64-419d-93b0-8c9e84c2090d",
	    .email = "ada@example.org",
	    .email_verified = true,
	    .name = "Ada L\xc3\xb6velace",
	    .org = "org_1",
	    .org_slug = "acme",
	    .actor = "eve",
	    .aal = "aal2",
	    .expires_s = 4000000000,
	    .issued_s = 1000000000 },
};

static size_t
packed(struct kept *k, const struct auth_answer *answer)
{
	memset(k, 0xee, sizeof(*k));
	k->began_us = NOW_US - 3000;
	k->ended_us = NOW_US - 1000;
	k->fresh_us = NOW_US + 1000;
	return kept_pack(k, answer);
}

static void
whole(void)
{
	struct arena *a = arena_new(1 << 16);
	struct auth_answer out = { .n_relay = 0 };
	struct kept k;
	size_t n = packed(&k, &full);

	CHECK(n > KEPT_HEAD && n < 250);
	CHECK(kept_is_sound(&k, n, NOW_US));
	CHECK(kept_unpack(&k, a, &out));
	memset(&k, 0, sizeof(k)); /* copies, all of it */
	INTEQ(out.verdict, AUTH_ALLOW);
	STREQ(out.who.subject, full.who.subject);
	STREQ(out.who.session, full.who.session);
	STREQ(out.who.email, full.who.email);
	STREQ(out.who.name, full.who.name);
	STREQ(out.who.org, full.who.org);
	STREQ(out.who.org_slug, full.who.org_slug);
	STREQ(out.who.actor, full.who.actor);
	STREQ(out.who.aal, full.who.aal);
	STREQ(out.why, NULL);
	STREQ(out.step_up_url, NULL);
	STREQ(out.who.provider, NULL);
	INTEQ(out.who.email_verified, true);
	INTEQ(out.who.expires_s, 4000000000);
	INTEQ(out.who.issued_s, 1000000000);
	arena_free(&a);
}

/* Of other verdicts the reason, and not who it was on the way. */
static void
refusals(void)
{
	struct arena *a = arena_new(1 << 16);

	for (int v = 0; v < AUTH_VERDICTS; v++) {
		struct auth_answer in = full, out = { .n_relay = 0 };
		bool keep = v == AUTH_DENY || v == AUTH_STEPUP;
		struct kept k;
		size_t n;

		if (v == AUTH_ALLOW)
			continue;
		tap_row("%s", auth_verdict_name((enum auth_verdict)v));
		in.verdict = (enum auth_verdict)v;
		in.why = "because";
		in.step_up_url = v == AUTH_STEPUP ? "https://a.x/" : NULL;
		n = packed(&k, &in);
		INTEQ(n > 0, keep);
		if (n == 0)
			continue;
		CHECK(kept_is_sound(&k, n, NOW_US));
		CHECK(kept_unpack(&k, a, &out));
		INTEQ(out.verdict, v);
		STREQ(out.why, "because");
		STREQ(out.step_up_url, in.step_up_url);
		STREQ(out.who.subject, NULL);
		STREQ(out.who.email, NULL);
		INTEQ(out.who.expires_s, 0);
	}
	arena_free(&a);
}

static void
too_much(void)
{
	static const char *const role[] = { "admin" };
	static char name[KEPT_TEXT_MAX];
	struct auth_answer in = full;
	struct kept k;

	memset(name, 'n', sizeof(name) - 1);
	in.who.name = name;
	INTEQ(packed(&k, &in), 0);
	tap_row("%s", "exactly as long as there is room");
	in = (struct auth_answer){ .verdict = AUTH_ALLOW,
		.who = { .subject = name + 2, .email = "" } };
	INTEQ(packed(&k, &in), KEPT_HEAD + KEPT_TEXT_MAX - 1);
	in.who.subject = name + 1;
	INTEQ(packed(&k, &in), KEPT_HEAD + KEPT_TEXT_MAX);
	CHECK(kept_is_sound(&k, sizeof(k), NOW_US));
	in.who.subject = name;
	INTEQ(packed(&k, &in), 0);
	tap_row("%s", "members that have no place in it");
	in = full;
	in.who.roles = (struct auth_names){ 1, role };
	INTEQ(packed(&k, &in), 0);
	in = full;
	in.who.permissions = (struct auth_names){ 1, role };
	INTEQ(packed(&k, &in), 0);
	in = full;
	in.who.subject = NULL;
	INTEQ(packed(&k, &in), 0);
}

static void
no_memory(void)
{
	struct arena *a = arena_new(4096);
	struct auth_answer out = { .n_relay = 0 };
	struct kept k;

	packed(&k, &full);
	while (arena_alloc(a, 16) != NULL)
		continue;
	CHECK(!kept_unpack(&k, a, &out));
	arena_free(&a);
}

/* What is read is inside of what was written, whatever that was. */
static void
read_all(const struct kept *k, size_t n, struct arena *a)
{
	struct auth_answer out = { .n_relay = 0 };

	if (!kept_is_sound(k, n, NOW_US))
		return;
	arena_reset(a);
	CHECK(kept_unpack(k, a, &out));
	CHECK(out.verdict == AUTH_ALLOW || out.verdict == AUTH_DENY ||
	      out.verdict == AUTH_STEPUP);
	if (out.verdict == AUTH_ALLOW)
		CHECK(out.who.subject != NULL && out.who.subject[0] != '\0' &&
		      out.who.email != NULL);
	CHECK(out.why == NULL || strlen(out.why) < KEPT_TEXT_MAX);
}

static void
nonsense(void)
{
	struct arena *a = arena_new(1 << 16);
	struct kept good, k;
	size_t n = packed(&good, &full);
	unsigned char *byte = (unsigned char *)&k;

	for (size_t i = 0; i < n; i++)
		for (int bit = 0; bit < 8; bit++) {
			k = good;
			byte[i] ^= (unsigned char)(1 << bit);
			read_all(&k, n, a);
		}
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		k = good;
		for (int j = 0; j < 8; j++)
			byte[(size_t)random() % n] = (unsigned char)random();
		read_all(&k, n, a);
	}
	for (size_t len = 0; len < n; len++) {
		k = good;
		CHECK(!kept_is_sound(&k, len, NOW_US));
	}
	arena_free(&a);
}

/* As long as before, one of these bytes is another. */
static void
altered(void)
{
	struct kept k;
	size_t n = packed(&k, &full);

	tap_row("%s", "a line break in a name");
	*(char *)memchr(k.text, '@', k.len) = '\n';
	CHECK(!kept_is_sound(&k, n, NOW_US));
	tap_row("%s", "one text more than there are names for");
	n = packed(&k, &full);
	k.texts |= 1 << 10;
	CHECK(!kept_is_sound(&k, n, NOW_US));
	tap_row("%s", "one text too many");
	n = packed(&k, &full);
	k.texts &= (uint16_t)~(1 << 9);
	CHECK(!kept_is_sound(&k, n, NOW_US));
	tap_row("%s", "nobody, allowed");
	n = packed(&k, &full);
	k.text[0] = '\0';
	CHECK(!kept_is_sound(&k, n, NOW_US));
}

/* Times that no call of ours has. */
static void
times(void)
{
	static const struct {
		const char *name;
		int64_t began, ended, fresh, expires;
		bool sound;
	} t[] = {
		{ "usual", 1000, 2000, 3000, 1, true },
		{ "not fresh for a moment", 1000, 1000, 1000, 1, true },
		{ "it ends now", 1000, NOW_US, 3000, 1, true },
		{ "it ends in the future", 1000, NOW_US + 1, 3000, 1, false },
		{ "before it began", 2000, 1000, 3000, 1, false },
		{ "over before it began", 2000, 2000, 1999, 1, false },
		{ "a minute", 1000, 2000, 60001000, 1, true },
		{ "over a minute", 1000, 2000, 60001001, 1, false },
		{ "for ever", 1, 2, INT64_MAX, 1, false },
		{ "before time", INT64_MIN, 2, INT64_MAX, 1, false },
		{ "no time", 0, 0, 0, 1, false },
		{ "until no calendar knows", 1000, 2000, 3000, INT64_MAX,
		    false },
		{ "until long ago", 1000, 2000, 3000, INT64_MIN, false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct kept k;
		size_t n = packed(&k, &full);

		tap_row("%s", t[i].name);
		k.began_us = t[i].began;
		k.ended_us = t[i].ended;
		k.fresh_us = t[i].fresh;
		k.expires_s = t[i].expires;
		INTEQ(kept_is_sound(&k, n, NOW_US), t[i].sound);
	}
}

static const struct tap_case cases[] = {
	{ "an identity comes back whole, in memory of its own", whole },
	{ "a refusal comes back with its reason and nobody's name", refusals },
	{ "what does not fit, or has no place, is not kept", too_much },
	{ "without memory there is no half of an answer", no_memory },
	{ "bytes that somebody else wrote are harmless", nonsense },
	{ "nor is anything believed of what was altered", altered },
	{ "times that cannot be are not believed", times },
};
TAP_MAIN(cases)
