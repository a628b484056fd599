/* SPDX-License-Identifier: MIT */
/* auth/clerk_user: what an answer of the Backend API says about a user. */
#include "tap.h"

#include "auth/clerk_user.h"
#include "base/arena.h"
#include "io/http.h"
#include "unit/token.h"

#include <string.h>

#define ERROR(code)                                                            \
	"{\"errors\":[{\"message\":\"m\",\"long_message\":\"l\",\"code\":"     \
	"\"" code "\"}],\"clerk_trace_id\":\"t\"}"
#define ENTRY(id, address, verification)                                       \
	"{\"id\":\"" id "\",\"email_address\":\"" address                      \
	"\",\"verification\":" verification "}"
#define VERIFIED "{\"status\":\"verified\",\"strategy\":\"email_code\"}"
#define OLD ENTRY("idn_old", "j@old.example", VERIFIED)
#define PRIMARY ENTRY("idn_1", "john.doe@example.com", VERIFIED)

static const struct token_member user[] = {
	{ "id", "\"user_1\"" },
	{ "first_name", "\"John\"" },
	{ "last_name", "\"Doe\"" },
	{ "primary_email_address_id", "\"idn_1\"" },
	{ "email_addresses", "[" OLD "," PRIMARY "]" },
	{ "private_metadata", "{\"canary\":\"sing\"}" },
	{ "banned", "false" },
	{ "locked", "true" },
	{ "deprovisioned", "false" },
	{ NULL, NULL },
};

static enum clerk_found
judge(int status, const char *body, struct clerk_user *u, const char **why)
{
	const struct http_reply r = {
		.status = status, .body = body, .body_len = strlen(body)
	};
	enum clerk_found found;

	*why = NULL;
	memset(u, 0xff, sizeof(*u));
	found = clerk_user_judge(&r, "user_1", u, why);
	CHECK(memchr(u->email, '\0', sizeof(u->email)) != NULL);
	CHECK(memchr(u->name, '\0', sizeof(u->name)) != NULL);
	CHECK((*why != NULL) == (found != CLERK_USER || u->refused));
	if (found != CLERK_USER || u->refused)
		CHECK(u->email[0] == '\0' && u->name[0] == '\0');
	return found;
}

static void
statuses(void)
{
	static const struct {
		int status;
		const char *body;
		enum clerk_found found;
		bool refused;
	} t[] = {
		{ 404, ERROR("resource_not_found"), CLERK_USER, true },
		{ 404, ERROR("other"), CLERK_NO_USE, false },
		{ 404, "<html>404</html>", CLERK_NO_USE, false },
		{ 404, "", CLERK_NO_USE, false },
		{ 404, "{\"errors\":[]}", CLERK_NO_USE, false },
		{ 404, "{\"errors\":[\"resource_not_found\"]}", CLERK_NO_USE,
		    false },
		{ 404, "{\"code\":\"resource_not_found\"}", CLERK_NO_USE,
		    false },
		{ 404,
		    "{\"errors\":[{\"code\":\"x\"},{\"code\":"
		    "\"resource_not_found\"}]}",
		    CLERK_NO_USE, false },
		{ 410, ERROR("resource_not_found"), CLERK_NO_USE, false },
		{ 500, ERROR("resource_not_found"), CLERK_NO_USE, false },
		{ 401, ERROR("clerk_key_invalid"), CLERK_OURS, false },
		{ 401, ERROR("authentication_invalid"), CLERK_OURS, false },
		{ 401, "", CLERK_OURS, false },
		{ 403, "<html>", CLERK_OURS, false },
		{ 400, ERROR("api_version_invalid"), CLERK_OURS, false },
		{ 400, ERROR("other"), CLERK_NO_USE, false },
		{ 400, "", CLERK_NO_USE, false },
		{ 429, ERROR("too_many_requests"), CLERK_LIMIT, false },
		{ 429, "<html>", CLERK_LIMIT, false },
		{ 500, "", CLERK_NO_USE, false },
		{ 502, "<html>", CLERK_NO_USE, false },
		{ 503, "{}", CLERK_NO_USE, false },
		{ 522, "<html>", CLERK_NO_USE, false },
		{ 302, "", CLERK_NO_USE, false },
		{ 204, "", CLERK_NO_USE, false },
		{ 201, "{\"id\":\"user_1\"}", CLERK_NO_USE, false },
		{ 0, "", CLERK_NO_USE, false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct clerk_user u;
		const char *why;

		tap_row("%d %s", t[i].status, t[i].body);
		INTEQ(judge(t[i].status, t[i].body, &u, &why), t[i].found);
		INTEQ(u.refused, t[i].refused);
	}
}

static void
shapes(void)
{
	static const struct {
		const char *body;
		enum clerk_found found;
	} t[] = {
		{ "", CLERK_NO_USE },
		{ "null", CLERK_NO_USE },
		{ "[]", CLERK_NO_USE },
		{ "<html>", CLERK_NO_USE },
		{ "{}", CLERK_NO_USE },
		{ "{\"id\":\"user_1\"", CLERK_NO_USE },
		{ "{\"id\":\"user_1\"} x", CLERK_NO_USE },
		{ "{\"id\":\"user_1\",\"id\":\"user_1\"}", CLERK_NO_USE },
		{ "{\"id\":\"user_2\"}", CLERK_NO_USE },
		{ "{\"id\":\"User_1\"}", CLERK_NO_USE },
		{ "{\"id\":null}", CLERK_NO_USE },
		{ "{\"id\":[\"user_1\"]}", CLERK_NO_USE },
		{ "{\"data\":{\"id\":\"user_1\"}}", CLERK_NO_USE },
		{ "{\"id\":\"user_1\"}", CLERK_USER },
		{ "{\"id\":\"user_1\",\"banned\":\"true\"}", CLERK_USER },
		{ "{\"id\":\"user_1\",\"email_addresses\":{},"
		  "\"primary_email_address_id\":\"x\"}",
		    CLERK_USER },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct clerk_user u;
		const char *why;

		tap_row("%s", t[i].body);
		INTEQ(judge(200, t[i].body, &u, &why), t[i].found);
		STREQ(u.email, "");
		CHECK(!u.refused);
	}
}

/* One member of a good user is another: what is kept then. */
static void
members(void)
{
	static const struct {
		const char *name, *json, *email, *user; /* user NULL: refused */
	} t[] = {
		{ "locked", "true", "john.doe@example.com", "John Doe" },
		{ "banned", "true", "", NULL },
		{ "deprovisioned", "true", "", NULL },
		{ "banned", "null", "john.doe@example.com", "John Doe" },
		{ "primary_email_address_id", "null", "", "John Doe" },
		{ "primary_email_address_id", NULL, "", "John Doe" },
		{ "primary_email_address_id", "\"\"", "", "John Doe" },
		{ "primary_email_address_id", "\"idn_2\"", "", "John Doe" },
		{ "primary_email_address_id", "\"idn_old\"", "j@old.example",
		    "John Doe" },
		{ "email_addresses", NULL, "", "John Doe" },
		{ "email_addresses", "null", "", "John Doe" },
		{ "email_addresses", "[]", "", "John Doe" },
		{ "email_addresses", "[" OLD "]", "", "John Doe" },
		{ "email_addresses", "[null,7,[],\"idn_1\"," PRIMARY "]",
		    "john.doe@example.com", "John Doe" },
		{ "email_addresses", "[" ENTRY("idn_1", "a@b.c", "null") "]",
		    "", "John Doe" },
		{ "email_addresses",
		    "[" ENTRY("idn_1", "a@b.c",
			"{\"status\":\"unverified\"}") "]",
		    "", "John Doe" },
		{ "email_addresses",
		    "[" ENTRY("idn_1", "a@b.c",
			"{\"status\":\"transferable\"}") "]",
		    "", "John Doe" },
		{ "email_addresses",
		    "[" ENTRY("idn_1", "a@b.c",
			"{\"status\":\"Verified\"}") "]",
		    "", "John Doe" },
		{ "email_addresses",
		    "[" ENTRY("idn_1", "a@b.c", "{\"status\":true}") "]", "",
		    "John Doe" },
		{ "email_addresses",
		    "[" ENTRY("idn_1", "a@b.c", "\"verified\"") "]", "",
		    "John Doe" },
		/* the first entry of that id decides, not a better one */
		{ "email_addresses",
		    "[" ENTRY("idn_1", "a@b.c", "null") "," PRIMARY "]", "",
		    "John Doe" },
		{ "email_addresses",
		    "[{\"id\":\"idn_1\",\"verification\":" VERIFIED "}]", "",
		    "John Doe" },
		{ "first_name", "null", "john.doe@example.com", "Doe" },
		{ "last_name", "null", "john.doe@example.com", "John" },
		{ "last_name", "\"\"", "john.doe@example.com", "John" },
		{ "last_name", "\"  \\t\"", "john.doe@example.com", "John" },
		{ "first_name", "\" Jo \\n\"", "john.doe@example.com",
		    "Jo Doe" },
		{ "first_name", "\"Jo Ann\"", "john.doe@example.com",
		    "Jo Ann Doe" },
		{ "first_name", "7", "john.doe@example.com", "Doe" },
		{ "first_name", "\"Zo\\u00eb\"", "john.doe@example.com",
		    "Zo\xc3\xab Doe" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct arena *a = arena_new(1 << 16);
		struct clerk_user u;
		const char *why;

		tap_row("%s = %s", t[i].name,
		    t[i].json == NULL ? "(absent)" : t[i].json);
		INTEQ(judge(200, token_object(a, user, t[i].name, t[i].json),
			  &u, &why),
		    CLERK_USER);
		INTEQ(u.refused, t[i].user == NULL);
		STREQ(u.email, t[i].email);
		STREQ(u.name, t[i].user == NULL ? "" : t[i].user);
		arena_free(&a);
	}
}

/* JSON of n bytes of text. */
static const char *
long_text(struct arena *a, int n)
{
	return arena_printf(a, "\"%0*d\"", n, 0);
}

static void
ceilings(void)
{
	struct arena *a = arena_new(1 << 20);
	struct clerk_user u;
	const char *why;

	for (int n = CLERK_EMAIL_SIZE - 1; n <= CLERK_EMAIL_SIZE; n++) {
		const char *list = arena_printf(a,
		    "[{\"id\":\"idn_1\",\"email_address\":%s,"
		    "\"verification\":" VERIFIED "}]",
		    long_text(a, n));

		tap_row("an address of %d bytes", n);
		judge(200, token_object(a, user, "email_addresses", list), &u,
		    &why);
		INTEQ(strlen(u.email), n < CLERK_EMAIL_SIZE ? n : 0);
	}
	for (int n = CLERK_NAME_SIZE - 8; n <= CLERK_NAME_SIZE + 8; n++) {
		tap_row("a first name of %d bytes", n);
		judge(200, token_object(a, user, "first_name", long_text(a, n)),
		    &u, &why);
		CHECK(strlen(u.name) < CLERK_NAME_SIZE);
		CHECK(strcmp(u.name, "Doe") == 0 ||
		      (int)strspn(u.name, "0") == n);
	}
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "each status and code has its meaning, and no other has one",
	    statuses },
	{ "only an answer about this very user counts", shapes },
	{ "the email is the verified primary one, the name what there is",
	    members },
	{ "what is too long is left out, not cut", ceilings },
};
TAP_MAIN(cases)
