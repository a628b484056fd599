/* SPDX-License-Identifier: MIT */
/*
 * Clerk: session tokens verified here, against the instance's keys; its users
 * are asked only for an email address or a name.
 */
#include "auth/barred.h"
#include "auth/clerk_api.h"
#include "auth/clerk_cookie.h"
#include "auth/clerk_token.h"
#include "auth/clerk_users.h"
#include "auth/jwt.h"
#include "auth/keys.h"
#include "auth/pages.h"
#include "auth/provider.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/publishable.h"
#include "shm/shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URL_SIZE = 2304 };

struct clerk {
	const struct conf_clerk *c;
	const char *name;
	const struct barred *barred;
	struct keys *keys;
	struct clerk_users *users; /* NULL: nobody is looked up */
	struct clerk_rules rules;
	struct clerk_cookies cookies;
	struct conf_list issuers;
	struct conf_list none;
	/* of our line: a copy, as the line itself is anybody's to write */
	unsigned char scope[UPSTREAM_SCOPE_SIZE];
	char host[PUBLISHABLE_HOST_MAX + 1]; /* frontend API; "" unknown */
	char issuer[URL_SIZE];               /* by the publishable key */
	char api_url[URL_SIZE];              /* without final slashes */
	char jwks_url[URL_SIZE];
	char portal[URL_SIZE]; /* of the Account Portal; "" unknown */
};

/* The Account Portal's host has "accounts." for the first "clerk." */
static void
set_portal(struct clerk *k)
{
	static const char *const from[] = { "clerk.accounts.", "clerk." };

	for (size_t i = 0; i < 2 && k->portal[0] == '\0'; i++) {
		const char *at = strstr(k->host, from[i]);

		if (at != NULL)
			snprintf(k->portal, URL_SIZE, "https://%.*saccounts.%s",
			    (int)(at - k->host), k->host, at + strlen(from[i]));
	}
}

static void
set_urls(struct clerk *k)
{
	size_t n = strlen(k->c->api_url);
	struct err ignored = { 0 };

	while (n > 0 && k->c->api_url[n - 1] == '/')
		n--;
	snprintf(k->api_url, URL_SIZE, "%.*s", (int)n, k->c->api_url);
	snprintf(k->jwks_url, URL_SIZE, "%.2200s/v1/jwks", k->api_url);
	k->issuers = k->c->issuer;
	if (k->c->publishable_key[0] == '\0')
		return;
	publishable_host(k->c->publishable_key, k->host, &ignored);
	snprintf(k->issuer, URL_SIZE, "https://%s", k->host);
	if (k->issuers.n == 0)
		k->issuers = (struct conf_list){ 1, { k->issuer } };
	set_portal(k);
}

static int
open_keys(struct clerk *k, const struct outside *outside, struct err *e)
{
	const struct keys_options o = {
		.pem = k->c->jwt_key,
		.url = k->jwks_url,
		.issuer = "",
		.secret = k->c->secret_key,
		.header = CLERK_API_VERSION,
		.algs = KEY_BIT(KEY_RS256),
		.timeout_ms = (int)k->c->timeout,
		.ca_file = "",
		.outside = outside,
	};

	k->keys = keys_new(&o, e);
	return k->keys == NULL ? -1 : 0;
}

static int
open_users(struct clerk *k, const struct outside *outside, struct err *e)
{
	const struct clerk_users_options o = {
		.api_url = k->api_url,
		.secret = k->c->secret_key,
		.timeout_ms = (int)k->c->timeout,
		.ttl_ms = k->c->user_ttl,
		.scope = k->scope,
		.provider = k->name,
		.barred = k->barred,
		.outside = outside,
	};

	if (k->c->secret_key[0] == '\0' || k->c->email_claim[0] != '\0')
		return 0;
	memcpy(k->scope, outside->line->scope, sizeof(k->scope));
	k->users = clerk_users_new(&o);
	return k->users == NULL ? err_set(e, ERR_BUG, "out of memory") : 0;
}

static void
clerk_close(void **state)
{
	struct clerk *k = *state;

	if (k != NULL) {
		keys_free(&k->keys);
		clerk_users_free(&k->users);
	}
	free(k);
	*state = NULL;
}

static void *
clerk_open(const struct provider_setup *s, struct err *e)
{
	void *state = calloc(1, sizeof(struct clerk));
	struct clerk *k = state;

	if (k == NULL) {
		err_set(e, ERR_BUG, "out of memory");
		return NULL;
	}
	k->c = &s->conf->clerk;
	k->name = s->name;
	k->barred = s->barred;
	set_urls(k);
	clerk_cookies_init(&k->cookies, k->c->publishable_key, &k->issuers);
	k->rules = (struct clerk_rules){
		.issuers = &k->issuers,
		.parties = &k->c->authorized_parties,
		.audience = &k->c->audience,
		.native_apps = k->c->native_apps,
		.any_kid = k->c->jwt_key[0] != '\0',
		.skew_ms = k->c->clock_skew,
		.email_claim = k->c->email_claim,
	};
	if (open_keys(k, s->outside, e) == -1 ||
	    open_users(k, s->outside, e) == -1)
		clerk_close(&state);
	return state;
}

static const struct conf_list *
clerk_cookies(const void *state)
{
	const struct clerk *k = state;

	return k->c->cookies ? &k->cookies.names : &k->none;
}

static bool
clerk_takes(const void *state, const struct cred *c, const struct jwt *t)
{
	const struct clerk *k = state;
	const char *issuer;

	if (c->kind == CRED_COOKIE)
		return clerk_cookies_has_session(&k->cookies, c);
	issuer = t == NULL ? NULL : jwt_str(t, "iss", URL_SIZE);
	return issuer != NULL && conf_list_has(&k->issuers, issuer);
}

/* No, unless it was our memory that did not suffice. */
static void
refuse(struct auth_answer *answer, const char *why)
{
	answer->verdict = why == jwt_no_memory ? AUTH_UNSURE : AUTH_DENY;
	answer->why = why;
}

/*
 * Email and name, for those who want them.  Who is revoked is refused by
 * auth.c, whether Clerk can be asked or not.
 */
static void
add_contact(struct clerk *k, const struct auth_request *rq,
    struct auth_answer *answer)
{
	struct auth_ident *who = &answer->who;
	struct clerk_user user;

	if (!rq->wants_contact || k->users == NULL ||
	    barred_refuses(k->barred, k->name, who))
		return;
	clerk_users_find(k->users, who->subject, rq, &user, answer);
	if (answer->verdict != AUTH_ALLOW)
		return;
	who->email = arena_dup(rq->arena, user.email);
	who->email_verified = user.email[0] != '\0';
	if (user.name[0] != '\0')
		who->name = arena_dup(rq->arena, user.name);
	if (who->email == NULL || (user.name[0] != '\0' && who->name == NULL))
		refuse(answer, jwt_no_memory);
}

/* The checks on a token, in the order that clerk_token.h tells. */
static void
check_token(struct clerk *k, const struct auth_request *rq, const struct jwt *t,
    const struct clerk_chosen *cookie, struct auth_answer *answer)
{
	struct auth_ident *who = &answer->who;
	const char *why = clerk_check_header(t, &k->rules);

	if (why == NULL) {
		keys_check(k->keys, t, rq->deadline, rq->arena, answer);
		if (answer->verdict != AUTH_ALLOW)
			return;
		why = clerk_check_claims(t, &k->rules, cookie == NULL,
		    clock_wall_ms(), &who->expires_s);
	}
	if (why == NULL && cookie != NULL)
		why = clerk_check_client(t, cookie->client_uat_s);
	if (why == NULL) {
		who->issued_s = jwt_issued(t);
		why = clerk_read(t, &k->rules, rq->arena, who);
	}
	if (why != NULL)
		refuse(answer, why);
	else
		add_contact(k, rq, answer);
}

static void
check_cookie(struct clerk *k, const struct auth_request *rq,
    struct auth_answer *answer)
{
	static const enum auth_verdict verdicts[] = {
		[CLERK_NO_SESSION] = AUTH_ANON,
		[CLERK_REFUSED] = AUTH_DENY,
		[CLERK_NO_MEMORY] = AUTH_UNSURE,
	};
	struct clerk_chosen chosen;
	enum clerk_choice choice = clerk_cookies_choose(&k->cookies, &rq->cred,
	    clock_wall_ms(), rq->arena, &chosen);
	const char *why;
	struct jwt t;

	if (choice != CLERK_TOKEN) {
		answer->verdict = verdicts[choice];
		answer->why = chosen.why;
		return;
	}
	why = jwt_open(&t, chosen.token, strlen(chosen.token), rq->arena);
	if (why == NULL)
		check_token(k, rq, &t, &chosen, answer);
	else
		refuse(answer, why);
	jwt_close(&t);
}

static void
clerk_check(void *state, const struct auth_request *rq, const struct jwt *t,
    struct provider_answer *pa)
{
	if (rq->cred.kind == CRED_COOKIE)
		check_cookie(state, rq, pa->answer);
	else
		check_token(state, rq, t, NULL, pa->answer);
}

static bool
clerk_probe(void *state, int64_t deadline, struct arena *arena,
    const char **why)
{
	return keys_probe(((struct clerk *)state)->keys, deadline, arena, why);
}

/*
 * A page of ours, else of the portal; there is none for a second factor: that
 * is between clerk-js and the site.
 */
static void
clerk_page(const void *state, enum auth_page page, const char *return_to,
    struct buf *b)
{
	const struct clerk *k = state;
	/* whoever has a sign-in page of their own has sign-up behind it */
	const char *sign_up = k->portal[0] != '\0' ? "" : k->c->sign_in_url;
	const struct {
		const char *own, *path;
	} pages[AUTH_PAGES] = {
		[AUTH_PAGE_LOGIN] = { k->c->sign_in_url, "/sign-in" },
		[AUTH_PAGE_REGISTRATION] = { sign_up, "/sign-up" },
		[AUTH_PAGE_LOGOUT] = { k->c->sign_out_url, "/user" },
	};
	const char *own = pages[page].own;

	if (own == NULL || (own[0] == '\0' && k->portal[0] == '\0'))
		return;
	buf_str(b, own[0] != '\0' ? own : k->portal);
	buf_str(b, own[0] != '\0' ? "" : pages[page].path);
	pages_add_return(b, "redirect_url", return_to);
}

static void
clerk_login_info(const void *state, const char *return_to, struct buf *b)
{
	const struct clerk *k = state;

	buf_str(b, "\"provider\":\"clerk\",\"publishableKey\":");
	buf_json(b, k->c->publishable_key);
	buf_str(b, ",\"frontendApi\":");
	buf_json(b, k->host);
	pages_add_members(&auth_clerk, k, return_to, b);
}

static bool
clerk_renewable(const void *state, const struct cred *cookies)
{
	const struct clerk *k = state;

	return clerk_cookies_is_client(&k->cookies, cookies);
}

static int64_t
clerk_take_spent_us(void *state)
{
	struct clerk *k = state;

	return keys_take_spent_us(k->keys) +
	       (k->users == NULL ? 0 : clerk_users_take_spent_us(k->users));
}

const struct auth_provider auth_clerk = {
	.kind = "clerk",
	.open = clerk_open,
	.close = clerk_close,
	.cookies = clerk_cookies,
	.takes = clerk_takes,
	.check = clerk_check,
	.probe = clerk_probe,
	.login_info = clerk_login_info,
	.page = clerk_page,
	.renewable = clerk_renewable,
	.take_spent_us = clerk_take_spent_us,
};
