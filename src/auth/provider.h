/* SPDX-License-Identifier: MIT */
/* What an identity provider must be able to do. */
#ifndef AUTH_PROVIDER_H
#define AUTH_PROVIDER_H

#include "auth/auth.h"
#include "auth/outside.h"

struct barred;
struct conf_list;
struct http_reply;
struct jwt;
struct sessions_options;

/* What check() fills in. */
struct provider_answer {
	struct auth_answer *answer;
	/* of providers that are asked each time, for auth.c: */
	enum call_outcome outcome;
	int64_t pause_ms; /* CALL_LIMIT; 0: it named none */
	/* AUTH_DENY that an outage at the provider looks like as well */
	bool doubtful;
	/* set before: what was kept is revoked, or is being signed out, so
	 * that a refusal would be no surprise */
	bool expected;
	/* AUTH_ALLOW: it holds for so many seconds; LIFE_NO_PROMISE */
	int64_t promise_s;
};

/* What a provider is made of. */
struct provider_setup {
	const struct conf *conf;
	const char *name;              /* as in `providers`; lent by conf */
	const struct outside *outside; /* these two outlive the provider */
	const struct barred *barred;
};

/*
 * A row of auth.c's table.  open() runs in the worker and connects to
 * nothing; check() blocks no longer than its timeout and the deadline; every
 * member is set, but for what only those need that are asked each time.
 */
struct auth_provider {
	const char *kind;
	/* a check is a call: sessions.c is before it, with its gate.  Else
	 * the provider sees to that itself, when it calls at all */
	bool asked_each_time;
	void *(*open)(const struct provider_setup *s, struct err *e);
	void (*close)(void **state);
	/* the names of its cookies; an empty list: none are accepted */
	const struct conf_list *(*cookies)(const void *state);
	/*
	 * Could the credential be one of this provider's?  Asks nobody.  `t`
	 * is the token when it is a JWT in a header, not verified; else NULL.
	 * A cookie credential holds only pairs of cookies().
	 */
	bool (*takes)(const void *state, const struct cred *c,
	    const struct jwt *t);
	/* of those asked each time: fills in life and timeout_ms */
	void (*keeping)(const void *state, struct sessions_options *o);
	void (*check)(void *state, const struct auth_request *rq,
	    const struct jwt *t, struct provider_answer *pa);
	bool (*probe)(void *state, int64_t deadline, struct arena *arena,
	    const char **why);
	void (*login_info)(const void *state, const char *return_to,
	    struct buf *b);
	/* appends the URL to an empty buffer, or nothing: see
	 * auth_page_url() */
	void (*page)(const void *state, enum auth_page page,
	    const char *return_to, struct buf *b);
	/*
	 * See auth_sign_out(): the URL and AUTH_ALLOW, or NULL; fills in *pa
	 * as check() does, AUTH_DENY where there is no such session.  Asked
	 * only of cookies.  NULL: page(AUTH_PAGE_LOGOUT) will do.
	 */
	const char *(*sign_out)(void *state, const struct auth_request *rq,
	    const char *return_to, struct provider_answer *pa);
	/* see auth_is_renewable(); NULL: never */
	bool (*renewable)(const void *state, const struct cred *cookies);
	int64_t (*take_spent_us)(void *state);
};

/* "Could not find out", why, and when it is worth asking again (0: soon). */
void auth_unsure(struct auth_answer *answer, const char *why, int64_t retry_ms);

extern const struct auth_provider auth_clerk;
extern const struct auth_provider auth_oidc;
extern const struct auth_provider auth_ory;

#endif
