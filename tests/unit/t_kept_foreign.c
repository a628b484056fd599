/* SPDX-License-Identifier: MIT */
/* auth/kept: what nobody of ours has packed. */
#include "tap.h"

#include "auth/roles.h"
#include "base/arena.h"
#include "unit/kept_full.h"

#include <stdlib.h>

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
	CHECK(out.who.roles.n <= ROLES_MAX);
	for (int i = 0; i < out.who.roles.n; i++)
		CHECK(out.who.roles.item[i][0] != '\0' &&
		      strlen(out.who.roles.item[i]) < KEPT_TEXT_MAX);
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
	k.texts &= (uint16_t) ~(1 << 9);
	CHECK(!kept_is_sound(&k, n, NOW_US));
	tap_row("%s", "one role too many");
	n = packed(&k, &full);
	k.roles++;
	CHECK(!kept_is_sound(&k, n, NOW_US));
	tap_row("%s", "one role too few");
	n = packed(&k, &full);
	k.roles--;
	CHECK(!kept_is_sound(&k, n, NOW_US));
	tap_row("%s", "a role of no name");
	n = packed(&k, &full);
	k.text[k.len - 2] = '\0';
	k.roles++;
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
	{ "bytes that somebody else wrote are harmless", nonsense },
	{ "nor is anything believed of what was altered", altered },
	{ "times that cannot be are not believed", times },
};
TAP_MAIN(cases)
