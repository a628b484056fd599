/* SPDX-License-Identifier: MIT */
/* route/return_to: no text leads a browser to a site that we do not know. */
#include "tap.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/str.h"
#include "conf/conf.h"
#include "route/request.h"
#include "route/return_to.h"

#include <stdio.h>
#include <string.h>

#define SITE "https://www.example.com"

static struct arena *arena;
static struct conf conf = {
	.public_url = SITE,
	.cors.allow_origins = { 2,
	    { "https://app.example.com", "http://localhost:5173" } },
};

/* Taken; what becomes of them, NULL: they stay as they are. */
static void
good(void)
{
	static const struct {
		const char *wanted, *url;
	} t[] = {
		{ SITE, NULL },
		{ SITE "/", NULL },
		{ SITE "/a?b=c#d", NULL },
		{ SITE "?q", NULL },
		{ SITE "#f", NULL },
		{ "https://app.example.com/x", NULL },
		{ "http://localhost:5173/", NULL },
		{ "/", SITE "/" },
		{ "/a/b?c=d&e=%2F#f", SITE "/a/b?c=d&e=%2F#f" },
		{ "/?next=//evil.example", SITE "/?next=//evil.example" },
		{ "/a//b", SITE "/a//b" },
		{ "/@evil.example", SITE "/@evil.example" },
		{ "/:8080", SITE "/:8080" },
		{ "/.evil.example", SITE "/.evil.example" },
		{ "/%2Fevil.example", SITE "/%2Fevil.example" },
		{ "/%5Cevil.example", SITE "/%5Cevil.example" },
		{ "/..//evil.example", SITE "/..//evil.example" },
		{ "/gr\xc3\xbc\xc3\x9f?\xf0\x9f\x94\x91",
		    SITE "/gr%C3%BC%C3%9F?%F0%9F%94%91" },
		{ SITE "/\xe2\x80\xa8x", SITE "/%E2%80%A8x" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].wanted);
		arena_reset(arena);
		STREQ(return_to_check(&conf, t[i].wanted, arena),
		    t[i].url == NULL ? t[i].wanted : t[i].url);
	}
}

/* By what they try. */
static const char *const attacks[] = {
	/* no site at all */
	"",
	"?",
	"#",
	"x",
	".",
	"..",
	"./",
	"../",
	"a/b",
	"?q=1",
	/* another site, plainly */
	"https://evil.example",
	"https://evil.example/",
	"http://evil.example/",
	"https://evil.example/" SITE,
	"https://evil.example?" SITE,
	"https://evil.example#" SITE,
	"https://evil.example/.example.com",
	/* without a scheme */
	"//evil.example",
	"///evil.example",
	"////evil.example",
	"//evil.example/..",
	"//www.example.com",
	"//www.example.com/",
	"//www.example.com@evil.example",
	"//",
	"///",
	/* backslashes, which browsers read as slashes */
	"/\\evil.example",
	"\\/evil.example",
	"\\\\evil.example",
	"/\\/evil.example",
	"//\\evil.example",
	"/a\\b",
	"https:\\\\evil.example",
	"https:/\\evil.example",
	SITE "\\@evil.example",
	SITE "\\.evil.example",
	SITE "/\\evil.example",
	"\\",
	/* tabs and line ends, which browsers drop */
	"/\t/evil.example",
	"/\n/evil.example",
	"/\r/evil.example",
	"\t//evil.example",
	"/\r\n/evil.example",
	"ht\ntps://evil.example",
	"https:\n//evil.example",
	SITE "\t.evil.example",
	SITE "\n",
	SITE "/\r\nSet-Cookie: a=b",
	"/\v/evil.example",
	"/\f/evil.example",
	/* other spaces and controls */
	" //evil.example",
	" " SITE,
	SITE " ",
	"/ /evil.example",
	"/a b",
	"\x01//evil.example",
	"/\x7f/evil.example",
	"\x1b[2J" SITE,
	"\xc2\xa0//evil.example",
	"\xe3\x80\x80//evil.example",
	/* user information, and ports */
	"https://www.example.com@evil.example/",
	"https://www.example.com:x@evil.example/",
	"https://www.example.com%2f@evil.example/",
	"https://a@www.example.com/",
	"https://a:b@www.example.com/",
	"https://@www.example.com/",
	"https://www.example.com:443/",
	"https://www.example.com:/",
	"https://www.example.com:80@evil.example",
	"https://www.example.com:8443/",
	/* names that look alike */
	"https://www.example.com.evil.example/",
	"https://www.example.comevil/",
	"https://evilwww.example.com/",
	"https://www.example.com./",
	"https://example.com/",
	"https://x.www.example.com/",
	"https://www.example.co",
	"https://www.example.com%2eevil.example/",
	"https://www.example.com%00.evil.example/",
	"https://www.\xd0\xb5xample.com/",
	"https://www.example\xe3\x80\x82"
	"com/",
	"https://www.example.com;.evil.example/",
	"https://www.example.com,evil.example/",
	"https://[::1]/",
	"https://127.0.0.1/",
	"https://2130706433/",
	/* letters that other parsers fold */
	"HTTPS://www.example.com/",
	"Https://www.example.com/",
	"https://WWW.EXAMPLE.COM/",
	"https://www.Example.com/",
	/* other schemes, or none that is whole */
	"http://www.example.com/",
	"ftp://www.example.com/",
	"javascript:alert(1)",
	"JavaScript:alert(1)//" SITE,
	"javascript://www.example.com/%0aalert(1)",
	"data:text/html,x",
	"vbscript:x",
	"file:///etc/passwd",
	"blob:" SITE "/x",
	"view-source:" SITE,
	"about:blank",
	"mailto:a@b.c",
	"https:www.example.com",
	"https:/www.example.com",
	"https:///www.example.com",
	"https://",
	"https:",
	"https",
	"https:evil.example",
	"http:evil.example",
	"http:/evil.example",
	"https::evil.example",
	"://evil.example",
	":evil.example",
	"//https://www.example.com",
	/* no UTF-8 */
	"/\xff",
	SITE "/\xc0\xaf",
	SITE "\xff.evil.example",
	"/\xed\xa0\x80",
	/* an allowed origin's neighbour */
	"https://app.example.com.evil.example/",
	"https://app.example.com:444/",
	"http://app.example.com/",
	"http://localhost:51730/",
	"http://localhost/",
	"null",
};

static void
bad(void)
{
	CHECK(ROWS(attacks) >= 80);
	for (size_t i = 0; i < ROWS(attacks); i++) {
		tap_row("%zu: %s", i, attacks[i]);
		arena_reset(arena);
		STREQ(return_to_check(&conf, attacks[i], arena), NULL);
	}
	STREQ(return_to_check(&conf, NULL, arena), NULL);
}

/* Each attack, behind each good beginning: what is taken stays there. */
static void
joined(void)
{
	static const char *const heads[] = { "/", SITE, SITE "/",
		"/x?u=", "https://app.example.com" };

	for (size_t h = 0; h < ROWS(heads); h++) {
		for (size_t i = 0; i < ROWS(attacks); i++) {
			char wanted[256];
			const char *url, *rest;

			snprintf(wanted, sizeof(wanted), "%s%s", heads[h],
			    attacks[i]);
			tap_row("%s", wanted);
			arena_reset(arena);
			url = return_to_check(&conf, wanted, arena);
			if (url == NULL)
				continue;
			rest = str_after(url, SITE);
			if (rest == NULL)
				rest =
				    str_after(url, "https://app.example.com");
			CHECK(rest != NULL && strchr("/?#", rest[0]) != NULL);
			CHECK(url[strspn(url, STR_ALNUM
				  "-._~:/?#[]@!$&'()*+,;=%<>\"^`{|}")] == '\0');
		}
	}
}

static const struct tap_case cases[] = {
	{ "paths of ours and URLs of allowed origins are taken", good },
	{ "nothing that leads elsewhere is taken, however it is spelt", bad },
	{ "behind a good beginning nothing leads elsewhere either", joined },
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
