/* SPDX-License-Identifier: MIT */
/* Four cookies, seven rules, one session. */
#include "auth/clerk_cookie.h"

#include "auth/cred.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "base/b64.h"
#include "base/str.h"
#include "io/crypt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of struct clerk_cookies' names. */
enum { PLAIN_SESSION, PLAIN_UAT, OWN_SESSION, OWN_UAT };

/* The values as sent, decoded once; NULL: not there. */
struct jar {
	const char *value[CLERK_COOKIE_NAMES];
	const char *why; /* of a refusal */
	bool no_memory;
};

/* What can be read of a session cookie without believing it. */
struct glance {
	bool issued; /* it says by whom */
	bool ours;
	int64_t iat_s; /* 0: none */
	bool expired;
	bool no_memory;
};

void
clerk_cookies_init(struct clerk_cookies *c, const char *publishable_key,
    const struct conf_list *issuers)
{
	static const char *const base[] = { "__session", "__client_uat" };
	unsigned char sum[CRYPT_SHA1_SIZE];
	char suffix[B64URL_SIZE(CRYPT_SHA1_SIZE)];

	*c = (struct clerk_cookies){ .ours = issuers };
	c->suffixed = publishable_key[0] != '\0';
	c->development = str_after(publishable_key, "pk_test_") != NULL;
	crypt_sha1(publishable_key, strlen(publishable_key), sum);
	b64url_encode(sum, sizeof(sum), suffix);
	c->names.n = c->suffixed ? CLERK_COOKIE_NAMES : OWN_SESSION;
	for (int i = 0; i < c->names.n; i++) {
		snprintf(c->text[i], sizeof(c->text[i]), "%s%s%.8s",
		    base[i % 2], i < OWN_SESSION ? "" : "_",
		    i < OWN_SESSION ? "" : suffix);
		c->names.item[i] = c->text[i];
	}
}

/* The name of the pair of n bytes: its place, or -1. */
static int
name_of(const struct clerk_cookies *c, const char *pair, size_t n)
{
	for (int i = 0; i < c->names.n; i++) {
		size_t len = strlen(c->names.item[i]);

		if (n > len && pair[len] == '=' &&
		    memcmp(pair, c->names.item[i], len) == 0)
			return i;
	}
	return -1;
}

/* Calls put() with each pair of the credential; stops when it says false. */
static void
each_pair(const struct clerk_cookies *c, const struct cred *cred,
    bool (*put)(void *ctx, int name, const char *value, size_t n), void *ctx)
{
	const char *p = cred->value;
	bool more = true;

	while (more && *p != '\0') {
		size_t n = strcspn(p, ";");
		int name = name_of(c, p, n);

		if (name != -1) {
			size_t skip = strlen(c->names.item[name]) + 1;

			more = put(ctx, name, p + skip, n - skip);
		}
		p += n;
		p += strspn(p, "; ");
	}
}

static bool
note_session(void *ctx, int name, const char *value, size_t n)
{
	bool *found = ctx;

	(void)value;
	*found = n > 0 && (name == PLAIN_SESSION || name == OWN_SESSION);
	return !*found;
}

bool
clerk_cookies_has_session(const struct clerk_cookies *c,
    const struct cred *cred)
{
	bool found = false;

	each_pair(c, cred, note_session, &found);
	return found;
}

static bool
note_client(void *ctx, int name, const char *value, size_t n)
{
	int *said = ctx; /* by name: 1 since when, -1 signed out */

	if (name == PLAIN_UAT || name == OWN_UAT)
		said[name] = n > 0 && strspn(value, STR_DIGITS) >= n &&
				     strspn(value, "0") < n
				 ? 1
				 : -1;
	return true;
}

bool
clerk_cookies_is_client(const struct clerk_cookies *c, const struct cred *cred)
{
	int said[CLERK_COOKIE_NAMES] = { 0 };

	each_pair(c, cred, note_client, said);
	/* the plain one may be another instance's */
	return said[said[OWN_UAT] != 0 ? OWN_UAT : PLAIN_UAT] == 1;
}

struct filling {
	struct jar *jar;
	struct arena *arena;
};

/* Split first, then decoded; one name twice must mean one thing. */
static bool
fill(void *ctx, int name, const char *value, size_t n)
{
	struct filling *f = ctx;
	struct jar *jar = f->jar;
	const char *text = memchr(value, '%', n) == NULL
			       ? arena_dupn(f->arena, value, n)
			       : str_percent_decode(f->arena, value, n);

	if (text == NULL) {
		jar->no_memory = arena_alloc(f->arena, n + 1) == NULL;
		jar->why = "a cookie with a broken escape";
	} else if (jar->value[name] != NULL &&
		   strcmp(jar->value[name], text) != 0) {
		jar->why = "one cookie twice, with different values";
	} else {
		jar->value[name] = text;
	}
	return jar->why == NULL;
}

static int64_t
whole_seconds(const struct jwt *t, const char *claim)
{
	struct js_value v = js_member(t->claims, claim);

	if (v.kind == JS_INT)
		return v.num;
	return v.kind == JS_REAL && v.real > 0 && v.real < 1e15
		   ? (int64_t)v.real
		   : 0;
}

static struct glance
look_at(const struct clerk_cookies *c, const char *token, int64_t now_ms,
    struct arena *a)
{
	struct glance g = { .issued = false };
	const char *issuer;
	struct jwt t;

	const char *why = token == NULL
			      ? "none"
			      : jwt_open_claims(&t, token, strlen(token), a);

	g.no_memory = why == jwt_no_memory;
	if (why == NULL) {
		issuer = jwt_str(&t, "iss", JWT_MAX);
		g.issued = issuer != NULL;
		g.ours = issuer != NULL && conf_list_has(c->ours, issuer);
		g.iat_s = whole_seconds(&t, "iat");
		g.expired = whole_seconds(&t, "exp") <= now_ms / 1000;
		jwt_close(&t);
	}
	return g;
}

static bool
is_zero(const char *uat)
{
	return uat != NULL && strcmp(uat, "0") == 0;
}

/* An empty value is how a cookie is taken away. */
static void
drop_empty(struct jar *jar)
{
	for (int i = 0; i < CLERK_COOKIE_NAMES; i++)
		if (jar->value[i] != NULL && jar->value[i][0] == '\0')
			jar->value[i] = NULL;
}

/* The rules in their order; the first that fits decides. */
static bool
use_suffixed(const struct clerk_cookies *c, const struct jar *jar,
    struct glance plain, struct glance own)
{
	const char *const *v = jar->value;

	if (!c->suffixed)
		return false;
	if (v[PLAIN_SESSION] != NULL && !plain.issued)
		return false;
	if (v[PLAIN_SESSION] != NULL && !plain.ours)
		return true; /* another instance's */
	if (v[OWN_SESSION] == NULL && v[OWN_UAT] == NULL)
		return false;
	if (!is_zero(v[OWN_UAT]) && !is_zero(v[PLAIN_UAT]) &&
	    plain.iat_s > own.iat_s)
		return false; /* both are signed in, it is newer */
	if (is_zero(v[OWN_UAT]) && !is_zero(v[PLAIN_UAT]))
		return false;
	if (c->development && is_zero(v[PLAIN_UAT]) && !is_zero(v[OWN_UAT]) &&
	    own.expired)
		return false;
	return v[OWN_SESSION] == NULL || v[OWN_UAT] != NULL;
}

enum clerk_choice
clerk_cookies_choose(const struct clerk_cookies *c, const struct cred *cred,
    int64_t now_ms, struct arena *a, struct clerk_chosen *chosen)
{
	enum { UAT_DIGITS = 12 };
	struct jar jar = { .why = NULL };
	struct filling f = { &jar, a };
	struct glance plain = { .issued = false }, own = plain;
	const char *uat;

	*chosen = (struct clerk_chosen){ .token = NULL };
	each_pair(c, cred, fill, &f);
	drop_empty(&jar);
	if (c->suffixed && jar.why == NULL) {
		plain = look_at(c, jar.value[PLAIN_SESSION], now_ms, a);
		own = look_at(c, jar.value[OWN_SESSION], now_ms, a);
		jar.no_memory = plain.no_memory || own.no_memory;
	}
	if (jar.why != NULL || jar.no_memory) {
		chosen->why = jar.no_memory ? "out of memory" : jar.why;
		return jar.no_memory ? CLERK_NO_MEMORY : CLERK_REFUSED;
	}
	if (use_suffixed(c, &jar, plain, own)) {
		chosen->token = jar.value[OWN_SESSION];
		uat = jar.value[OWN_UAT];
	} else {
		chosen->token = jar.value[PLAIN_SESSION];
		uat = jar.value[PLAIN_UAT];
	}
	if (chosen->token == NULL) {
		chosen->why = "no session cookie of this instance";
		return CLERK_NO_SESSION;
	}
	if (uat != NULL && str_is_from(uat, STR_DIGITS, 1, UAT_DIGITS))
		chosen->client_uat_s = strtoll(uat, NULL, 10);
	if (chosen->client_uat_s == 0) {
		chosen->why = "signed out: __client_uat";
		return CLERK_REFUSED;
	}
	return CLERK_TOKEN;
}
