/* SPDX-License-Identifier: MIT */
/* cmd/directory, _ory and _clerk: which answers mean "gone". */
#include "tap.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "cmd/directory.h"
#include "conf/conf.h"
#include "unit/files.h"
#include "unit/stub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ONE "11111111-1111-4111-8111-111111111111"
#define TWO "22222222-2222-4222-8222-222222222222"
#define THREE "33333333-3333-4333-8333-333333333333"
#define ITEM(id) "{\"id\":\"" id "\",\"state\":\"inactive\",\"traits\":{}}"
#define GONE                                                                   \
	"{\"error\":{\"code\":404,\"status\":\"Not Found\",\"message\":"       \
	"\"Unable to locate the resource\"}}"
#define CLERK_GONE                                                             \
	"{\"errors\":[{\"message\":\"not found\",\"long_message\":\"No user\"" \
	",\"code\":\"resource_not_found\"}],\"clerk_trace_id\":\"t\"}"
#define USER "{\"id\":\"user_1\",\"banned\":true}"

static struct stub *stub;
static struct arena *arena;
static struct conf *conf;
static int64_t paused_ms;

/* It is told twice, then all is well. */
static void
told_pause(void *ctx, int64_t ms)
{
	(void)ctx;
	if (paused_ms > 0)
		stub_json(stub, "/admin/identities/" ONE, 200, "", ITEM(ONE));
	paused_ms += ms;
}

/* Each "@" of the configuration is the stub. */
static struct directory *
open_directory(const char *text, const char *provider, struct err *e)
{
	const struct directory_told told = { told_pause, NULL };
	struct buf b;

	stub = stub_start();
	arena = arena_new(DIRECTORY_ARENA);
	paused_ms = 0;
	buf_init(&b, arena, 2048);
	for (; *text != '\0'; text++)
		if (*text == '@')
			buf_str(&b, stub_url(stub));
		else
			buf_char(&b, *text);
	conf = files_conf(buf_text(&b));
	if (conf == NULL || arena == NULL) {
		printf("Bail out! %s\n", files_problem(0));
		exit(1);
	}
	return directory_new(conf, provider, &told, e);
}

static void
close_directory(struct directory **d)
{
	directory_free(d);
	conf_free(&conf);
	arena_free(&arena);
	stub_stop(&stub);
}

#define DATABASE "database: { url = \"postgresql:///x\"; };"
#define ORY                                                                    \
	"providers = [ \"ory\" ];" DATABASE "ory: { url = \"@\"; "             \
	"admin_url = \"@/\"; admin_token = \"secret\"; };"
#define CLERK                                                                  \
	"providers = [ \"clerk\" ];" DATABASE "clerk: { api_url = \"@\"; "     \
	"secret_key = \"sk_live_secret\"; authorized_parties = "               \
	"[ \"http://a.example\" ]; issuer = \"@\"; };"

static void
ory_lists(void)
{
	static const struct {
		int status;
		const char *headers, *body;
		int rc;
		const char *marks; /* of ONE, TWO, THREE */
	} t[] = {
		{ 200, "", "[" ITEM(ONE) "," ITEM(THREE) "]", 0, "101" },
		{ 200, "", "[" ITEM(TWO) "]\n", 0, "010" },
		{ 200, "", "[]", 0, "000" },
		{ 200,
		    "Link: </admin/identities?page_size=500>; "
		    "rel=\"first\"\r\n",
		    "[" ITEM(ONE) "]", 0, "100" },
		{ 200, "Link: </a>; rel=\"first\",</b>; rel=\"next\"\r\n",
		    "[" ITEM(ONE) "]", -1, NULL },
		{ 200, "Link: </a>; rel=first\r\nlink: </b>; rel=next\r\n",
		    "[]", -1, NULL },
		{ 200, "", "{}", -1, NULL },
		{ 200, "", "", -1, NULL },
		{ 200, "", "[" ITEM(ONE), -1, NULL },
		{ 200, "", "[" ITEM(ONE) "],\"more\":[]", -1, NULL },
		{ 200, "", "[{\"state\":\"active\"}]", -1, NULL },
		{ 200, "", "[\"" ONE "\"]", -1, NULL },
		{ 200, "", "[" ITEM("44444444-4444-4444-8444-444444444444") "]",
		    -1, NULL },
		{ 200, "", "<html>It works</html>", -1, NULL },
		{ 307, "Location: /x\r\n", "[]", -1, NULL },
		{ 404, "", GONE, -1, NULL },
		{ 500, "", "[]", -1, NULL },
	};
	static const char *const ids[] = { ONE, TWO, THREE };
	struct err e = { 0 };
	struct directory *d = open_directory(ORY, "ory", &e);

	for (size_t i = 0; i < ROWS(t); i++) {
		bool there[3];

		tap_row("%d %s %s", t[i].status, t[i].headers, t[i].body);
		stub_json(stub, "/admin/identities?page_size=500&ids=",
		    t[i].status, t[i].headers, t[i].body);
		e.kind = ERR_NONE;
		arena_reset(arena);
		INTEQ(directory_ask(d, ids, 3, there, arena, &e), t[i].rc);
		INTEQ(e.kind, t[i].rc == -1 ? ERR_DOWN : ERR_NONE);
		for (int k = 0; t[i].rc == 0 && k < 3; k++)
			INTEQ(there[k], t[i].marks[k] == '1');
		CHECK(strstr(e.text, "secret") == NULL);
	}
	CHECK(strstr(stub_latest(stub),
		  "&ids=" ONE "&ids=" TWO "&ids=" THREE " ") != NULL);
	CHECK(strstr(stub_latest(stub),
		  "Authorization: Bearer secret\r\n") != NULL);
	close_directory(&d);
}

static void
one_by_one(struct directory *d, const char *path, const char *id, int status,
    const char *body, int want)
{
	struct err e = { 0 };
	bool there = false;
	int rc;

	tap_row("%d %s", status, body);
	stub_json(stub, path, status, "", body);
	arena_reset(arena);
	rc = directory_ask_one(d, id, &there, arena, &e);
	INTEQ(rc == -1 ? -1 : there, want);
	INTEQ(e.kind, want == -1 ? ERR_DOWN : ERR_NONE);
}

static void
ory_ones(void)
{
	static const struct {
		int status;
		const char *body;
		int want; /* 1 there, 0 gone, -1 could not find out */
	} t[] = {
		{ 200, ITEM(ONE), 1 },
		{ 200, ITEM(TWO), -1 },
		{ 200, "<html>", -1 },
		{ 404, GONE, 0 },
		{ 404, "", -1 },
		{ 404, "<html>Not Found</html>", -1 },
		{ 404, "{\"error\":\"not found\"}", -1 },
		{ 404, "{\"error\":{\"code\":404}}", -1 },
		{ 410, GONE, -1 },
		{ 500, GONE, -1 },
	};
	struct err e = { 0 };
	struct directory *d = open_directory(ORY, "ory", &e);

	for (size_t i = 0; i < ROWS(t); i++)
		one_by_one(d, "/admin/identities/" ONE, ONE, t[i].status,
		    t[i].body, t[i].want);
	close_directory(&d);
}

static void
clerk_ones(void)
{
	static const struct {
		int status;
		const char *body;
		int want;
	} t[] = {
		{ 200, USER, 1 },
		{ 200, "{\"id\":\"user_2\"}", -1 },
		{ 404, CLERK_GONE, 0 },
		{ 404, "{\"errors\":[{\"code\":\"else\"}]}", -1 },
		{ 404, "<html>", -1 },
		{ 401, "{\"errors\":[{\"code\":\"clerk_key_invalid\"}]}", -1 },
		{ 500, CLERK_GONE, -1 },
	};
	static const char *const ids[] = { "user_1", "user_3" };
	struct err e = { 0 };
	struct directory *d = open_directory(CLERK, "clerk", &e);
	bool there[2];

	for (size_t i = 0; i < ROWS(t); i++)
		one_by_one(d, "/v1/users/user_1", ids[0], t[i].status,
		    t[i].body, t[i].want);
	stub_json(stub, "/v1/users/user_1", 200, "", USER);
	stub_json(stub, "/v1/users/user_3", 404, "", CLERK_GONE);
	INTEQ(directory_ask(d, ids, 2, there, arena, &e), 0);
	CHECK(there[0] && !there[1]);
	close_directory(&d);
}

static void
pauses(void)
{
	struct err e = { 0 };
	struct directory *d = open_directory(ORY, "ory", &e);
	int64_t began = clock_mono_ms();
	bool there = false;

	stub_json(stub, "/admin/identities/" ONE, 429,
	    "x-ratelimit-reset: 1\r\nRetry-After: 9\r\n", "");
	INTEQ(directory_ask_one(d, ONE, &there, arena, &e), 0);
	CHECK(there);
	INTEQ(paused_ms, 2000);
	CHECK(clock_mono_ms() - began >= 1950);
	INTEQ(stub_requests(stub, "/admin/identities/" ONE), 3);
	close_directory(&d);
}

static void
ids(void)
{
	static const struct {
		const char *provider, *id;
		bool good;
	} t[] = {
		{ "ory", ONE, true },
		{ "ory", "user_1", false },
		{ "ory", ONE "&ids=" TWO, false },
		{ "clerk", "user_2g7nLk", true },
		{ "clerk", "user_", false },
		{ "clerk", "user_1/../2", false },
		{ "clerk", ONE, false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e = { 0 };
		struct directory *d =
		    open_directory(t[i].provider[0] == 'o' ? ORY : CLERK,
			t[i].provider, &e);

		tap_row("%s %s", t[i].provider, t[i].id);
		INTEQ(directory_is_id(d, t[i].id), t[i].good);
		close_directory(&d);
	}
}

static void
unaskable(void)
{
	static const struct {
		const char *conf, *provider, *says;
	} t[] = {
		{ "providers = [ \"ory\" ];" DATABASE "ory: { url = \"@\"; };",
		    "ory", "ory.admin_url" },
		{ "providers = [ \"ory\" ];" DATABASE
		  "ory: { project_slug = \"a-b\"; };",
		    "ory", "ory.admin_token" },
		{ ORY, "corp", "OpenID Connect" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e = { 0 };
		struct directory *d =
		    open_directory(t[i].conf, t[i].provider, &e);

		CHECK(d == NULL);
		INTEQ(e.kind, ERR_CONFIG);
		CHECK(strstr(e.text, t[i].says) != NULL);
		close_directory(&d);
	}
}

static const struct tap_case cases[] = {
	{ "Ory's list counts when it is whole and names whom we asked for",
	    ory_lists },
	{ "only Ory's own 404 means gone", ory_ones },
	{ "only Clerk's own 404 means gone; banned is not gone", clerk_ones },
	{ "a pause is kept, then the question is asked again", pauses },
	{ "ids of others are not asked about", ids },
	{ "who cannot be asked is told, and why", unaskable },
};
TAP_MAIN(cases)
