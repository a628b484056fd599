/* SPDX-License-Identifier: MIT */
/* Bearer tokens of any OpenID Connect issuer, verified here. */
#include "auth/jwt.h"
#include "auth/keys.h"
#include "auth/oidc_token.h"
#include "auth/pages.h"
#include "auth/provider.h"
#include "base/buf.h"
#include "base/clock.h"
#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>

struct oidc {
	const struct conf_oidc *c;
	struct keys *keys;
	unsigned algs; /* KEY_BIT()s */
	struct conf_list none;
};

static void
oidc_close(void **state)
{
	struct oidc *o = *state;

	if (o != NULL)
		keys_free(&o->keys);
	free(o);
	*state = NULL;
}

static void *
oidc_open(const struct provider_setup *s, struct err *e)
{
	void *state = calloc(1, sizeof(struct oidc));
	struct oidc *o = state;
	struct keys_options k = { .pem = "", .secret = "" };

	if (o == NULL) {
		err_set(e, ERR_BUG, "out of memory");
		return NULL;
	}
	o->c = conf_find_oidc(s->conf, s->name);
	for (int i = 0; i < o->c->algorithms.n; i++)
		o->algs |= KEY_BIT(key_alg_find(o->c->algorithms.item[i],
		    strlen(o->c->algorithms.item[i])));
	k.url = o->c->jwks_url;
	k.issuer = o->c->issuer;
	k.algs = o->algs;
	k.timeout_ms = (int)o->c->timeout;
	k.ca_file = o->c->ca_file;
	k.outside = s->outside;
	if ((o->keys = keys_new(&k, e)) == NULL)
		oidc_close(&state);
	return state;
}

static const struct conf_list *
oidc_cookies(const void *state)
{
	return &((const struct oidc *)state)->none;
}

static bool
oidc_takes(const void *state, const struct cred *c, const struct jwt *t)
{
	const struct oidc *o = state;
	const char *issuer = t == NULL ? NULL : jwt_str(t, "iss", JWT_MAX);

	(void)c;
	return issuer != NULL && strcmp(issuer, o->c->issuer) == 0;
}

static void
oidc_check(void *state, const struct auth_request *rq, const struct jwt *t,
    struct provider_answer *pa)
{
	struct auth_answer *answer = pa->answer;
	struct auth_ident *who = &answer->who;
	struct oidc *o = state;
	const char *why = oidc_check_header(t, o->c, o->algs);

	if (why == NULL) {
		keys_check(o->keys, t, rq->deadline, rq->arena, answer);
		if (answer->verdict != AUTH_ALLOW)
			return;
		why = oidc_check_claims(t, o->c, clock_wall_ms(),
		    &who->expires_s);
	}
	if (why == NULL) {
		who->issued_s = jwt_issued(t);
		why = oidc_read(t, o->c, rq->arena, who);
	}
	if (why != NULL) {
		answer->verdict =
		    why == jwt_no_memory ? AUTH_UNSURE : AUTH_DENY;
		answer->why = why;
	} else if (o->c->require_aal2 && strcmp(who->aal, "aal2") != 0) {
		answer->verdict = AUTH_STEPUP;
		answer->why = "neither acr nor amr tells of a second factor";
		if (o->c->login_url[0] != '\0')
			answer->step_up_url = o->c->login_url;
	}
}

static bool
oidc_probe(void *state, int64_t deadline, struct arena *arena, const char **why)
{
	return keys_probe(((struct oidc *)state)->keys, deadline, arena, why);
}

/*
 * Pages of the front end, which alone knows how to sign in at the issuer, and
 * has to ask there for the second factor, too.
 */
static void
oidc_page(const void *state, enum auth_page page, const char *return_to,
    struct buf *b)
{
	const struct conf_oidc *c = ((const struct oidc *)state)->c;
	const char *const url[AUTH_PAGES] = {
		[AUTH_PAGE_LOGIN] = c->login_url,
		[AUTH_PAGE_REGISTRATION] = c->registration_url,
		[AUTH_PAGE_LOGOUT] = c->logout_url,
		[AUTH_PAGE_STEPUP] = NULL,
	};

	if (url[page] != NULL)
		buf_str(b, url[page]);
	pages_add_return(b, "return_to", return_to);
}

static void
add_member(struct buf *b, const char *member, const char *value)
{
	buf_str(b, member);
	buf_json(b, value);
}

static void
oidc_login_info(const void *state, const char *return_to, struct buf *b)
{
	const struct conf_oidc *c = ((const struct oidc *)state)->c;

	add_member(b, "\"provider\":\"oidc\",\"name\":", c->name);
	add_member(b, ",\"issuer\":", c->issuer);
	add_member(b, ",\"clientId\":", c->client_id);
	buf_str(b, ",\"audience\":[");
	for (int i = 0; i < c->audience.n; i++) {
		buf_str(b, i > 0 ? "," : "");
		buf_json(b, c->audience.item[i]);
	}
	buf_char(b, ']');
	pages_add_members(&auth_oidc, state, return_to, b);
}

static int64_t
oidc_take_spent_us(void *state)
{
	return keys_take_spent_us(((struct oidc *)state)->keys);
}

const struct auth_provider auth_oidc = {
	.kind = "oidc",
	.open = oidc_open,
	.close = oidc_close,
	.cookies = oidc_cookies,
	.takes = oidc_takes,
	.check = oidc_check,
	.probe = oidc_probe,
	.login_info = oidc_login_info,
	.page = oidc_page,
	.take_spent_us = oidc_take_spent_us,
};
