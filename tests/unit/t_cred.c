/* SPDX-License-Identifier: MIT */
/* auth/cred: which one credential a request carries. */
#include "tap.h"

#include "auth/cred.h"
#include "base/arena.h"
#include "conf/conf.h"
#include "io/fcg.h"

#include <stdio.h>
#include <string.h>

static void
headers(void)
{
	static const struct {
		const char *token, *plain, *redirect;
		enum cred_kind kind;
		const char *value;
	} t[] = {
		{ NULL, NULL, NULL, CRED_NONE, NULL },
		{ "abc", NULL, NULL, CRED_SESSION_TOKEN, "abc" },
		{ NULL, "Bearer abc", NULL, CRED_BEARER, "abc" },
		{ NULL, "bearer abc", NULL, CRED_BEARER, "abc" },
		{ NULL, "BEARER abc", NULL, CRED_BEARER, "abc" },
		{ NULL, NULL, "Bearer abc", CRED_BEARER, "abc" },
		{ NULL, "Bearer abc", "Bearer abc", CRED_BEARER, "abc" },
		{ NULL, "Bearer   abc", NULL, CRED_BEARER, "abc" },
		{ NULL, "Bearer a.b-c_d~e+f/g==", NULL, CRED_BEARER,
		    "a.b-c_d~e+f/g==" },
		{ "abc", "Bearer def", NULL, CRED_SESSION_TOKEN, "abc" },
		{ NULL, "Basic YTpi", NULL, CRED_NONE, NULL },
		{ NULL, "Digest a=b, c=d", NULL, CRED_NONE, NULL },
		{ NULL, "Bearer ", NULL, CRED_NONE, NULL },
		{ NULL, "abc", NULL, CRED_REFUSED, NULL },
		{ NULL, "Bearer", NULL, CRED_NONE, NULL },
		{ NULL, "Bearer abc def", NULL, CRED_REFUSED, NULL },
		{ NULL, "Bearer abc,def", NULL, CRED_REFUSED, NULL },
		{ NULL, "Bearer abc, Bearer def", NULL, CRED_REFUSED, NULL },
		{ NULL, "Bearer \xc3\xa9", NULL, CRED_REFUSED, NULL },
		{ NULL, "Bearer a\tb", NULL, CRED_REFUSED, NULL },
		{ NULL, "Bearer a\r\nX: y", NULL, CRED_REFUSED, NULL },
		{ NULL, "Bearer \"abc\"", NULL, CRED_REFUSED, NULL },
		{ NULL, "Bearer abc", "Bearer def", CRED_REFUSED, NULL },
		{ NULL, "Basic YTpi", "Bearer abc", CRED_REFUSED, NULL },
		{ "a b", NULL, NULL, CRED_REFUSED, NULL },
		{ "a;b", "Bearer def", NULL, CRED_REFUSED, NULL },
		{ " abc", NULL, NULL, CRED_REFUSED, NULL },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct fcg_request in = { 0 };
		struct cred c;

		tap_row("%s | %s | %s", t[i].token == NULL ? "" : t[i].token,
		    t[i].plain == NULL ? "" : t[i].plain,
		    t[i].redirect == NULL ? "" : t[i].redirect);
		in.param[FCG_HTTP_X_SESSION_TOKEN] = t[i].token;
		in.param[FCG_HTTP_AUTHORIZATION] = t[i].plain;
		in.param[FCG_REDIRECT_HTTP_AUTHORIZATION] = t[i].redirect;
		c = cred_from_headers(&in);
		INTEQ(c.kind, t[i].kind);
		STREQ(c.value, t[i].value);
		INTEQ(c.len, t[i].value == NULL ? 0 : strlen(t[i].value));
		/* of an empty token it is said, too: auth.c decides */
		INTEQ(c.why != NULL, t[i].kind == CRED_REFUSED ||
			(t[i].plain != NULL &&
			    strncmp(t[i].plain, "Bearer", 6) == 0 &&
			    t[i].kind == CRED_NONE));
	}
}

static void
twice(void)
{
	struct fcg_request in = { .fault = FCG_TWO_KEYS };

	in.param[FCG_HTTP_AUTHORIZATION] = "Bearer abc";
	INTEQ(cred_from_headers(&in).kind, CRED_REFUSED);
}

static void
lengths(void)
{
	static char token[CRED_TOKEN_MAX + 2];
	struct fcg_request in = { 0 };

	memset(token, 'a', sizeof(token) - 1);
	in.param[FCG_HTTP_X_SESSION_TOKEN] = token;
	INTEQ(cred_from_headers(&in).kind, CRED_REFUSED);
	token[CRED_TOKEN_MAX] = '\0';
	INTEQ(cred_from_headers(&in).kind, CRED_SESSION_TOKEN);
}

static void
cookies(void)
{
	static const struct conf_list names = { 2, { "ory_s", "alt" } };
	static const struct {
		const char *header;
		enum cred_kind kind;
		const char *value;
	} t[] = {
		{ "", CRED_NONE, NULL },
		{ "a=b; c=d", CRED_NONE, NULL },
		{ "ory_s=x", CRED_COOKIE, "ory_s=x" },
		{ "a=b; ory_s=x; c=d", CRED_COOKIE, "ory_s=x" },
		{ "ory_s=x;alt=y", CRED_COOKIE, "ory_s=x; alt=y" },
		{ "alt=y; ory_s=x", CRED_COOKIE, "alt=y; ory_s=x" },
		{ "ory_s=1; ory_s=2", CRED_COOKIE, "ory_s=1; ory_s=2" },
		{ "ory_s=1, ory_s=2", CRED_COOKIE, "ory_s=1; ory_s=2" },
		{ " ;;, ory_s=x ;; ", CRED_COOKIE, "ory_s=x" },
		{ "ory_s=MTY=|abc%2F==", CRED_COOKIE, "ory_s=MTY=|abc%2F==" },
		{ "ory_s=", CRED_NONE, NULL },
		{ "ory_s", CRED_NONE, NULL },
		{ "ory_s =x", CRED_NONE, NULL },
		{ "xory_s=x", CRED_NONE, NULL },
		{ "ory_sx=x", CRED_NONE, NULL },
		{ "ORY_S=x", CRED_NONE, NULL },
		{ "a=\"ory_s=x\"", CRED_NONE, NULL },
		{ "a=b ory_s=x", CRED_NONE, NULL },
		{ "ory_s=; ory_s=x", CRED_COOKIE, "ory_s=x" },
		{ "ory_s=\"x\"", CRED_REFUSED, NULL },
		{ "ory_s=a b", CRED_REFUSED, NULL },
		{ "ory_s=a\\b", CRED_REFUSED, NULL },
		{ "ory_s=\xc3\xa9", CRED_REFUSED, NULL },
		{ "ory_s=x\ty", CRED_REFUSED, NULL },
		{ "ory_s=x\r\nEvil: 1", CRED_REFUSED, NULL },
		{ "ory_s=x; alt=\x7f", CRED_REFUSED, NULL },
	};
	struct arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < ROWS(t); i++) {
		struct cred c = cred_from_cookies(t[i].header, &names, a);

		tap_row("%s", t[i].header);
		INTEQ(c.kind, t[i].kind);
		STREQ(c.value, t[i].value);
		INTEQ(c.len, t[i].value == NULL ? 0 : strlen(t[i].value));
	}
	arena_free(&a);
}

static void
cookie_limits(void)
{
	static const struct conf_list none = { 0, { NULL } };
	static const struct conf_list one = { 1, { "s" } };
	static char header[3 * CRED_COOKIE_MAX];
	struct arena *a = arena_new(1 << 20), *tiny = arena_new(512);

	CHECK(cred_from_cookies("s=x", &none, a).kind == CRED_NONE);
	memset(header, 'x', sizeof(header) - 1);
	memcpy(header, "s=", 2);
	INTEQ(cred_from_cookies(header, &one, a).kind, CRED_REFUSED);
	header[CRED_COOKIE_MAX + 1] = '\0';
	INTEQ(cred_from_cookies(header, &one, a).kind, CRED_REFUSED);
	header[CRED_COOKIE_MAX] = '\0';
	INTEQ(cred_from_cookies(header, &one, a).kind, CRED_COOKIE);
	INTEQ(cred_from_cookies(header, &one, tiny).kind, CRED_REFUSED);
	arena_free(&tiny);
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "headers give one credential, in a fixed order, or a refusal",
	    headers },
	{ "two credentials of one kind are refused", twice },
	{ "a token has a longest length", lengths },
	{ "session cookies are taken by name, bytes untouched, or refused",
	    cookies },
	{ "cookies are bounded, by the arena too", cookie_limits },
};
TAP_MAIN(cases)
