/* SPDX-License-Identifier: MIT */
/*
 * What a Clerk session token must say, and who it then is.  Pure.  Checks
 * return NULL or the reason why not, for the log.
 */
#ifndef AUTH_CLERK_TOKEN_H
#define AUTH_CLERK_TOKEN_H

#include "auth/auth.h"
#include "conf/conf.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct jwt;

enum {
	CLERK_NAMES_MAX = 256,  /* permissions, features */
	CLERK_DIGITS_MAX = 128, /* of one number in o.fpm */
};

struct clerk_rules {
	const struct conf_list *issuers;
	const struct conf_list *parties;  /* empty: azp is not looked at */
	const struct conf_list *audience; /* empty: aud is not looked at */
	bool native_apps;
	bool any_kid; /* the key is configured: kid need not be there */
	int64_t skew_ms;
	const char *email_claim; /* "": none */
};

/* Before any key is looked for: a session token, RS256, of our issuer. */
const char *clerk_check_header(const struct jwt *t,
    const struct clerk_rules *r);

/*
 * Behind the signature: sub, sid, sts, aud, azp and times.  header: it came
 * in Authorization, so a native app may have sent it.
 */
const char *clerk_check_claims(const struct jwt *t, const struct clerk_rules *r,
    bool header, int64_t now_ms, int64_t *exp_s);

/*
 * A cookie's token must not be older than the latest change of its client
 * (__client_uat): that is how signing out ends it.
 */
const char *clerk_check_client(const struct jwt *t, int64_t client_uat_s);

/*
 * The identity in a token that passed, of both claim versions.  A claim about
 * an organization that makes no sense is no organization; only a malformed
 * actor is a reason to refuse.  Strings are lent from the arena.
 */
const char *clerk_read(const struct jwt *t, const struct clerk_rules *r,
    struct arena *a, struct auth_ident *who);

#endif
