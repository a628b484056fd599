/* SPDX-License-Identifier: MIT */
/*
 * Public keys and what they sign, by libcrypto.  The only file that knows
 * asymmetric keys.  An algorithm belongs to a kind of key and nothing here
 * lets another use it; there is no "none" and no HMAC.  Those that verify are
 * made after the fork.
 */
#ifndef IO_KEY_H
#define IO_KEY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* RFC 7518 section 3.1 and RFC 8037; the rest of the registry is not ours. */
enum key_alg {
	KEY_NO_ALG,
	KEY_RS256,
	KEY_RS384,
	KEY_RS512,
	KEY_PS256,
	KEY_PS384,
	KEY_PS512,
	KEY_ES256,
	KEY_ES384,
	KEY_ES512,
	KEY_EDDSA, /* with Ed25519 */
	KEY_ALGS
};

/* In a set of algorithms. */
#define KEY_BIT(alg) (1u << (alg))

/* By its whole name, case and length included; KEY_NO_ALG when unknown. */
enum key_alg key_alg_find(const char *name, size_t len);

/* "RS256" ...; of KEY_NO_ALG "". */
const char *key_alg_name(enum key_alg alg);

/*
 * A key, owned: end it with key_free().  All makers return NULL and *e
 * (ERR_CONFIG, or ERR_BUG without memory) for a key that is not fit to be
 * trusted, and leave nothing in libcrypto's error queue.
 */
struct key;
void key_free(struct key **k);

/*
 * RSA from big-endian modulus and exponent (RFC 7518 section 6.3.1): 2048 to
 * 8192 bits, no leading zeros, both odd, e >= 3 and at most 8 bytes; not of
 * the broken kind that CVE-2017-15361 is about.
 */
struct key *key_from_rsa(const unsigned char *n, size_t n_len,
    const unsigned char *e, size_t e_len, struct err *err);

/* EC, curve "P-256", "P-384" or "P-521", coordinates of exactly its size
 * (RFC 7518 section 6.2.1); the point has to lie on the curve. */
struct key *key_from_ec(const char *curve, const unsigned char *x, size_t x_len,
    const unsigned char *y, size_t y_len, struct err *err);

/* Ed25519 (RFC 8037), 32 bytes. */
struct key *key_from_ed25519(const unsigned char *x, size_t x_len,
    struct err *err);

/*
 * One public key (SubjectPublicKeyInfo) as administrators paste it: PEM with
 * any line ends, on one line, with literal "\n", spaces or quotes around, or
 * the bare base64.  The text is in plain words for whatever else is pasted:
 * PKCS#1, a certificate, two keys, a private key.
 */
struct key *key_from_pem(const char *text, struct err *err);

/* The key is of the kind and curve that this algorithm needs. */
bool key_fits(const struct key *k, enum key_alg alg);

/* Both are the same key. */
bool key_same(const struct key *a, const struct key *b);

/* What tells it from all others: SHA-256 of its SubjectPublicKeyInfo; lent. */
enum { KEY_PRINT_SIZE = 32 };
const unsigned char *key_print(const struct key *k);

enum key_answer {
	KEY_FORGED,
	KEY_GENUINE,
	KEY_BROKEN, /* could not find out: no memory */
};

/*
 * Is `sig` the key's signature over n bytes?  As in a JWS (RFC 7518 section
 * 3): RSA signatures as long as the modulus, PSS with a salt as long as the
 * hash and MGF1 over the same, ECDSA as R || S.  A key that does not fit the
 * algorithm has signed nothing.  The key keeps working memory: one thread.
 */
enum key_answer key_verify(struct key *k, enum key_alg alg, const void *msg,
    size_t n, const unsigned char *sig, size_t sig_len);

#endif
