/* SPDX-License-Identifier: MIT */
/* The checks on a bearer token, and its claims. */
#include "auth/oidc_token.h"

#include "auth/jwt.h"
#include "auth/roles.h"
#include "base/arena.h"
#include "base/str.h"

#include <string.h>

enum { ISSUER_MAX = 2048, EMAIL_MAX = 320, NAME_MAX_LEN = 512, SID_MAX = 256 };

const char *
oidc_check_header(const struct jwt *t, const struct conf_oidc *c, unsigned algs)
{
	static const char *const types[] = { "JWT", "at+jwt",
		"application/at+jwt", NULL };
	const char *why = jwt_check_type(t, types, true);
	const char *issuer = jwt_str(t, "iss", ISSUER_MAX);

	if (why != NULL)
		return why;
	if ((algs & KEY_BIT(t->alg)) == 0)
		return "alg is not one of the configured algorithms";
	if (issuer == NULL || strcmp(issuer, c->issuer) != 0)
		return "its issuer is not configured";
	return NULL;
}

static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

const char *
oidc_check_claims(const struct jwt *t, const struct conf_oidc *c,
    int64_t now_ms, int64_t *exp_s)
{
	const char *sub = jwt_str(t, "sub", OIDC_SUB_MAX);
	const char *why;

	if (sub == NULL || !is_printable(sub))
		return "sub is not 1 to 255 printable characters";
	/* OpenID Connect Back-Channel Logout 1.0, 2.4 */
	if (js_member(t->claims, "events").kind != JS_ABSENT)
		return "a logout token: events";
	if ((why = jwt_check_audience(t, &c->audience)) != NULL)
		return why;
	return jwt_check_times(t, now_ms, c->clock_skew, exp_s);
}

/* Some issuers write booleans as strings. */
static bool
says(const struct js_value *v, bool what)
{
	return (v->kind == JS_BOOL && v->flag == what) ||
	       (v->kind == JS_STRING &&
		   strcmp(v->str, what ? "true" : "false") == 0);
}

static const char *
copy_claim(const struct jwt *t, const char *path, size_t max, struct arena *a,
    const char **out)
{
	struct js_value v = { .kind = JS_ABSENT };

	if (path[0] != '\0')
		v = jwt_claim(t, path);
	if (v.kind != JS_STRING || v.len == 0 || v.len > max)
		return NULL;
	*out = arena_dup(a, v.str);
	return *out == NULL ? jwt_no_memory : NULL;
}

/* What the configuration takes for a second factor; NULL: it does not say. */
static const char *
assurance(const struct jwt *t, const struct conf_oidc *c)
{
	struct js_value acr = js_member(t->claims, "acr");
	struct js_value amr = js_member(t->claims, "amr");

	if (c->aal2_acr.n + c->aal2_amr.n == 0)
		return NULL;
	if (acr.kind == JS_STRING && conf_list_has(&c->aal2_acr, acr.str))
		return "aal2";
	for (size_t i = 0; amr.kind == JS_ARRAY && i < amr.n_items; i++) {
		struct js_value v = js_element(&amr, i);

		if (v.kind == JS_STRING && conf_list_has(&c->aal2_amr, v.str))
			return "aal2";
	}
	return "aal1";
}

/* One time for all that was shown then (OpenID Connect Core 1.0, 2). */
static void
read_factors(const struct jwt *t, struct auth_ident *who)
{
	who->first_factor_s = jwt_time(t, "auth_time");
	if (who->aal != NULL && strcmp(who->aal, "aal2") == 0)
		who->second_factor_s = who->first_factor_s;
}

/*
 * What vouches for the address: the claim email_verified beside a claim that is
 * named email (OpenID Connect Core 1.0, 5.1).  It says nothing of any other,
 * which people may be free to fill in.
 */
static struct js_value
voucher(const struct jwt *t, const char *email_claim, struct arena *a)
{
	static const char email[] = "email";
	struct js_value none = { .kind = JS_ABSENT };
	const char *dot = strrchr(email_claim, '.');
	const char *last = dot == NULL ? email_claim : dot + 1;
	const char *path;

	if (strcmp(last, email) != 0)
		return none;
	path = arena_printf(a, "%.*semail_verified", (int)(last - email_claim),
	    email_claim);
	return path == NULL ? none : jwt_claim(t, path);
}

const char *
oidc_read(const struct jwt *t, const struct conf_oidc *c, struct arena *a,
    struct auth_ident *who)
{
	struct js_value any = js_member(t->claims, "email_verified");
	struct js_value verified = voucher(t, c->email_claim, a);
	struct js_value roles = { .kind = JS_ABSENT };
	const char *why;

	who->email = "";
	if ((why = copy_claim(t, "sub", OIDC_SUB_MAX, a, &who->subject)) !=
		NULL ||
	    (why = copy_claim(t, "sid", SID_MAX, a, &who->session)) != NULL ||
	    (why = copy_claim(t, c->name_claim, NAME_MAX_LEN, a, &who->name)) !=
		NULL)
		return why;
	if (!says(&verified, false) && !says(&any, false) &&
	    (why = copy_claim(t, c->email_claim, EMAIL_MAX, a, &who->email)) !=
		NULL)
		return why;
	who->email_verified = who->email[0] != '\0' && says(&verified, true);
	who->aal = assurance(t, c);
	read_factors(t, who);
	if (c->roles_claim[0] != '\0')
		roles = jwt_claim(t, c->roles_claim);
	return roles_read(&roles, a, &who->roles) == -1 ? jwt_no_memory : NULL;
}
