/* SPDX-License-Identifier: MIT */
/*
 * What a bearer token of an OpenID Connect issuer must say, and who it then
 * is.  Pure.  Checks return NULL or the reason why not, for the log.
 */
#ifndef AUTH_OIDC_TOKEN_H
#define AUTH_OIDC_TOKEN_H

#include "auth/auth.h"
#include "conf/conf.h"

#include <stdint.h>

struct arena;
struct jwt;

enum { OIDC_SUB_MAX = 255 };

/* Before any key is looked for: kind of token, algorithm, issuer. */
const char *oidc_check_header(const struct jwt *t, const struct conf_oidc *c,
    unsigned algs);

/* Behind the signature: sub, aud, times; a logout token is none. */
const char *oidc_check_claims(const struct jwt *t, const struct conf_oidc *c,
    int64_t now_ms, int64_t *exp_s);

/*
 * The identity in a token that passed; strings are lent from the arena.  The
 * only reason to refuse is memory.
 */
const char *oidc_read(const struct jwt *t, const struct conf_oidc *c,
    struct arena *a, struct auth_ident *who);

#endif
