/* SPDX-License-Identifier: MIT */
/* hook/event: what each event means, and what is no event. */
#include "tap.h"

#include "base/arena.h"
#include "base/err.h"
#include "hook/event.h"

#include <stdio.h>
#include <string.h>

#define IDENTITY "c4d24c01-feba-4213-858b-262c8d427f8c"
#define SESSION "0cd29640-3b64-419d-93b0-8c9e84c2090d"
#define NO_SESSION "00000000-0000-0000-0000-000000000000"

enum { NOTHING = -1, REFUSED = -2 };

static struct arena *arena;

struct row {
	const char *body;
	int kind; /* enum revoked_kind, NOTHING or REFUSED */
	enum revoked_effect effect;
	bool gone;
	const char *id;
	int64_t until_s;
};

static void
read_row(int (*read)(const char *, size_t, struct arena *, struct event *,
	     struct err *),
    const struct row *t)
{
	struct err e = { 0 };
	struct event ev;
	int rc;

	tap_row("%.90s", t->body);
	arena_reset(arena);
	rc = read(t->body, strlen(t->body), arena, &ev, &e);
	if (t->kind == REFUSED) {
		INTEQ(rc, -1);
		INTEQ(e.kind, ERR_INPUT);
		return;
	}
	INTEQ(rc, 0);
	CHECK(rc == -1 || ev.type != NULL);
	INTEQ(ev.matters, t->kind != NOTHING);
	if (rc == -1 || !ev.matters || t->kind == NOTHING)
		return;
	INTEQ(ev.revocation.kind, t->kind);
	INTEQ(ev.revocation.effect, t->effect);
	INTEQ(ev.revocation.gone, t->gone);
	/* what a provider's webhook ends, it makes no more tokens of */
	INTEQ(ev.revocation.ended,
	    t->kind == REVOKED_SESSION && t->effect == REVOKED_ALL);
	INTEQ(ev.revocation.until_s, t->until_s);
	STREQ(ev.revocation.id, t->id);
	CHECK(ev.revocation.provider == NULL && ev.revocation.hook_id == NULL);
}

#define CLERK(type, data)                                                      \
	"{\"object\":\"event\",\"type\":\"" type                               \
	"\",\"timestamp\":1716883200,\"data\":" data "}"
#define ENDED(type, more)                                                      \
	CLERK(type, "{\"object\":\"session\",\"id\":\"sess_1\"" more "}")

static const struct row clerks[] = {
	{ CLERK("user.deleted", "{\"id\":\"user_1\",\"deleted\":true}"),
	    REVOKED_USER, REVOKED_ALL, true, "user_1", 0 },
	{ CLERK("user.updated", "{\"id\":\"user_1\",\"email_addresses\":[]}"),
	    REVOKED_USER, REVOKED_RECHECK, false, "user_1", 0 },
	{ ENDED("session.ended", ",\"expire_at\":1716969600000"),
	    REVOKED_SESSION, REVOKED_ALL, false, "sess_1", 1716969601 },
	{ ENDED("session.removed", ",\"expire_at\":1716969600999"),
	    REVOKED_SESSION, REVOKED_ALL, false, "sess_1", 1716969601 },
	{ ENDED("session.revoked", ",\"expire_at\":1716969600000"),
	    REVOKED_SESSION, REVOKED_ALL, false, "sess_1", 1716969601 },
	/* seconds, and what cannot be: never an end that is long past */
	{ ENDED("session.revoked", ",\"expire_at\":1716969600"),
	    REVOKED_SESSION, REVOKED_ALL, false, "sess_1", 1716969600 },
	{ ENDED("session.ended", ""), REVOKED_SESSION, REVOKED_ALL, false,
	    "sess_1", 0 },
	{ ENDED("session.ended", ",\"expire_at\":null"), REVOKED_SESSION,
	    REVOKED_ALL, false, "sess_1", 0 },
	{ ENDED("session.ended", ",\"expire_at\":\"1716969600000\""),
	    REVOKED_SESSION, REVOKED_ALL, false, "sess_1", 0 },
	{ ENDED("session.ended", ",\"expire_at\":0"), REVOKED_SESSION,
	    REVOKED_ALL, false, "sess_1", 0 },
	{ ENDED("session.ended", ",\"expire_at\":-1"), REVOKED_SESSION,
	    REVOKED_ALL, false, "sess_1", 0 },
	{ ENDED("session.ended", ",\"expire_at\":9223372036854775806"),
	    REVOKED_SESSION, REVOKED_ALL, false, "sess_1", 0 },
	{ ENDED("session.ended", ",\"expire_at\":99999999999999999999"),
	    REVOKED_SESSION, REVOKED_ALL, false, "sess_1", 0 },
	{ CLERK("user.deleted", "{\"deleted\":true}"), NOTHING, 0, false, NULL,
	    0 },
	{ CLERK("user.deleted", "{\"id\":null}"), NOTHING, 0, false, NULL, 0 },
	{ CLERK("user.created", "{\"id\":\"user_1\"}"), NOTHING, 0, false, NULL,
	    0 },
	{ CLERK("session.created", "{\"id\":\"sess_1\"}"), NOTHING, 0, false,
	    NULL, 0 },
	{ CLERK("session.pending", "{\"id\":\"sess_1\"}"), NOTHING, 0, false,
	    NULL, 0 },
	{ CLERK("organizationMembership.deleted", "{\"id\":\"orgmem_1\"}"),
	    NOTHING, 0, false, NULL, 0 },
	{ CLERK("user.deleted.x", "{}"), NOTHING, 0, false, NULL, 0 },
	{ CLERK("User.deleted", "{\"id\":\"user_1\"}"), NOTHING, 0, false, NULL,
	    0 },
	{ "{\"type\":\"sms.created\"}", NOTHING, 0, false, NULL, 0 },
	{ CLERK("user.updated", "{}"), REFUSED, 0, false, NULL, 0 },
	{ CLERK("user.updated", "[]"), REFUSED, 0, false, NULL, 0 },
	{ CLERK("user.updated", "{\"id\":7}"), REFUSED, 0, false, NULL, 0 },
	{ CLERK("user.updated", "{\"id\":\"\"}"), REFUSED, 0, false, NULL, 0 },
	{ CLERK("user.updated", "{\"id\":\"a b\"}"), REFUSED, 0, false, NULL,
	    0 },
	{ CLERK("user.updated", "{\"id\":\"a\\nb\"}"), REFUSED, 0, false, NULL,
	    0 },
	{ CLERK("user.updated", "{\"id\":\"\xc3\xa9\"}"), REFUSED, 0, false,
	    NULL, 0 },
	{ CLERK("user.deleted", "{\"id\":{}}"), REFUSED, 0, false, NULL, 0 },
	{ CLERK("session.ended", "{\"user_id\":\"u\"}"), REFUSED, 0, false,
	    NULL, 0 },
	{ CLERK("session.ended", "null"), REFUSED, 0, false, NULL, 0 },
	{ "{\"data\":{\"id\":\"user_1\"}}", REFUSED, 0, false, NULL, 0 },
	{ "{\"type\":null}", REFUSED, 0, false, NULL, 0 },
	{ "{\"type\":[\"user.deleted\"]}", REFUSED, 0, false, NULL, 0 },
	{ "{\"type\":\"user deleted\"}", REFUSED, 0, false, NULL, 0 },
	{ "{\"type\":\"user.deleted\",\"type\":\"x\"}", REFUSED, 0, false, NULL,
	    0 },
	{ "", REFUSED, 0, false, NULL, 0 },
	{ "{", REFUSED, 0, false, NULL, 0 },
	{ "[]", REFUSED, 0, false, NULL, 0 },
	{ "{\"test\": 2432232314}", REFUSED, 0, false, NULL, 0 },
};

#define FLOW(ids) "{\"event\":\"settings.after\"" ids "}"
#define STREAM(name, ids)                                                      \
	"{\"name\":\"" name "\",\"version\":\"1\",\"eventAttributes\":{" ids   \
	"}}"

static const struct row orys[] = {
	{ FLOW(",\"identity_id\":\"" IDENTITY "\",\"session_id\":\"" SESSION
	       "\""),
	    REVOKED_USER, REVOKED_RECHECK, false, IDENTITY, 0 },
	{ FLOW(",\"session_id\":\"" SESSION "\""), REVOKED_SESSION,
	    REVOKED_RECHECK, false, SESSION, 0 },
	{ FLOW(",\"identity_id\":null,\"session_id\":\"" SESSION "\""),
	    REVOKED_SESSION, REVOKED_RECHECK, false, SESSION, 0 },
	{ "{\"event\":\"our-own\",\"identity_id\":\"" IDENTITY "\"}",
	    REVOKED_USER, REVOKED_RECHECK, false, IDENTITY, 0 },
	{ FLOW(",\"session_id\":\"" NO_SESSION "\""), NOTHING, 0, false, NULL,
	    0 },
	{ FLOW(""), NOTHING, 0, false, NULL, 0 },
	{ STREAM("SessionRevoked", "\"SessionID\":\"" SESSION "\""),
	    REVOKED_SESSION, REVOKED_RECHECK, false, SESSION, 0 },
	{ STREAM("IdentityDeleted", "\"IdentityID\":\"" IDENTITY
				    "\",\"SessionID\":\"" NO_SESSION "\""),
	    REVOKED_USER, REVOKED_RECHECK, false, IDENTITY, 0 },
	{ STREAM("IdentityUpdated", "\"IdentityID\":\"" IDENTITY "\""),
	    REVOKED_USER, REVOKED_RECHECK, false, IDENTITY, 0 },
	{ STREAM("SettingsSucceeded", "\"IdentityID\":\"" IDENTITY "\""),
	    REVOKED_USER, REVOKED_RECHECK, false, IDENTITY, 0 },
	{ STREAM("RecoverySucceeded", "\"IdentityID\":\"" IDENTITY "\""),
	    REVOKED_USER, REVOKED_RECHECK, false, IDENTITY, 0 },
	{ STREAM("LoginSucceeded", "\"IdentityID\":\"" IDENTITY "\""), NOTHING,
	    0, false, NULL, 0 },
	{ STREAM("NewThing", "\"IdentityID\":[]"), NOTHING, 0, false, NULL, 0 },
	{ STREAM("SessionRevoked", ""), NOTHING, 0, false, NULL, 0 },
	{ STREAM("SessionRevoked", "\"SessionID\":7"), REFUSED, 0, false, NULL,
	    0 },
	{ FLOW(",\"identity_id\":\"\""), REFUSED, 0, false, NULL, 0 },
	{ FLOW(",\"identity_id\":{\"id\":\"x\"}"), REFUSED, 0, false, NULL, 0 },
	{ FLOW(",\"identity_id\":\"" IDENTITY "\",\"session_id\":1"), REFUSED,
	    0, false, NULL, 0 },
	{ "{\"event\":null,\"identity_id\":\"" IDENTITY "\"}", REFUSED, 0,
	    false, NULL, 0 },
	{ "{}", REFUSED, 0, false, NULL, 0 },
	{ "null", REFUSED, 0, false, NULL, 0 },
};

static void
clerk(void)
{
	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(clerks); i++)
		read_row(event_read_clerk, &clerks[i]);
	arena_free(&arena);
}

static void
ory(void)
{
	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(orys); i++)
		read_row(event_read_ory, &orys[i]);
	arena_free(&arena);
}

/* With n letters between the two. */
static int
read_long(const char *head, int n, const char *tail)
{
	char letters[512], body[1024];
	struct err e = { 0 };
	struct event ev;

	memset(letters, 'x', sizeof(letters));
	snprintf(body, sizeof(body), "%s%.*s%s", head, n, letters, tail);
	return event_read_clerk(body, strlen(body), arena, &ev, &e);
}

static void
lengths(void)
{
	static const char id[] =
	    "{\"type\":\"user.updated\",\"data\":{\"id\":\"";
	static const char type[] = "{\"type\":\"";

	arena = arena_new(1 << 20);
	INTEQ(read_long(id, REVOCATION_ID_MAX, "\"}}"), 0);
	INTEQ(read_long(id, REVOCATION_ID_MAX + 1, "\"}}"), -1);
	INTEQ(read_long(type, EVENT_TYPE_MAX, "\"}"), 0);
	INTEQ(read_long(type, EVENT_TYPE_MAX + 1, "\"}"), -1);
	arena_free(&arena);
}

static void
no_memory(void)
{
	static const char body[] = ENDED("session.ended", "");
	struct err e = { 0 };
	struct event ev;

	arena = arena_new(4096);
	while (arena_alloc(arena, 16) != NULL)
		;
	INTEQ(event_read_clerk(body, sizeof(body) - 1, arena, &ev, &e), -1);
	INTEQ(e.kind, ERR_BUG);
	arena_free(&arena);
}

static const struct tap_case cases[] = {
	{ "Clerk's events: a table, and what none of its rows can be", clerk },
	{ "Ory's hooks and event streams only evict", ory },
	{ "ids and names have a longest", lengths },
	{ "without memory nothing is said about the event", no_memory },
};
TAP_MAIN(cases)
