/* SPDX-License-Identifier: MIT */
/* route/export: who it is, as fields; nothing that could be anything else. */
#include "tap.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "route/export.h"
#include "route/request.h"
#include "unit/files.h"

#include <stdio.h>
#include <string.h>

enum { ROLES = 300 };

static const char two[] =
    "providers = [ \"ory\", \"corp\" ];"
    "oidc: ( { name = \"corp\"; issuer = \"https://id.example.org\";"
    " audience = [ \"api\" ]; } );";

static struct arena *arena;
static struct conf *conf;
static struct service service;
static struct fcg_request in;

static void
set_up(const char *more)
{
	arena = arena_new(1 << 20);
	conf = files_good_conf("http://127.0.0.1:1", more);
	service = (struct service){ .conf = conf };
}

static void
tear_down(void)
{
	conf_free(&conf);
	arena_free(&arena);
}

static struct request
request(const struct auth_ident *who, struct arena *a)
{
	struct request rq = { .service = &service, .in = &in, .arena = a };

	rq.auth.who = *who;
	reply_init(&rq.reply, a);
	return rq;
}

/* All that is exported of somebody; NULL: nothing. */
static const char *
exported(const struct auth_ident *who, enum export_form form)
{
	struct request rq = request(who, arena);

	if (!export_identity(&rq, form)) {
		INTEQ(rq.reply.headers.len, 0);
		return NULL;
	}
	return buf_text(&rq.reply.headers);
}

static void
everything(void)
{
	static const char *const roles[] = { "admin", "a b", "x,y", "" };
	const struct auth_ident who = { .provider = "corp",
		.subject = "u1",
		.session = "s1",
		.email = "ada@example.org",
		.email_verified = true,
		.name = "Ada L\xc3\xb6w",
		.org = "org_1",
		.org_slug = "not-exported",
		.roles = { ROWS(roles), roles },
		.actor = "not-exported",
		.aal = "aal2" };

	set_up("");
	STREQ(exported(&who, EXPORT_HEADERS),
	    "X-Auth-User: u1\r\n"
	    "X-Auth-Roles: admin,a%20b,x%2Cy,\r\n"
	    "X-Auth-Provider: corp\r\n"
	    "X-Auth-Session: s1\r\n"
	    "X-Auth-Email: ada@example.org\r\n"
	    "X-Auth-Name: Ada%20L%C3%B6w\r\n"
	    "X-Auth-Org: org_1\r\n"
	    "X-Auth-Aal: aal2\r\n");
	STREQ(exported(&who, EXPORT_VARIABLES),
	    "Variable-AUTH_USER: u1\r\n"
	    "Variable-REMOTE_USER: u1\r\n"
	    "Variable-AUTH_ROLES: admin,a%20b,x%2Cy,\r\n"
	    "Variable-AUTH_PROVIDER: corp\r\n"
	    "Variable-AUTH_SESSION: s1\r\n"
	    "Variable-AUTH_EMAIL: ada@example.org\r\n"
	    "Variable-AUTH_NAME: Ada%20L%C3%B6w\r\n"
	    "Variable-AUTH_ORG: org_1\r\n"
	    "Variable-AUTH_AAL: aal2\r\n");
	tear_down();
}

static void
unknown(void)
{
	struct auth_ident who = { .provider = "ory",
		.subject = "u1",
		.session = "",
		.email = "",
		.name = "" };

	set_up("");
	STREQ(exported(&who, EXPORT_HEADERS),
	    "X-Auth-User: u1\r\nX-Auth-Provider: ory\r\n");
	who.email = "ada@example.org"; /* anybody may have typed it */
	CHECK(strstr(exported(&who, EXPORT_HEADERS), "ada") == NULL);
	CHECK(strstr(exported(&who, EXPORT_VARIABLES), "ada") == NULL);
	who.email_verified = true;
	CHECK(strstr(exported(&who, EXPORT_HEADERS), "ada") != NULL);
	tear_down();
}

static void
remote_user(void)
{
	static const struct {
		const char *more, *provider, *subject, *want;
	} t[] = {
		{ "", "ory", "u1", "u1" },
		{ "", "ory", "corp:u1", "corp:u1" },
		{ two, "ory", "u1", "ory:u1" },
		{ two, "corp", "u1", "corp:u1" },
		{ two, "corp", "ory:u1", "corp:ory:u1" },
		{ two, "corp", "a b", "corp:a%20b" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		const struct auth_ident who = { .provider = t[i].provider,
			.subject = t[i].subject };
		char want[100];

		tap_row("%s of %s", t[i].subject, t[i].provider);
		set_up(t[i].more);
		snprintf(want, sizeof(want), "\r\nVariable-REMOTE_USER: %s\r\n",
		    t[i].want);
		CHECK(strstr(exported(&who, EXPORT_VARIABLES), want) != NULL);
		CHECK(strstr(exported(&who, EXPORT_HEADERS), "REMOTE") == NULL);
		tear_down();
	}
}

/* Whatever it is, it stays in its field, and in its place of a list. */
static void
injection(void)
{
	static const char *const evil[] = { "a\r\nX-Auth-Roles: admin",
		"a\nStatus: 200", "a\rb", "a\tb", "a\x7f", "\x01",
		"a, X-Auth-User: v", "a\xc2\x85X: y", "\xe2\x80\xa8",
		"%0d%0aX: y", "\xff\xfe", " admin", "admin ", "a\x0b\x0c" };

	set_up("");
	for (size_t i = 0; i < ROWS(evil) * 4; i++) {
		const char *text = evil[i / 4];
		const char *const roles[] = { text, "b" };
		struct auth_ident who = { .provider = "ory", .subject = "u" };
		const char *got;
		int lines = 0;

		tap_row("%zu: %s", i % 4, text);
		if (i % 4 == 0)
			who.subject = text;
		else if (i % 4 == 1)
			who.name = text;
		else if (i % 4 == 2)
			who.session = who.org = who.aal = text;
		else
			who.roles = (struct auth_names){ 2, roles };
		got = exported(&who, EXPORT_HEADERS);
		if (!CHECK(got != NULL))
			continue;
		for (const char *p = got; *p != '\0'; p++) {
			CHECK((*p >= ' ' && *p < 0x7f) || *p == '\r' ||
			      *p == '\n');
			lines += *p == '\n';
		}
		INTEQ(lines, i % 4 == 0 ? 2 : i % 4 == 2 ? 5 : 3);
		if (i % 4 == 3)
			CHECK(strstr(got, ",b\r\n") != NULL);
	}
	tear_down();
}

/* A part of the roles, or of who it is, could mean something else. */
static void
too_much(void)
{
	static const char *roles[ROLES];
	static char subject[4000];
	struct auth_ident who = { .provider = "ory", .subject = "u1" };
	const char *got;
	bool fitted = true;

	set_up("");
	for (int i = 0; i < ROLES; i++)
		roles[i] = "a-role-of-20-letters";
	for (int n = 1; n <= ROLES; n++) {
		tap_row("%d roles", n);
		who.roles = (struct auth_names){ n, roles };
		got = exported(&who, EXPORT_VARIABLES);
		CHECK(fitted || got == NULL);
		fitted = got != NULL;
		if (fitted)
			CHECK(strlen(got) < REPLY_HEADERS_MAX);
	}
	CHECK(!fitted);
	memset(subject, 'x', sizeof(subject) - 1);
	who = (struct auth_ident){ .provider = "ory", .subject = subject };
	CHECK(exported(&who, EXPORT_HEADERS) == NULL);
	who = (struct auth_ident){
		.provider = "ory", .subject = "u1", .name = subject
	};
	CHECK(exported(&who, EXPORT_HEADERS) == NULL);
	tear_down();
}

static void
no_memory(void)
{
	static const char *const roles[] = { "admin", "editor" };
	const struct auth_ident who = { .provider = "corp",
		.subject = "u1",
		.name = "Ada",
		.roles = { 2, roles } };
	const char *whole;
	bool last = false;

	set_up("");
	whole = exported(&who, EXPORT_VARIABLES);
	for (size_t size = 1024; size < 8192; size += 16) {
		struct arena *small = arena_new(size);
		struct request rq = request(&who, small);

		tap_row("%zu bytes", size);
		last = export_identity(&rq, EXPORT_VARIABLES);
		if (last)
			STREQ(buf_text(&rq.reply.headers), whole);
		else
			INTEQ(rq.reply.headers.len, 0);
		arena_free(&small);
	}
	CHECK(last);
	tear_down();
}

static const struct tap_case cases[] = {
	{ "all that is known has its field, in both forms", everything },
	{ "what is not known is left out; an unverified address is not known",
	    unknown },
	{ "REMOTE_USER names the provider where there are several",
	    remote_user },
	{ "no value leaves its field or its place in a list", injection },
	{ "what does not fit is not cut: nothing is exported", too_much },
	{ "without memory nothing is exported", no_memory },
};
TAP_MAIN(cases)
