/* SPDX-License-Identifier: MIT */
/*
 * A set of public keys (JWK Set, RFC 7517), read as one provider's and used
 * as a whole: which key a token must have been signed with.  Pure: who
 * fetches and shares it is elsewhere.
 */
#ifndef AUTH_JWKS_H
#define AUTH_JWKS_H

#include "base/err.h"
#include "io/key.h"

#include <stdbool.h>
#include <stddef.h>

struct jwt;

enum {
	JWKS_TEXT_MAX = 64 * 1024,
	JWKS_KEYS_MAX = 64, /* in the text, usable or not */
};

/* Owned; holds nothing of the text. */
struct jwks;
void jwks_free(struct jwks **set);

/*
 * Reads a set for tokens signed by one of `algs` (KEY_BIT()s).  Usable keys:
 * kty RSA, EC or OKP that key.h accepts and that serves one of `algs`; `use`
 * absent or "sig"; `key_ops` absent or with "verify"; `alg` absent, or one of
 * `algs` that fits the key; `kid` absent or a string a token can name; no
 * private member.  Others are passed over.  NULL and *e (ERR_DOWN: as if it
 * had not been fetched) when the text is no strict JSON of that shape, is too
 * long, holds no usable key, or two different ones of one kid; ERR_BUG
 * without memory.
 */
struct jwks *jwks_parse(const char *text, size_t len, unsigned algs,
    struct err *e);

/*
 * A set of one key that serves any kid and none, from the configuration.  The
 * key is taken (*key becomes NULL), also on failure.  NULL and *e: ERR_CONFIG
 * when the key serves none of `algs`.
 */
struct jwks *jwks_of_key(struct key **key, unsigned algs, struct err *e);

/* How many usable keys there are. */
int jwks_count(const struct jwks *set);

enum jwks_answer {
	JWKS_FOUND,
	JWKS_UNKNOWN_KID, /* a newer set may have it */
	JWKS_UNFIT,       /* the key of that kid does not serve this `alg` */
	JWKS_NO_KID,      /* none named, and not exactly one key fits */
};

/*
 * The key for a token: the one of its kid, byte for byte, or the only one
 * that fits where it names none.  The token's `alg` has to be one of the
 * set's, equal to the JWK's where that names one, and fit the key.  *key is
 * lent by the set; NULL but for JWKS_FOUND.
 */
enum jwks_answer jwks_find(const struct jwks *set, const struct jwt *t,
    struct key **key);

/* The answer as a reason for the log; NULL for JWKS_FOUND. */
const char *jwks_why(enum jwks_answer answer);

#endif
