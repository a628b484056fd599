/* SPDX-License-Identifier: MIT */
/* conf/secret: by file, environment, credential; what must not be shown. */
#include "tap.h"

#include "base/arena.h"
#include "conf/keys.h"
#include "conf/secret.h"
#include "unit/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct arena *arena;

static const char *
resolve(const char *written, struct err *e)
{
	*e = (struct err){ 0 };
	return secret_resolve(written, files_dir(), false, arena, e);
}

static void
references(void)
{
	char absolute[300];
	struct err e;

	arena = arena_new(1 << 20);
	snprintf(absolute, sizeof(absolute), "file:%s",
	    files_write("s1", "from a file\r\n\n", 0640));
	files_write("cred", "from a credential\n", 0644);
	setenv("T_SECRET", "from the environment", 1);
	setenv("CREDENTIALS_DIRECTORY", files_dir(), 1);
	STREQ(resolve("literal", &e), "literal");
	STREQ(resolve("", &e), "");
	STREQ(resolve(absolute, &e), "from a file");
	STREQ(resolve("file:s1", &e), "from a file");
	STREQ(resolve("env:T_SECRET", &e), "from the environment");
	STREQ(resolve("credential:cred", &e), "from a credential");
	INTEQ(e.kind, ERR_NONE);
	arena_free(&arena);
}

static void
refused(void)
{
	static const char *const t[] = {
		"file:absent",
		"file:empty",
		"file:long",
		"file:open",
		"file:",
		"file:.",
		"env:T_NOT_SET",
		"env:T_EMPTY",
		"env:",
		"credential:absent",
		"credential:",
	};
	static char text[9001];
	struct err e;

	arena = arena_new(1 << 20);
	setenv("T_EMPTY", "", 1);
	memset(text, 'x', sizeof(text) - 1);
	files_write("empty", "\n\n", 0600);
	files_write("long", text, 0600);
	files_write("open", "s3cret", 0604);
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i]);
		CHECK(resolve(t[i], &e) == NULL);
		INTEQ(e.kind, ERR_CONFIG);
		CHECK(strstr(e.text, "s3cret") == NULL);
	}
	tap_row("%s", "no credentials directory");
	unsetenv("CREDENTIALS_DIRECTORY");
	CHECK(resolve("credential:cred", &e) == NULL);
	CHECK(strstr(e.text, "CREDENTIALS_DIRECTORY") != NULL);
	tap_row("%s", "group may read");
	files_write("group", "fine", 0640);
	STREQ(resolve("file:group", &e), "fine");
	tap_row("%s", "others may read what is public");
	STREQ(secret_resolve("file:open", files_dir(), true, arena, &e),
	    "s3cret");
	arena_free(&arena);
}

static void
hiding(void)
{
	static const struct {
		const char *literal;
		bool hide;
	} t[] = {
		{ "postgresql:///gatehouse", false },
		{ "postgresql://u@h/db", false },
		{ "postgresql://h:5432/db", false },
		{ "postgresql://h:5432,i:5433/db", false },
		{ "host=h dbname=d user=u", false },
		{ "", false },
		{ "postgresql://u:p@h/db", true },
		{ "postgresql://u:@h/db", true },
		{ "postgresql://:p@h/db", true },
		{ "postgresql://u:p@ss@h/db", true },
		{ "postgresql://h/db?password=p", true },
		{ "postgresql://u:p@/db", true },
		{ "host=h password=p", true },
		{ "host=h password = 'p q'", true },
		{ "host=h sslpassword=p", true },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].literal);
		INTEQ(secret_needs_hiding(t[i].literal), t[i].hide);
	}
	CHECK(secret_is_reference("file:x") && secret_is_reference("env:x") &&
	      secret_is_reference("credential:x"));
	CHECK(!secret_is_reference("filex") && !secret_is_reference("File:x"));
}

/* What a key's flags make of a literal in a file, or of what is printed. */
static void
by_key(void)
{
	static const struct {
		int flags;
		const char *value;
		bool hide;
	} t[] = {
		{ 0, "", false },
		{ 0, "word", false },
		{ 0, "postgresql://u:p@h/d", true },
		{ KEY_HIDE, "", false },
		{ KEY_HIDE, "word", true },
		{ KEY_PUBLIC, "", false },
		{ KEY_PUBLIC, "word", false },
		{ KEY_PUBLIC, "a://b:c@d password", false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		const struct conf_key k = { .type = TYPE_SECRET,
			.flags = t[i].flags };

		tap_row("%d %s", t[i].flags, t[i].value);
		INTEQ(secret_hides(&k, t[i].value), t[i].hide);
	}
}

static const struct tap_case cases[] = {
	{ "a secret comes from a file, the environment or a credential",
	    references },
	{ "a secret that is absent, empty, too long or open is refused",
	    refused },
	{ "what holds a password is recognised", hiding },
	{ "a key says whether it is secret, public or neither", by_key },
};
TAP_MAIN(cases)
