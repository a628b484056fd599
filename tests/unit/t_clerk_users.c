/* SPDX-License-Identifier: MIT */
/* auth/clerk_users: ages of an entry, and what Clerk's troubles do to it. */
#include "tap.h"

#include "auth/clerk_users.h"
#include "base/arena.h"
#include "base/clock.h"
#include "unit/ringed.h"

#include <stdio.h>
#include <string.h>

enum { TTL = 300000, HOUR = CLERK_USER_STALE_MS };

#define PATH "/v1/users/user_1"
#define ADA "{\"id\":\"user_1\",\"first_name\":\"Ada\"}"
#define EVE "{\"id\":\"user_1\",\"first_name\":\"Eve\"}"
#define GONE "{\"errors\":[{\"code\":\"resource_not_found\"}]}"

static struct clerk_user user;

static struct clerk_users *
users(struct ringed *r, int64_t ttl)
{
	const struct clerk_users_options o = {
		.api_url = stub_url(r->stub),
		.secret = "sk_test_canary1",
		.timeout_ms = RINGED_TIMEOUT_MS,
		.ttl_ms = ttl,
		.scope = r->outside.line->scope,
		.outside = &r->outside,
	};

	return clerk_users_new(&o);
}

static struct auth_answer
find(struct ringed *r, struct clerk_users *u, const char *id)
{
	struct auth_answer answer = { .verdict = AUTH_ALLOW };
	const struct auth_request rq = { .arena = r->arena,
		.deadline = clock_mono_ms() + 1000,
		.wants_contact = true };

	arena_reset(r->arena);
	memset(&user, 0xff, sizeof(user));
	clerk_users_find(u, id, &rq, &user, &answer);
	if (answer.verdict == AUTH_ALLOW) {
		STREQ(answer.why, NULL);
		INTEQ(answer.retry_ms, 0);
	} else {
		CHECK(answer.why != NULL);
	}
	return answer;
}

/* The entry of user_1 as it is in the slots, and how long. */
struct entry {
	int64_t fetched_ms;
	unsigned char packed[CLERK_PACKED_MAX];
};
static size_t len;

static enum slots_answer
peek(struct ringed *r, struct entry *entry, unsigned char *key, int64_t now)
{
	const struct crypt_part parts[] = { { "user", 4 },
		{ r->outside.line->scope, UPSTREAM_SCOPE_SIZE },
		{ "user_1", 6 } };

	slots_key(r->shared->slots, parts, 3, key);
	return slots_get(r->shared->slots, key, entry, sizeof(*entry), &len,
	    now);
}

/* It is still there in ms from now. */
static bool
lives(struct ringed *r, int64_t ms)
{
	unsigned char key[SLOTS_KEY_SIZE];
	struct entry entry;

	return peek(r, &entry, key, clock_mono_ms() + ms) == SLOTS_HIT;
}

/* It was made that much earlier. */
static void
age(struct ringed *r, int64_t ms)
{
	unsigned char key[SLOTS_KEY_SIZE];
	int64_t now = clock_mono_ms();
	struct entry entry;

	INTEQ(peek(r, &entry, key, now), SLOTS_HIT);
	entry.fetched_ms -= ms;
	slots_put(r->shared->slots, key, &entry, len, entry.fetched_ms + HOUR,
	    now);
}

static void
asked(void)
{
	struct clerk_users *u;
	const char *sent;
	struct ringed r;

	ringed_open(&r);
	stub_json(r.stub, PATH, 200, "", ADA);
	u = users(&r, TTL);
	INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
	STREQ(user.name, "Ada");
	STREQ(user.email, "");
	sent = stub_latest(r.stub);
	CHECK(strncmp(sent, "GET /v1/users/user_1 HTTP/1.1\r\n", 31) == 0);
	CHECK(strstr(sent, "\r\nAuthorization: Bearer sk_test_canary1\r\n") !=
	      NULL);
	CHECK(strstr(sent, "\r\nClerk-API-Version: 2026-05-12\r\n") != NULL);
	CHECK(clerk_users_take_spent_us(u) > 0);
	tap_row("%s", "again, and by another worker: kept");
	stub_json(r.stub, PATH, 200, "", EVE);
	INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
	STREQ(user.name, "Ada");
	clerk_users_free(&u);
	u = users(&r, TTL);
	INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
	STREQ(user.name, "Ada");
	INTEQ(stub_requests(r.stub, PATH), 1);
	INTEQ(clerk_users_take_spent_us(u), 0);
	CHECK(lives(&r, HOUR - 9000) && !lives(&r, HOUR));
	INTEQ(slots_usage(r.shared->slots, clock_mono_ms()).used, 1);
	tap_row("%s", "past its time: anew");
	age(&r, TTL);
	INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
	STREQ(user.name, "Eve");
	INTEQ(stub_requests(r.stub, PATH), 2);
	INTEQ(board_waits(r.shared->board, 0, 0).n, 0);
	clerk_users_free(&u);
	clerk_users_free(&u);
	ringed_close(&r);
}

static void
refused(void)
{
	static const struct {
		int status;
		const char *body;
	} t[] = {
		{ 404, GONE },
		{ 200, "{\"id\":\"user_1\",\"banned\":true}" },
		{ 200, "{\"id\":\"user_1\",\"deprovisioned\":true}" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct clerk_users *u;
		struct ringed r;

		tap_row("%s", t[i].body);
		ringed_open(&r);
		stub_json(r.stub, PATH, t[i].status, "", t[i].body);
		u = users(&r, TTL);
		INTEQ(find(&r, u, "user_1").verdict, AUTH_DENY);
		INTEQ(find(&r, u, "user_1").verdict, AUTH_DENY);
		INTEQ(stub_requests(r.stub, PATH), 1);
		CHECK(!lives(&r, CLERK_REFUSED_MS));
		tap_row("%s", "then anew");
		stub_json(r.stub, PATH, 200, "", ADA);
		age(&r, HOUR);
		INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
		clerk_users_free(&u);
		ringed_close(&r);
	}
}

/* Answers that say nothing about the user. */
static void
troubles(void)
{
	static const struct {
		const char *name;
		enum stub_how how;
		const char *text;
	} t[] = {
		{ "500", STUB_SEND,
		    "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n" },
		{ "HTML", STUB_SEND,
		    "HTTP/1.1 200 X\r\nContent-Length: 6\r\n\r\n<html>" },
		{ "another user", STUB_SEND,
		    "HTTP/1.1 200 X\r\nContent-Length: 15\r\n\r\n"
		    "{\"id\":\"user_2\"}" },
		{ "our key is refused", STUB_SEND,
		    "HTTP/1.1 401 X\r\nContent-Length: 2\r\n\r\n{}" },
		{ "404 of a proxy", STUB_SEND,
		    "HTTP/1.1 404 X\r\nContent-Length: 2\r\n\r\n{}" },
		{ "429", STUB_SEND,
		    "HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n" },
		{ "half an answer", STUB_CLOSE,
		    "HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{" },
		{ "too long", STUB_CLOSE,
		    "HTTP/1.1 200 X\r\nContent-Length: 262145\r\n\r\n{" },
		{ "a redirect", STUB_SEND,
		    "HTTP/1.1 302 X\r\nLocation: /x\r\n"
		    "Content-Length: 0\r\n\r\n" },
		{ "silence", STUB_HANG, "" },
		{ "a reset", STUB_RESET, "" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer a;
		struct clerk_users *u;
		struct ringed r;

		ringed_open(&r);
		stub_raw(r.stub, PATH, t[i].how, t[i].text);
		u = users(&r, TTL);
		tap_row("%s, and nothing is known", t[i].name);
		a = find(&r, u, "user_1");
		INTEQ(a.verdict, AUTH_UNSURE);
		CHECK(a.trouble != NULL);
		CHECK(a.trouble != NULL &&
		      strstr(a.trouble, "sk_test_canary1") == NULL);
		tap_row("%s, and something was known", t[i].name);
		atomic_store(&r.outside.line->gate.paused_until_ms, 0);
		gate_open(&r.outside.line->gate);
		stub_json(r.stub, PATH, 200, "", ADA);
		INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
		stub_raw(r.stub, PATH, t[i].how, t[i].text);
		age(&r, HOUR - 5000);
		a = find(&r, u, "user_1");
		INTEQ(a.verdict, AUTH_ALLOW);
		STREQ(user.name, "Ada");
		CHECK(a.trouble != NULL);
		clerk_users_free(&u);
		ringed_close(&r);
	}
}

/* What any process of our user may write there: n bytes. */
static void
write_entry(struct ringed *r, const struct entry *entry, size_t n)
{
	unsigned char key[SLOTS_KEY_SIZE];
	int64_t now = clock_mono_ms();
	struct entry old;

	peek(r, &old, key, now);
	INTEQ(slots_put(r->shared->slots, key, entry, n, now + HOUR, now),
	    SLOTS_HIT);
}

static void
written(void)
{
	static const unsigned char refused[] = { 1, 2, 128, 255 };
	struct entry entry = { .packed = "\0e@x\0Ada" };
	struct clerk_users *u;
	struct ringed r;

	ringed_open(&r);
	stub_json(r.stub, PATH, 200, "", EVE);
	u = users(&r, TTL);
	for (size_t i = 0; i < ROWS(refused); i++) {
		tap_row("refused: %d", refused[i]);
		entry.packed[0] = refused[i];
		entry.fetched_ms = clock_mono_ms() - TTL;
		write_entry(&r, &entry, 8 + 9);
		INTEQ(find(&r, u, "user_1").verdict, AUTH_DENY);
	}
	INTEQ(stub_requests(r.stub, PATH), 0);
	entry.packed[0] = 0;
	for (int i = 0; i < 2; i++) {
		tap_row("%s", "an entry of the future is old, not young");
		entry.fetched_ms = i == 0 ? INT64_MAX : clock_mono_ms() + HOUR;
		write_entry(&r, &entry, 8 + 9);
		INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
		INTEQ(stub_requests(r.stub, PATH), 1 + i);
	}
	entry.fetched_ms = clock_mono_ms();
	write_entry(&r, &entry, 8 + 9);
	INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
	STREQ(user.email, "e@x");
	STREQ(user.name, "Ada");
	for (size_t n = 0; n < 8 + 9; n++) {
		tap_row("%zu bytes of it", n);
		write_entry(&r, &entry, n);
		INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
		STREQ(user.name, "Eve");
	}
	clerk_users_free(&u);
	ringed_close(&r);
}

static const struct tap_case cases[] = {
	{ "a user is asked for once, and kept for all workers", asked },
	{ "who is gone or banned is denied, for two seconds", refused },
	{ "an answer that tells nothing denies nobody, an old one serves",
	    troubles },
	{ "an entry means the same whatever its bytes are", written },
};
TAP_MAIN(cases)
