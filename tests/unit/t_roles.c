/* SPDX-License-Identifier: MIT */
/* auth/roles: which names are roles, whatever a provider writes. */
#include "tap.h"

#include "auth/roles.h"
#include "base/arena.h"
#include "base/buf.h"

#include <string.h>

static struct arena *arena;

/* The names, each in "<>"; NULL: no memory. */
static const char *
names(const char *json, struct arena *a)
{
	const char *text = arena_printf(arena, "{\"r\":%s}", json);
	struct err e = { 0 };
	struct json_object *doc = js_parse(text, strlen(text), &e);
	struct js_value v = js_member(doc, "r");
	struct auth_names roles = { 7, NULL };
	struct buf b;
	int rc = roles_read(&v, a, &roles);

	js_free(&doc); /* nothing of it is the document's */
	buf_init(&b, arena, 64);
	for (int i = 0; i < roles.n; i++)
		buf_str(&b, arena_printf(arena, "<%s>", roles.item[i]));
	CHECK(rc == 0 || roles.n == 0);
	return rc == -1 ? NULL : buf_text(&b);
}

static void
kinds(void)
{
	static const struct {
		const char *json, *names;
	} t[] = {
		{ "[\"admin\"]", "<admin>" },
		{ "[\"b\",\"a\",\"b\"]", "<b><a><b>" },
		{ "\"admin\"", "<admin>" },
		{ "\"admin,user\"", "<admin,user>" }, /* one name */
		{ "\"admin user\"", "<admin user>" },
		{ "[\"admin \"]", "<admin >" }, /* another name */
		{ "[\"ADMIN\"]", "<ADMIN>" },
		{ "[\"\\u00e9\"]", "<\xc3\xa9>" },
		{ "[\"a\",7,null,true,\"\",\"b\\n\",{},[\"c\"],\"d\"]",
		    "<a><d>" },
		{ "[[\"admin\"]]", "" },
		{ "{\"admin\":true}", "" },
		{ "{\"0\":\"admin\"}", "" },
		{ "\"\"", "" },
		{ "\"a\\r\\nb\"", "" },
		{ "\"a\\u007f\"", "" },
		{ "[]", "" },
		{ "{}", "" },
		{ "null", "" },
		{ "true", "" },
		{ "1", "" },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].json);
		STREQ(names(t[i].json, arena), t[i].names);
	}
	arena_free(&arena);
}

static void
ceilings(void)
{
	struct buf b, want;

	arena = arena_new(1 << 20);
	buf_init(&b, arena, 1024);
	buf_init(&want, arena, 1024);
	for (int i = 0; i < ROLES_MAX + 3; i++) {
		/* what is left out takes nobody's place */
		buf_str(&b, i == 0 ? "[7,\"r\"" : ",\"r\"");
		buf_str(&want, i < ROLES_MAX ? "<r>" : "");
	}
	buf_char(&b, ']');
	STREQ(names(buf_text(&b), arena), buf_text(&want));
	tap_row("%s", "bytes of a name");
	INTEQ(strlen(names(arena_printf(arena, "[\"%0*d\",\"%0*d\"]",
			       ROLES_NAME_MAX + 1, 0, ROLES_NAME_MAX, 0),
		  arena)),
	    ROLES_NAME_MAX + 2);
	arena_free(&arena);
}

static void
no_memory(void)
{
	bool failed = false, passed = false;

	for (size_t size = 16; size < 2048; size += 16) {
		struct arena *small = arena_new(size);
		const char *got;

		arena = arena_new(1 << 16);
		got = names("[\"admin\",\"user\"]", small);
		failed |= got == NULL;
		passed |= got != NULL;
		if (got != NULL)
			STREQ(got, "<admin><user>");
		arena_free(&arena);
		arena_free(&small);
	}
	CHECK(failed && passed);
}

static const struct tap_case cases[] = {
	{ "a role is a string, alone or in a list, and nothing else is",
	    kinds },
	{ "too long is no role, too many are the first ones", ceilings },
	{ "without memory nobody loses a role unnoticed", no_memory },
};
TAP_MAIN(cases)
