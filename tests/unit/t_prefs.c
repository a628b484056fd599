/* SPDX-License-Identifier: MIT */
/* user/prefs: each field, all problems at once, characters not bytes. */
#include "tap.h"

#include "base/arena.h"
#include "user/prefs.h"

#include <stdio.h>
#include <string.h>

static struct arena *arena;

static int
parse(const char *body, long max, struct profile_change *c,
    struct prefs_problems *p, struct err *e)
{
	*e = (struct err){ 0 };
	return prefs_parse(body, strlen(body), max, arena, c, p, e);
}

static void
good(void)
{
	static const struct {
		const char *body, *theme, *notifications, *bio;
	} t[] = {
		{ "{}", NULL, NULL, NULL },
		{ "{\"theme\":\"light\"}", "light", NULL, NULL },
		{ "{\"theme\":\"dark\"}", "dark", NULL, NULL },
		{ "{\"th\\u0065me\":\"d\\u0061rk\"}", "dark", NULL, NULL },
		{ "{\"notifications\":true}", NULL, "true", NULL },
		{ "{\"notifications\":false}", NULL, "false", NULL },
		{ "{\"bio\":\"x\"}", NULL, NULL, "x" },
		{ "{\"bio\":\"\"}", NULL, NULL, "" },
		{ "{\"bio\":null}", NULL, NULL, "" },
		{ "{\"bio\":\"a\\nb\\tc\"}", NULL, NULL, "a\nb\tc" },
		{ "{\"bio\":\"'); DROP TABLE user_profile;--\"}", NULL, NULL,
		    "'); DROP TABLE user_profile;--" },
		{ "{\"bio\":\" \"}", NULL, NULL, " " },
		{ "{\"userId\":\"x\",\"email\":7,\"theme\":\"dark\","
		  "\"extra\":[{}]}", "dark", NULL, NULL },
		{ "{\"Theme\":\"x\",\"BIO\":1}", NULL, NULL, NULL },
	};
	struct profile_change c;
	struct prefs_problems p;
	struct err e;

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].body);
		INTEQ(parse(t[i].body, 2000, &c, &p, &e), 0);
		INTEQ(p.n, 0);
		STREQ(c.theme, t[i].theme);
		STREQ(c.notifications, t[i].notifications);
		STREQ(c.bio, t[i].bio);
	}
	arena_free(&arena);
}

static void
bad_fields(void)
{
	static const struct {
		const char *body, *fields; /* in their order */
	} t[] = {
		{ "{\"theme\":\"blue\"}", "theme " },
		{ "{\"theme\":\"\"}", "theme " },
		{ "{\"theme\":\"Dark\"}", "theme " },
		{ "{\"theme\":\"dark \"}", "theme " },
		{ "{\"theme\":null}", "theme " },
		{ "{\"theme\":1}", "theme " },
		{ "{\"theme\":[\"dark\"]}", "theme " },
		{ "{\"notifications\":\"true\"}", "notifications " },
		{ "{\"notifications\":1}", "notifications " },
		{ "{\"notifications\":null}", "notifications " },
		{ "{\"bio\":7}", "bio " },
		{ "{\"bio\":{}}", "bio " },
		{ "{\"bio\":false}", "bio " },
		{ "{\"bio\":1,\"notifications\":2,\"theme\":3}",
		    "theme notifications bio " },
		{ "{\"bio\":1,\"theme\":\"dark\"}", "bio " },
	};
	struct profile_change c;
	struct prefs_problems p;
	struct err e;

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		char got[80] = "";

		tap_row("%s", t[i].body);
		INTEQ(parse(t[i].body, 2000, &c, &p, &e), 0);
		for (int k = 0; k < p.n; k++) {
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
			    "%s ", p.list[k].field);
			CHECK(strlen(p.list[k].problem) > 5);
		}
		STREQ(got, t[i].fields);
	}
	arena_free(&arena);
}

static void
not_an_object(void)
{
	static const char *const t[] = { "", "[]", "null", "\"x\"", "1", "{",
		"{\"theme\":\"dark\",}", "{\"theme\":\"dark\"} x",
		"{\"theme\":\"dark\",\"theme\":\"light\"}",
		"{\"x\":{\"a\":1,\"a\":2}}", "{\"bio\":\"a\\u0000b\"}",
		"{\"bio\":\"\xff\"}", "{\"bio\":\"\\ud800\"}",
		"{'theme':'dark'}", "\xef\xbb\xbf{}" };
	struct profile_change c;
	struct prefs_problems p;
	struct err e;

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i]);
		INTEQ(parse(t[i], 2000, &c, &p, &e), -1);
		INTEQ(e.kind, ERR_INPUT);
		INTEQ(p.n, 0);
	}
	arena_free(&arena);
}

static void
length(void)
{
	static const struct {
		const char *character;
		int count;
		bool good;
	} t[] = {
		{ "x", 9, true }, { "x", 10, true }, { "x", 11, false },
		{ "\xc3\xa9", 10, true }, { "\xc3\xa9", 11, false },
		{ "\xf0\x9f\x98\x80", 10, true },
		{ "\xf0\x9f\x98\x80", 11, false },
		{ "\\ud83d\\ude00", 10, true },
		{ "\\ud83d\\ude00", 11, false }, { "\\n", 10, true },
		{ "e\xcc\x81", 5, true }, { "e\xcc\x81", 6, false },
	};
	struct profile_change c;
	struct prefs_problems p;
	struct err e;

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		char body[400] = "{\"bio\":\"";

		tap_row("%d of %s", t[i].count, t[i].character);
		for (int k = 0; k < t[i].count; k++)
			strncat(body, t[i].character, 20);
		strncat(body, "\"}", 3);
		INTEQ(parse(body, 10, &c, &p, &e), 0);
		INTEQ(p.n, t[i].good ? 0 : 1);
		if (p.n == 1)
			STREQ(p.list[0].problem,
			    "must be at most 10 characters long");
	}
	arena_free(&arena);
}

static void
no_memory(void)
{
	static char body[6000] = "{\"bio\":\"";
	struct profile_change c;
	struct prefs_problems p;
	struct err e;

	memset(body + 8, 'x', sizeof(body) - 11);
	memcpy(body + sizeof(body) - 3, "\"}", 3);
	arena = arena_new(4096);
	INTEQ(parse(body, 10000, &c, &p, &e), -1);
	INTEQ(e.kind, ERR_BUG);
	arena_free(&arena);
}

static const struct tap_case cases[] = {
	{ "fields that are there are taken, others keep their value", good },
	{ "every field that is wrong is named, in order", bad_fields },
	{ "what is not one strict JSON object is refused whole",
	    not_an_object },
	{ "a bio is measured in characters", length },
	{ "without memory there is an error, not half a bio", no_memory },
};
TAP_MAIN(cases)
