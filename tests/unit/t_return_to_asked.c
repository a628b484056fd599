/* SPDX-License-Identifier: MIT */
/* route/return_to: out of a request; without a site, room or memory. */
#include "tap.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "route/request.h"
#include "route/return_to.h"

#include <string.h>

#define SITE "https://www.example.com"

static struct arena *arena;
static const struct conf conf = {
	.public_url = SITE,
	.cors.allow_origins = { 1, { "https://app.example.com" } },
};

static void
no_public_url(void)
{
	struct conf c = conf;

	c.public_url = "";
	arena_reset(arena);
	STREQ(return_to_check(&c, "/", arena), NULL);
	STREQ(return_to_check(&c, "/a", arena), NULL);
	STREQ(return_to_check(&c, "", arena), NULL);
	STREQ(return_to_check(&c, SITE "/", arena), NULL);
	STREQ(return_to_check(&c, "https://app.example.com/", arena),
	    "https://app.example.com/");
}

/* A Location field with it has to fit, whatever it holds. */
static void
too_long(void)
{
	static const struct {
		char byte;
		size_t most; /* of them behind the site and a slash */
	} t[] = {
		/* "://" and "/" are three each in another URL */
		{ 'a', RETURN_TO_MAX - (sizeof(SITE) - 1) - 4 * 2 - 1 },
		{ '&', (RETURN_TO_MAX - (sizeof(SITE) - 1) - 4 * 2 - 1) / 3 },
	};
	static char wanted[2 * RETURN_TO_MAX];

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%c", t[i].byte);
		arena_reset(arena);
		memset(wanted, 0, sizeof(wanted));
		wanted[0] = '/';
		memset(wanted + 1, t[i].byte, t[i].most);
		CHECK(return_to_check(&conf, wanted, arena) != NULL);
		wanted[1 + t[i].most] = t[i].byte;
		STREQ(return_to_check(&conf, wanted, arena), NULL);
	}
}

/* Out of a request: one parameter, decoded once. */
static void
asked(void)
{
	static const struct {
		const char *query, *url;
	} t[] = {
		{ "return_to=/a", SITE "/a" },
		{ "x=y&return_to=%2Fa%3Fb%3Dc%23d&z", SITE "/a?b=c#d" },
		{ "return_to=https%3A%2F%2Fapp.example.com%2F",
		    "https://app.example.com/" },
		{ "return_to=%252F%252Fevil.example", NULL },
		{ "return_to=/%252Fevil.example", SITE "/%2Fevil.example" },
		{ "return_to=/%2Fevil.example", NULL },
		{ "return_to=/%5Cevil.example", NULL },
		{ "return_to=/%09/evil.example", NULL },
		{ "return_to=/%0d%0aSet-Cookie:%20a", NULL },
		{ "return_to=/a&return_to=/b", NULL },
		{ "return_to=/a&return_to=https://evil.example", NULL },
		{ "return_to=%zz", NULL },
		{ "return_to=", NULL },
		{ "return_to", NULL },
		{ "Return_To=/a", NULL },
		{ "xreturn_to=/a", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};
	const struct service service = { .conf = &conf };

	for (size_t i = 0; i < ROWS(t); i++) {
		struct request rq = {
			.service = &service, .arena = arena, .query = t[i].query
		};

		tap_row("%s", t[i].query == NULL ? "-" : t[i].query);
		arena_reset(arena);
		STREQ(return_to_asked(&rq), t[i].url);
		STREQ(return_to_or_home(&rq),
		    t[i].url == NULL ? SITE "/" : t[i].url);
	}
}

static void
no_memory(void)
{
	struct arena *small;

	for (size_t n = 0; n < 2048; n += 16) {
		const char *url;

		small = arena_new(n);
		if (small == NULL)
			continue;
		url =
		    return_to_check(&conf, "https://app.example.com/x", small);
		CHECK(url == NULL ||
		      strcmp(url, "https://app.example.com/x") == 0);
		arena_free(&small);
	}
}

static const struct tap_case cases[] = {
	{ "without a public_url there are no paths of ours", no_public_url },
	{ "what would not fit into a Location field is not taken", too_long },
	{ "a request names one, and it is decoded once", asked },
	{ "without memory there is nowhere to return to", no_memory },
};

int
main(void)
{
	int rc;

	arena = arena_new(1 << 20);
	rc = tap_run(cases, ROWS(cases));
	arena_free(&arena);
	return rc;
}
