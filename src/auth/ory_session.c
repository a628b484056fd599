/* SPDX-License-Identifier: MIT */
/* Statuses and bodies of whoami, each mapped once. */
#include "auth/ory_session.h"

#include "auth/life.h"
#include "auth/roles.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "io/http.h"
#include "io/js.h"

#include <string.h>

enum { TOKEN_MIN = 20, TOKEN_MAX = 256, TEXT_MAX = 1024 };

/* Credentials of Ory, and of Clerk's machines, that are never a session. */
static const char *const other_tokens[] = {
	"ak_",
	"mt_",
	"oat_",
	"ory_ac_",
	"ory_apikey_",
	"ory_at_",
	"ory_lo_",
	"ory_pat_",
	"ory_rt_",
	"ory_wak_",
};

bool
ory_is_session_token(const char *token)
{
	if (!str_is_from(token, STR_ALNUM "_-", TOKEN_MIN, TOKEN_MAX))
		return false;
	for (size_t i = 0; i < sizeof(other_tokens) / sizeof(*other_tokens);
	     i++)
		if (str_after(token, other_tokens[i]) != NULL)
			return false;
	return true;
}

static void
unsure(struct provider_answer *pa, const char *why)
{
	pa->answer->verdict = AUTH_UNSURE;
	pa->answer->why = why;
	pa->outcome = CALL_FAILED;
}

static void
deny(struct provider_answer *pa, const char *why)
{
	pa->answer->verdict = AUTH_DENY;
	pa->answer->why = why;
	pa->outcome = CALL_GOOD;
}

/* The string at path, copied; NULL when it is none, empty, or unsafe. */
static const char *
text(struct json_object *doc, const char *path, struct arena *a)
{
	struct js_value v = js_get(doc, path);

	if (v.kind != JS_STRING || v.len == 0 || v.len > TEXT_MAX ||
	    !str_is_header_safe(v.str))
		return NULL;
	return arena_dupn(a, v.str, v.len);
}

/* A string, or an object {first, last} as in Kratos's own sample schema. */
static const char *
full_name(struct json_object *identity, const char *path, struct arena *a)
{
	struct js_value v = js_get(identity, path);
	const char *first, *last;

	if (v.kind != JS_OBJECT)
		return text(identity, path, a);
	first = text(v.object, "first", a);
	last = text(v.object, "last", a);
	if (first == NULL || last == NULL)
		return first == NULL ? last : first;
	return arena_printf(a, "%s %s", first, last);
}

static bool
is_verified(struct json_object *identity, const char *email)
{
	struct js_value v;

	for (size_t i = 0;
	     (v = js_item(identity, "verifiable_addresses", i)).kind !=
	     JS_ABSENT;
	     i++) {
		struct js_value value, verified;

		if (v.kind != JS_OBJECT)
			continue;
		value = js_get(v.object, "value");
		verified = js_get(v.object, "verified");
		if (value.kind == JS_STRING && verified.kind == JS_BOOL &&
		    verified.flag && strcmp(value.str, email) == 0)
			return true;
	}
	return false;
}

/* Seconds since 1970; 0 when it is no time, or the year 1, Go's for never. */
static int64_t
time_of(struct json_object *doc, const char *name)
{
	struct js_value at = js_get(doc, name);
	int64_t s;

	if (at.kind != JS_STRING || clock_parse_rfc3339(at.str, &s) == -1 ||
	    s < 0)
		return 0;
	return s;
}

/* Where the time of a factor of that level belongs; or NULL. */
static int64_t *
factor_of(struct json_object *method, struct auth_ident *who)
{
	struct js_value aal = js_get(method, "aal");

	if (aal.kind == JS_STRING && strcmp(aal.str, "aal1") == 0)
		return &who->first_factor_s;
	if (aal.kind == JS_STRING && strcmp(aal.str, "aal2") == 0)
		return &who->second_factor_s;
	return NULL;
}

/* When each factor was shown for the last time. */
static void
read_factors(struct json_object *session, struct auth_ident *who)
{
	struct js_value list = js_get(session, "authentication_methods");
	struct js_value v;

	for (size_t i = 0; (v = js_element(&list, i)).kind != JS_ABSENT; i++) {
		int64_t *latest =
		    v.kind == JS_OBJECT ? factor_of(v.object, who) : NULL;
		int64_t at =
		    latest == NULL ? 0 : time_of(v.object, "completed_at");

		if (latest != NULL && at > *latest)
			*latest = at;
	}
	if (who->first_factor_s == 0)
		who->first_factor_s = time_of(session, "authenticated_at");
}

/* False: no memory. */
static bool
read_identity(struct json_object *session, struct json_object *identity,
    const struct ory_paths *paths, struct arena *a, struct auth_ident *who)
{
	const char *email = text(identity, paths->email, a);
	struct js_value roles = { .kind = JS_ABSENT };

	who->subject = text(identity, "id", a);
	who->session = text(session, "id", a);
	who->email = email == NULL ? "" : email;
	who->email_verified = email != NULL && is_verified(identity, email);
	who->name = full_name(identity, paths->name, a);
	who->aal = text(session, "authenticator_assurance_level", a);
	who->issued_s = time_of(session, "authenticated_at");
	read_factors(session, who);
	if (paths->roles[0] != '\0')
		roles = js_get(identity, paths->roles);
	return roles_read(&roles, a, &who->roles) == 0 && who->subject != NULL;
}

/* Ory-Session-Cache-For, unless it contradicts itself. */
static int64_t
promise(const struct http_reply *r)
{
	static const char name[] = "ory-session-cache-for";

	if (http_header(r, name, 1) != NULL)
		return LIFE_NO_PROMISE;
	return life_promise(http_header(r, name, 0));
}

static void
judge_session(struct json_object *session, const struct ory_paths *paths,
    int64_t now_s, struct arena *a, struct provider_answer *pa)
{
	struct js_value active = js_get(session, "active");
	struct js_value expires = js_get(session, "expires_at");
	struct js_value identity = js_get(session, "identity");
	struct js_value id = js_get(session, "identity.id");
	struct auth_answer *answer = pa->answer;
	int64_t until;

	if (active.kind != JS_BOOL || expires.kind != JS_STRING ||
	    clock_parse_rfc3339(expires.str, &until) == -1 ||
	    id.kind != JS_STRING || !str_is_uuid(id.str)) {
		unsure(pa, "a session without the members we rely on");
		return;
	}
	if (!active.flag || until <= now_s) {
		deny(pa, active.flag ? "session expired" : "session inactive");
		return;
	}
	if (!read_identity(session, identity.object, paths, a, &answer->who)) {
		unsure(pa, "out of request memory");
		return;
	}
	answer->who.expires_s = until;
	answer->verdict = AUTH_ALLOW;
	pa->outcome = CALL_GOOD;
}

/*
 * Kratos says 401 for sessions it does not know and for failures of its own
 * database alike.  A 401 of another shape is not from Kratos: somebody in
 * between refuses us.
 */
static void
judge_401(struct json_object *doc, struct provider_answer *pa)
{
	struct js_value code = js_get(doc, "error.code");
	struct js_value reason = js_get(doc, "error.reason");

	if (code.kind != JS_INT || code.num != 401)
		unsure(pa, "401, but not in Kratos's form");
	else if (reason.kind == JS_STRING &&
		 strcmp(reason.str, "Unable to determine AAL.") == 0)
		unsure(pa, "401 for an internal failure");
	else {
		deny(pa, "no such session");
		pa->doubtful = true;
	}
}

static void
judge_403(struct json_object *doc, struct provider_answer *pa)
{
	struct js_value id = js_get(doc, "error.id");

	if (id.kind != JS_STRING ||
	    strcmp(id.str, "session_aal2_required") != 0) {
		unsure(pa, "403, but not for a second factor");
		return;
	}
	pa->answer->verdict = AUTH_STEPUP;
	pa->answer->why = "second factor required";
	pa->outcome = CALL_GOOD;
}

/* One pause in seconds, by the Network's own header or the standard one. */
static void
judge_429(const struct http_reply *r, struct provider_answer *pa)
{
	unsure(pa, "over the provider's rate limit");
	pa->outcome = CALL_LIMIT;
	pa->pause_ms = http_retry_ms(r, "x-ratelimit-reset");
	if (pa->pause_ms == 0)
		pa->pause_ms = http_retry_ms(r, "retry-after");
}

static void
judge(const struct http_reply *r, const struct ory_paths *paths, int64_t now_s,
    struct arena *a, struct provider_answer *pa)
{
	struct json_object *doc = NULL;
	struct err e = { 0 };

	if (r->status != 200 && r->status != 401 && r->status != 403) {
		unsure(pa, arena_printf(a, "unexpected status %d", r->status));
		return;
	}
	/* Not asked for, so whoever encodes does not follow the contract. */
	if (http_header(r, "content-encoding", 0) != NULL) {
		unsure(pa, "an encoded answer");
		return;
	}
	doc = js_parse(r->body, r->body_len, &e);
	if (doc == NULL)
		unsure(pa, arena_printf(a, "status %d, %s", r->status, e.text));
	else if (r->status == 200)
		judge_session(doc, paths, now_s, a, pa);
	else if (r->status == 401)
		judge_401(doc, pa);
	else
		judge_403(doc, pa);
	js_free(&doc);
}

void
ory_judge(const struct http_reply *r, const struct ory_paths *paths,
    int64_t now_s, struct arena *a, struct provider_answer *pa)
{
	if (r->status == 429) {
		judge_429(r, pa);
		return;
	}
	judge(r, paths, now_s, a, pa);
	pa->promise_s = promise(r);
	/* A strange 4xx may be about this one credential, which a stranger
	 * chose: it must not close the gate for the others. */
	if (r->status >= 400 && r->status < 500 && pa->outcome == CALL_FAILED)
		pa->outcome = CALL_NONE;
}
