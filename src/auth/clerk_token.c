/* SPDX-License-Identifier: MIT */
/* The checks on a session token, in their order. */
#include "auth/clerk_token.h"

#include "auth/clerk_org.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "base/str.h"

#include <string.h>

enum { ID_MAX = 64, CLAIM_MAX = 2048, EMAIL_MAX = 320 };

/* Clerk's categories of tokens; others (templates, machines) are refused. */
static const char *const categories[] = {
	"cl_B7d4PD111AAA", /* session */
	"cl_I7d4PD111III", /* untagged */
	NULL,
};

static bool
is_one_of(const char *const *list, const char *text)
{
	while (*list != NULL && strcmp(*list, text) != 0)
		list++;
	return *list != NULL;
}

const char *
clerk_check_header(const struct jwt *t, const struct clerk_rules *r)
{
	static const char *const types[] = { "JWT", NULL };
	struct js_value cat = js_member(t->header, "cat");
	const char *why, *issuer;

	if (cat.kind != JS_ABSENT &&
	    (cat.kind != JS_STRING || !is_one_of(categories, cat.str)))
		return "not a session token: cat";
	if ((why = jwt_check_type(t, types, false)) != NULL)
		return why;
	if (t->alg != KEY_RS256)
		return "alg is not RS256";
	issuer = jwt_str(t, "iss", CLAIM_MAX);
	if (issuer == NULL || !conf_list_has(r->issuers, issuer))
		return "its issuer is not configured";
	if (t->kid == NULL && !r->any_kid)
		return "no key id";
	return NULL;
}

/* prefix and 1..64 letters and digits */
static bool
is_id(const char *text, const char *prefix)
{
	const char *rest = text == NULL ? NULL : str_after(text, prefix);

	return rest != NULL && str_is_from(rest, STR_ALNUM, 1, ID_MAX);
}

static const char *
check_party(const struct jwt *t, const struct clerk_rules *r, bool header)
{
	struct js_value azp = js_member(t->claims, "azp");

	if (r->parties->n == 0)
		return NULL;
	if (azp.kind == JS_ABSENT && r->native_apps && header)
		return NULL;
	if (azp.kind != JS_STRING || azp.len == 0)
		return "no azp";
	if (!conf_list_has(r->parties, azp.str))
		return "azp is not an authorized party";
	return NULL;
}

static const char *
check_status(const struct jwt *t)
{
	struct js_value sts = js_member(t->claims, "sts");

	if (sts.kind == JS_ABSENT ||
	    (sts.kind == JS_STRING && strcmp(sts.str, "active") == 0))
		return NULL;
	return "the session is not active: sts";
}

const char *
clerk_check_claims(const struct jwt *t, const struct clerk_rules *r,
    bool header, int64_t now_ms, int64_t *exp_s)
{
	const char *why;

	if (!is_id(jwt_str(t, "sub", CLAIM_MAX), "user_"))
		return "sub is not a user's id";
	if (!is_id(jwt_str(t, "sid", CLAIM_MAX), "sess_"))
		return "sid is not a session's id";
	if ((why = check_status(t)) != NULL)
		return why;
	if (r->audience->n > 0 &&
	    (why = jwt_check_audience(t, r->audience)) != NULL)
		return why;
	if ((why = check_party(t, r, header)) != NULL)
		return why;
	return jwt_check_times(t, now_ms, r->skew_ms, exp_s);
}

const char *
clerk_check_client(const struct jwt *t, int64_t client_uat_s)
{
	struct js_value iat = js_member(t->claims, "iat");
	double at = iat.kind == JS_INT ? (double)iat.num : iat.real;

	if (iat.kind != JS_INT && iat.kind != JS_REAL)
		return "no iat";
	if (!(at >= (double)client_uat_s))
		return "older than the client's latest change";
	return NULL;
}

/* Minutes before the token was issued, -1: never; 0: when is not known. */
static int64_t
shown_at(const struct jwt *t, int64_t minutes)
{
	int64_t iat_s = jwt_issued(t);

	return minutes < 0 || minutes > iat_s / 60 ? 0 : iat_s - minutes * 60;
}

/* fva: minutes since the first and the second factor. */
static void
read_factors(const struct jwt *t, struct auth_ident *who)
{
	struct js_value fva = js_member(t->claims, "fva");
	struct js_value first = js_element(&fva, 0);
	struct js_value second = js_element(&fva, 1);

	who->aal = "aal1";
	if (fva.kind != JS_ARRAY || fva.n_items != 2 || first.kind != JS_INT ||
	    second.kind != JS_INT || first.num < -1 || second.num < -1)
		return;
	if (second.num >= 0)
		who->aal = "aal2";
	who->first_factor_s = shown_at(t, first.num);
	who->second_factor_s = shown_at(t, second.num);
}

/* Impersonation: who acts must be told, or nothing is believed. */
static const char *
read_actor(const struct jwt *t, struct arena *a, struct auth_ident *who)
{
	struct js_value act = js_member(t->claims, "act");
	struct js_value sub;

	if (act.kind == JS_ABSENT)
		return NULL;
	if (act.kind != JS_OBJECT)
		return "act is malformed";
	sub = js_member(act.object, "sub");
	if (sub.kind != JS_STRING || sub.len == 0 || sub.len > CLAIM_MAX)
		return "act is malformed";
	who->actor = arena_dup(a, sub.str);
	return who->actor == NULL ? jwt_no_memory : NULL;
}

static const char *
read_email(const struct jwt *t, const char *path, struct arena *a,
    struct auth_ident *who)
{
	struct js_value email = { .kind = JS_ABSENT };
	struct js_value verified = js_member(t->claims, "email_verified");

	who->email = "";
	if (path[0] != '\0')
		email = jwt_claim(t, path);
	if (email.kind != JS_STRING || email.len > EMAIL_MAX)
		return NULL;
	who->email = arena_dup(a, email.str);
	who->email_verified = verified.kind == JS_BOOL && verified.flag;
	return who->email == NULL ? jwt_no_memory : NULL;
}

const char *
clerk_read(const struct jwt *t, const struct clerk_rules *r, struct arena *a,
    struct auth_ident *who)
{
	const char *why;

	who->subject = arena_dup(a, jwt_str(t, "sub", CLAIM_MAX));
	who->session = arena_dup(a, jwt_str(t, "sid", CLAIM_MAX));
	read_factors(t, who);
	if (who->subject == NULL || who->session == NULL ||
	    clerk_read_org(t, a, who) == -1)
		return jwt_no_memory;
	if ((why = read_email(t, r->email_claim, a, who)) != NULL)
		return why;
	return read_actor(t, a, who);
}
