/* SPDX-License-Identifier: MIT */
/*
 * Tables of the events that mean something.  No time of an event is compared
 * with another's: whatever order they come in, a refusal is never taken back
 * by an event, and "ask again" is as right late as twice.  So neither a
 * belated user.updated nor a replayed one can bring anybody back.
 */
#include "hook/event.h"

#include "base/arena.h"
#include "base/str.h"
#include "io/js.h"

#include <string.h>

/* Kratos names a session that is not there yet by this. */
static const char no_session[] = "00000000-0000-0000-0000-000000000000";

enum id_found { ID_FOUND, ID_ABSENT, ID_BAD };

/* A text of visible ASCII that the arena can lend. */
static enum id_found
read_text(struct json_object *doc, const char *path, size_t max,
    const char **text)
{
	struct js_value v = js_get(doc, path);

	if (v.kind == JS_ABSENT || v.kind == JS_NULL)
		return ID_ABSENT;
	if (v.kind != JS_STRING || v.len == 0 || v.len > max)
		return ID_BAD;
	for (size_t i = 0; i < v.len; i++)
		if (v.str[i] <= ' ' || v.str[i] > '~')
			return ID_BAD;
	*text = v.str;
	return ID_FOUND;
}

/* Takes the id over into the event, which outlives the document. */
static int
revoke(struct event *ev, enum revoked_kind kind, const char *id,
    enum revoked_effect effect, struct arena *a, struct err *e)
{
	ev->matters = true;
	ev->revocation.kind = kind;
	ev->revocation.effect = effect;
	ev->revocation.id = arena_dup(a, id);
	if (ev->revocation.id == NULL)
		return err_set(e, ERR_BUG, "out of memory");
	return 0;
}

static int
take_type(struct event *ev, struct json_object *doc, const char *path,
    struct arena *a, struct err *e)
{
	const char *type;

	if (read_text(doc, path, EVENT_TYPE_MAX, &type) != ID_FOUND)
		return err_set(e, ERR_INPUT, "%s is not the name of an event",
		    path);
	ev->type = arena_dup(a, type);
	return ev->type == NULL ? err_set(e, ERR_BUG, "out of memory") : 0;
}

static const struct clerk_event {
	const char *type;
	enum revoked_kind kind;
	enum revoked_effect effect;
	bool gone, ended;
} clerk_events[] = {
	{ "session.ended", REVOKED_SESSION, REVOKED_ALL, .ended = true },
	{ "session.removed", REVOKED_SESSION, REVOKED_ALL, .ended = true },
	{ "session.revoked", REVOKED_SESSION, REVOKED_ALL, .ended = true },
	{ "user.deleted", REVOKED_USER, REVOKED_ALL, .gone = true },
	{ "user.updated", REVOKED_USER, REVOKED_RECHECK, .gone = false },
};

/*
 * When the session would have ended by itself, in seconds; 0: not said, or not
 * in a way that can be believed.  Clerk's data are in milliseconds, while some
 * of its samples have seconds elsewhere: 10^11 tells the two apart for a
 * thousand years, and a revocation must not end in 1970.
 */
static int64_t
read_end(struct json_object *doc)
{
	const int64_t seconds_below = 100000000000, ms_below = 100000000000000;
	struct js_value v = js_get(doc, "data.expire_at");

	if (v.kind != JS_INT || v.num <= 0 || v.num >= ms_below)
		return 0;
	return v.num < seconds_below ? v.num : v.num / 1000 + 1;
}

static int
apply_clerk(struct event *ev, const struct clerk_event *row,
    struct json_object *doc, struct arena *a, struct err *e)
{
	const char *id;
	enum id_found found = read_text(doc, "data.id", REVOCATION_ID_MAX, &id);

	/* Of a user whose id is not told there is nothing to delete. */
	if (found == ID_ABSENT && row->gone)
		return 0;
	if (found != ID_FOUND)
		return err_set(e, ERR_INPUT, "data.id is not an id");
	ev->revocation.gone = row->gone;
	ev->revocation.ended = row->ended;
	if (row->kind == REVOKED_SESSION)
		ev->revocation.until_s = read_end(doc);
	return revoke(ev, row->kind, id, row->effect, a, e);
}

static int
read_clerk(struct event *ev, struct json_object *doc, struct arena *a,
    struct err *e)
{
	if (take_type(ev, doc, "type", a, e) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(clerk_events) / sizeof(clerk_events[0]);
	     i++)
		if (strcmp(ev->type, clerk_events[i].type) == 0)
			return apply_clerk(ev, &clerk_events[i], doc, a, e);
	return 0;
}

/* Those of Ory's event streams after which a session may be another. */
static const char *const streamed[] = {
	"IdentityDeleted",
	"IdentityUpdated",
	"RecoverySucceeded",
	"SessionRevoked",
	"SettingsSucceeded",
	"VerificationSucceeded",
};

static bool
is_streamed(const char *type)
{
	for (size_t i = 0; i < sizeof(streamed) / sizeof(streamed[0]); i++)
		if (strcmp(type, streamed[i]) == 0)
			return true;
	return false;
}

/* What was found out about the user, else about the session, is forgotten. */
static int
evict(struct event *ev, struct json_object *doc, const char *user_path,
    const char *session_path, struct arena *a, struct err *e)
{
	const char *user, *session;
	enum id_found has_user =
	    read_text(doc, user_path, REVOCATION_ID_MAX, &user);
	enum id_found has_session =
	    read_text(doc, session_path, REVOCATION_ID_MAX, &session);

	if (has_user == ID_BAD || has_session == ID_BAD)
		return err_set(e, ERR_INPUT, "%s is not an id",
		    has_user == ID_BAD ? user_path : session_path);
	if (has_user == ID_FOUND)
		return revoke(ev, REVOKED_USER, user, REVOKED_RECHECK, a, e);
	if (has_session == ID_FOUND && strcmp(session, no_session) != 0)
		return revoke(ev, REVOKED_SESSION, session, REVOKED_RECHECK, a,
		    e);
	return 0;
}

/* An event stream's, or one of our template, whatever a site calls it. */
static int
read_ory(struct event *ev, struct json_object *doc, struct arena *a,
    struct err *e)
{
	if (js_get(doc, "event").kind != JS_ABSENT) {
		if (take_type(ev, doc, "event", a, e) == -1)
			return -1;
		return evict(ev, doc, "identity_id", "session_id", a, e);
	}
	if (take_type(ev, doc, "name", a, e) == -1)
		return -1;
	return is_streamed(ev->type)
		   ? evict(ev, doc, "eventAttributes.IdentityID",
			 "eventAttributes.SessionID", a, e)
		   : 0;
}

static int
read_by(int (*reader)(struct event *, struct json_object *, struct arena *,
	    struct err *),
    const char *body, size_t n, struct arena *a, struct event *ev,
    struct err *e)
{
	struct json_object *doc = js_parse(body, n, e);
	int rc;

	*ev = (struct event){ 0 };
	if (doc == NULL)
		return -1;
	rc = reader(ev, doc, a, e);
	js_free(&doc);
	return rc;
}

int
event_read_clerk(const char *body, size_t n, struct arena *a, struct event *ev,
    struct err *e)
{
	return read_by(read_clerk, body, n, a, ev, e);
}

int
event_read_ory(const char *body, size_t n, struct arena *a, struct event *ev,
    struct err *e)
{
	return read_by(read_ory, body, n, a, ev, e);
}
