/* SPDX-License-Identifier: MIT */
/* conf/setting: what each type takes, refuses and leaves alone. */
#include "tap.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "conf/keys.h"
#include "conf/setting.h"

#include <string.h>

struct fields {
	int64_t number;
	bool flag;
	const char *text;
	struct conf_list list;
	struct conf_rate rate;
};

#define KEY(type, member, min, max, choices)                                   \
	{                                                                      \
#member, type, offsetof(struct fields, member), NULL, min,     \
		    max, choices, 0, ""                                        \
	}
static const struct conf_key number = KEY(TYPE_INT, number, 2, 9, NULL);
static const struct conf_key when = KEY(TYPE_MS, number, 0, 5000, NULL);
static const struct conf_key hold = KEY(TYPE_TTL, number, 0, 5000, "provider");
static const struct conf_key flag = KEY(TYPE_BOOL, flag, 0, 1, NULL);
static const struct conf_key text = KEY(TYPE_STR, text, 0, 5, NULL);
static const struct conf_key choice = KEY(TYPE_CHOICE, text, 0, 9, "a|bc");
static const struct conf_key maybe = KEY(TYPE_CHOICE, text, 0, 9, "|a|bc");
static const struct conf_key list = KEY(TYPE_LIST, list, 0, 5, NULL);
static const struct conf_key rate = KEY(TYPE_RATE, rate, 0, 64, NULL);

static void
values(void)
{
	static const struct {
		const struct conf_key *key;
		const char *value, *problem; /* NULL: none */
	} t[] = {
		{ &number, "2", NULL },
		{ &number, "9", NULL },
		{ &number, "10", "must be from 2 to 9" },
		{ &number, "-3", "must be from 2 to 9" },
		{ &number, "x", "must be a whole number" },
		{ &when, "5s", NULL },
		{ &when, "5001ms", "must be from 0ms to 5s" },
		{ &when, "provider",
		    "must be a time such as \"1500ms\", \"4s\" or \"5m\"" },
		{ &hold, "provider", NULL },
		{ &hold, "6s", "must be from 0ms to 5s" },
		{ &hold, "",
		    "must be a time such as \"30s\", or \"provider\"" },
		{ &flag, "true", NULL },
		{ &text, "", NULL },
		{ &text, "abcde", NULL },
		{ &text, "abcdef", "is too long" },
		{ &text, "a\nb", "holds a control character" },
		{ &choice, "a", NULL },
		{ &choice, "bc", NULL },
		{ &choice, "b", "must be one of a|bc" },
		{ &choice, "a|bc", "must be one of a|bc" },
		{ &choice, "", "must be one of a|bc" },
		{ &maybe, "", NULL },
		{ &maybe, "bc", NULL },
		{ &maybe, "|", "must be empty or one of a|bc" },
		{ &maybe, "c", "must be empty or one of a|bc" },
		{ &rate, "5/s", NULL },
		{ &rate, "5",
		    "must be a rate such as \"20/s burst 40\" or "
		    "\"100/m burst 20\"; units are s, m and h" },
	};
	struct arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < ROWS(t); i++) {
		struct fields f = { 0 };
		struct setting s = { .base = &f, .arena = a };
		struct err e = { 0 };

		tap_row("%s = \"%s\"", t[i].key->path, t[i].value);
		INTEQ(setting_put(&s, t[i].key, t[i].value, &e),
		    t[i].problem == NULL ? 0 : -1);
		STREQ(e.text, t[i].problem == NULL ? "" : t[i].problem);
		if (t[i].problem == NULL && t[i].key->offset == text.offset)
			STREQ(f.text, t[i].value);
		else
			CHECK(f.text == NULL);
	}
	arena_free(&a);
}

static void
lists(void)
{
	static const struct {
		const char *item[2];
		const char *problem; /* NULL: none */
	} t[] = {
		{ { "a", "bcdef" }, NULL },
		{ { "a", "" }, "must be a list of strings, none empty" },
		{ { "a", NULL }, "must be a list of strings, none empty" },
		{ { "a", "\x7f" }, "must be a list of strings, none empty" },
		{ { "a", "bcdefg" }, "is too long" },
	};
	const char *many[CONF_LIST_MAX + 1];
	struct arena *a = arena_new(1 << 16);
	struct fields f = { 0 };
	struct setting s = { .base = &f, .arena = a };
	struct err e = { 0 };

	for (size_t i = 0; i < ROWS(t); i++) {
		e = (struct err){ 0 };
		tap_row("%s", t[i].item[1]);
		INTEQ(setting_put_list(&s, &list, t[i].item, 2, &e),
		    t[i].problem == NULL ? 0 : -1);
		STREQ(e.text, t[i].problem == NULL ? "" : t[i].problem);
	}
	for (int i = 0; i <= CONF_LIST_MAX; i++)
		many[i] = "x";
	e = (struct err){ 0 };
	INTEQ(setting_put_list(&s, &list, many, CONF_LIST_MAX, &e), 0);
	INTEQ(f.list.n, CONF_LIST_MAX);
	INTEQ(setting_put_list(&s, &list, many, CONF_LIST_MAX + 1, &e), -1);
	STREQ(e.text, "more than 32 entries");
	arena_free(&a);
}

static void
presets(void)
{
	struct conf_key k = list;
	struct arena *a = arena_new(1 << 16);
	struct fields f = { 0 };
	struct setting s = { .base = &f, .arena = a };
	struct err e = { 0 };

	INTEQ(setting_preset(&s, &k, &e), 0);
	INTEQ(f.list.n, 0);
	k.preset = "RS256";
	INTEQ(setting_preset(&s, &k, &e), 0);
	INTEQ(f.list.n, 1);
	STREQ(f.list.item[0], "RS256");
	k = when;
	k.preset = "2s";
	INTEQ(setting_preset(&s, &k, &e), 0);
	INTEQ(f.number, 2000);
	arena_free(&a);
}

/* The file holds more than there is room for. */
static void
no_room(void)
{
	struct arena *a = arena_new(1);
	struct fields f = { 0 };
	struct setting s = { .base = &f, .arena = a };
	const char *item = "abcde";
	struct err e = { 0 };

	while (arena_alloc(a, 1) != NULL)
		;
	INTEQ(setting_put(&s, &text, "abcde", &e), -1);
	STREQ(e.text, "the file is too large");
	e = (struct err){ 0 };
	INTEQ(setting_put_list(&s, &list, &item, 1, &e), -1);
	STREQ(e.text, "the file is too large");
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "a value is taken as its type, or the field stays", values },
	{ "a list is taken whole, as long as it may be", lists },
	{ "what nobody says has its preset", presets },
	{ "a file that is too large is a problem, not an end", no_room },
};
TAP_MAIN(cases)
