/* SPDX-License-Identifier: MIT */
/* cmd/cmd_revoke: its words; what it does to a database is it_revoke's. */
#include "tap.h"

#include "cmd/cmd_revoke.h"
#include "conf/conf.h"
#include "unit/files.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = 5 };

static const char one[] =
    "database: { url = \"postgresql:///x?host=/none\"; };";
static const char several[] =
    "providers = [ \"ory\", \"corp\" ];"
    "oidc: ( { name = \"corp\"; issuer = \"https://id.example.org\";"
    " audience = [ \"api\" ]; } );"
    "database: { url = \"postgresql:///x?host=/none\"; };";

/* The exit status; what was complained about into text[size]. */
static int
revoke(const char *conf, const char *const *words, char *text, size_t size)
{
	struct conf *c = files_good_conf("http://127.0.0.1:1", conf);
	char *said = NULL, *complained = NULL, *argv[WORDS];
	size_t n;
	FILE *out = open_memstream(&said, &n);
	FILE *complaints = open_memstream(&complained, &n);
	int argc = 0, status;

	for (; words[argc] != NULL; argc++)
		argv[argc] = strdup(words[argc]);
	status = cmd_revoke(c, argc, argv, out, complaints);
	fclose(out);
	fclose(complaints);
	STREQ(said, "");
	snprintf(text, size, "%s", complained);
	while (argc > 0)
		free(argv[--argc]);
	free(said);
	free(complained);
	conf_free(&c);
	return status;
}

static void
words(void)
{
	static const struct {
		const char *conf;
		const char *words[WORDS];
		int status; /* 1: the words are fine, the database is not */
		const char *complaint;
	} t[] = {
		{ one, { "--session", "s" }, 1, "gatehouse: database: " },
		{ one, { "--session=s" }, 1, "gatehouse: database: " },
		{ one, { "--user", "-u" }, 1, "gatehouse: database: " },
		{ one, { "--user=u", "--provider=ory" }, 1, "database: " },
		{ several, { "--provider", "corp", "--user", "u" }, 1,
		    "database: " },
		{ several, { "--user", "u" }, 2, "name one by --provider" },
		{ one, { "--user", "u", "--provider", "clerk" }, 2,
		    "no provider of that name" },
		{ one, { NULL }, 2, "usage: gatehouse revoke" },
		{ one, { "--session", "s", "--user", "u" }, 2, "usage: " },
		{ one, { "--user", "u", "--user", "v" }, 2, "usage: " },
		{ one, { "--session" }, 2, "usage: " },
		{ one, { "--session=" }, 2, "usage: " },
		{ one, { "--session", "" }, 2, "usage: " },
		{ one, { "--sessions", "s" }, 2, "usage: " },
		{ one, { "--user", "u", "v" }, 2, "usage: " },
		{ one, { "u" }, 2, "usage: " },
		{ one, { "--provider", "ory" }, 2, "usage: " },
		{ one, { "--session", "a\nb" }, 2, "1 to 255 printable" },
		{ one, { "--session", "a\xff" }, 2, "1 to 255 printable" },
	};
	char said[1024];

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("row %zu", i);
		INTEQ(revoke(t[i].conf, t[i].words, said, sizeof(said)),
		    t[i].status);
		CHECK(strstr(said, t[i].complaint) != NULL);
	}
}

static void
tokens(void)
{
	static const char *const t[] = { "ory_st_secret", "eyJsecret" };
	char said[1024];

	for (size_t i = 0; i < ROWS(t); i++) {
		const char *const argv[] = { "--session", t[i], NULL };

		INTEQ(revoke(one, argv, said, sizeof(said)), 2);
		CHECK(strstr(said, "this is a token") != NULL);
		CHECK(strstr(said, "secret") == NULL);
	}
}

static void
lengths(void)
{
	char id[257], said[1024];
	const char *const argv[] = { "--user", id, NULL };

	memset(id, 'x', 256);
	id[256] = '\0';
	INTEQ(revoke(one, argv, said, sizeof(said)), 2);
	id[255] = '\0';
	INTEQ(revoke(one, argv, said, sizeof(said)), 1);
}

static const struct tap_case cases[] = {
	{ "wrong words are told from a database that is away", words },
	{ "a token in place of an id is refused and not repeated", tokens },
	{ "an id has 255 characters at most", lengths },
};
TAP_MAIN(cases)
