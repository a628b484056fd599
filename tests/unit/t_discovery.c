/* SPDX-License-Identifier: MIT */
/* auth/discovery: from an issuer to its document, and from that to its keys. */
#include "tap.h"

#include "auth/discovery.h"
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ISSUER "https://id.example.com"
#define DOC(issuer, uri)                                                       \
	"{\"issuer\":" issuer ",\"authorization_endpoint\":\"https://x/\","    \
	"\"jwks_uri\":" uri "}"
#define OURS "\"" ISSUER "\""

static void
addresses(void)
{
	static const struct {
		const char *issuer, *url;
	} t[] = {
		{ ISSUER, ISSUER "/.well-known/openid-configuration" },
		{ ISSUER "/", ISSUER "/.well-known/openid-configuration" },
		{ ISSUER "/t/1",
		    ISSUER "/t/1/.well-known/openid-configuration" },
		{ ISSUER "//", ISSUER "//.well-known/openid-configuration" },
	};
	struct arena *a = arena_new(1 << 16), *small = arena_new(16);

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].issuer);
		STREQ(discovery_url(t[i].issuer, a), t[i].url);
	}
	CHECK(discovery_url(ISSUER, small) == NULL);
	arena_free(&a);
	arena_free(&small);
}

static void
documents(void)
{
	static const struct {
		const char *text, *url; /* NULL: refused */
	} t[] = {
		{ DOC(OURS, "\"https://id.example.com/keys\""),
		    "https://id.example.com/keys" },
		{ DOC(OURS, "\"https://keys.example.net:8443/a?b=c\""),
		    "https://keys.example.net:8443/a?b=c" },
		{ DOC(OURS, "\"http://127.0.0.1:4444/keys\""),
		    "http://127.0.0.1:4444/keys" },
		{ DOC(OURS, "\"http://localhost/keys\""),
		    "http://localhost/keys" },
		{ DOC(OURS, "\"http://[::1]/keys\""), "http://[::1]/keys" },
		/* another issuer */
		{ DOC("\"https://id.example.com/\"", "\"https://x/\""), NULL },
		{ DOC("\"https://ID.example.com\"", "\"https://x/\""), NULL },
		{ DOC("\"http://id.example.com\"", "\"https://x/\""), NULL },
		{ DOC("\"https://evil.example\"", "\"https://x/\""), NULL },
		{ DOC("null", "\"https://x/\""), NULL },
		{ DOC("[" OURS "]", "\"https://x/\""), NULL },
		{ "{\"jwks_uri\":\"https://x/\"}", NULL },
		/* no address, or a bad one */
		{ "{\"issuer\":" OURS "}", NULL },
		{ DOC(OURS, "null"), NULL },
		{ DOC(OURS, "7"), NULL },
		{ DOC(OURS, "[\"https://x/\"]"), NULL },
		{ DOC(OURS, "\"\""), NULL },
		{ DOC(OURS, "\"/keys\""), NULL },
		{ DOC(OURS, "\"//x/keys\""), NULL },
		{ DOC(OURS, "\"http://id.example.com/keys\""), NULL },
		{ DOC(OURS, "\"http://127.0.0.2/keys\""), NULL },
		{ DOC(OURS, "\"http://localhost.example/keys\""), NULL },
		{ DOC(OURS, "\"HTTPS://id.example.com/keys\""), NULL },
		{ DOC(OURS, "\"file:///etc/passwd\""), NULL },
		{ DOC(OURS, "\"gopher://x/\""), NULL },
		{ DOC(OURS, "\"https://u@x/keys\""), NULL },
		{ DOC(OURS, "\"https://u:p@x/keys\""), NULL },
		{ DOC(OURS, "\"https://x/keys#a\""), NULL },
		{ DOC(OURS, "\"https://x/keys#\""), NULL },
		{ DOC(OURS, "\"https://x/ keys\""), NULL },
		{ DOC(OURS, "\"https://x\\\\keys\""), NULL },
		{ DOC(OURS, "\"https://x/\\r\\nHost: y\""), NULL },
		{ DOC(OURS, "\"https://\""), NULL },
		/* no document */
		{ "", NULL },
		{ "null", NULL },
		{ "[" DOC(OURS, "\"https://x/\"") "]", NULL },
		{ "<html>sign in</html>", NULL },
		{ DOC(OURS, "\"https://x/\"") "}", NULL },
		{ "{\"issuer\":" OURS ",\"jwks_uri\":\"https://x/\","
		  "\"jwks_uri\":\"https://y/\"}",
		    NULL },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct arena *a = arena_new(1 << 16);
		struct err e = { 0 };
		const char *url;

		tap_row("%s", t[i].text);
		url = discovery_parse(t[i].text, strlen(t[i].text), ISSUER, a,
		    &e);
		STREQ(url, t[i].url);
		INTEQ(e.kind, t[i].url == NULL ? ERR_DOWN : ERR_NONE);
		arena_free(&a);
	}
}

static void
longest(void)
{
	static char text[DISCOVERY_URL_MAX + 400], uri[DISCOVERY_URL_MAX + 2];

	for (int over = 0; over < 2; over++) {
		struct arena *a = arena_new(1 << 16);
		struct err e = { 0 };
		const char *url;

		snprintf(uri, sizeof(uri), "https://x/%0*d",
		    DISCOVERY_URL_MAX - 10 + over, 0);
		snprintf(text, sizeof(text),
		    "{\"issuer\":" OURS ",\"jwks_uri\":\"%s\"}", uri);
		url = discovery_parse(text, strlen(text), ISSUER, a, &e);
		INTEQ(url != NULL, over == 0);
		arena_free(&a);
	}
}

static const struct tap_case cases[] = {
	{ "the document is behind the issuer, one slash aside", addresses },
	{ "a document names this issuer and where its keys may be", documents },
	{ "an address has a ceiling", longest },
};
TAP_MAIN(cases)
