/* SPDX-License-Identifier: MIT */
/*
 * The other side of auth/jwt: signs with keys that stand in signer_keys.c for
 * everybody to read, by libcrypto.  All texts are the caller's, from the heap.
 */
#ifndef UNIT_SIGNER_H
#define UNIT_SIGNER_H

#include "io/key.h"

#include <stddef.h>

/* Of each kind one key, of RSA and P-256 another. */
enum signer_key {
	SIGNER_RSA,
	SIGNER_RSA_2,
	SIGNER_P256,
	SIGNER_P256_2,
	SIGNER_P384,
	SIGNER_P521,
	SIGNER_ED25519,
	SIGNER_KEYS
};

enum { SIGNER_SIG_MAX = 512 };

/* The private keys: PKCS#8 in base64. */
extern const char *const signer_secrets[SIGNER_KEYS];

/* The first key that fits the algorithm. */
enum signer_key signer_for(enum key_alg alg);

/* The public half: as our key, as members of a JWK ("\"kty\":..."), as PEM. */
struct key *signer_public(enum signer_key k);
char *signer_jwk(enum signer_key k);
char *signer_pem(enum signer_key k);

/* SubjectPublicKeyInfo; the length. */
size_t signer_spki(enum signer_key k, unsigned char **der);

/* A signature as a JWS carries it; returns its length. */
size_t signer_sign(enum signer_key k, enum key_alg alg, const void *msg,
    size_t n, unsigned char sig[SIGNER_SIG_MAX]);

/* The same by PSS with a salt of so many bytes, or another hash for MGF1. */
size_t signer_pss(enum signer_key k, enum key_alg alg, int salt,
    const char *mgf1, const void *msg, size_t n,
    unsigned char sig[SIGNER_SIG_MAX]);

/* ECDSA as DER, which a JWS does not carry. */
size_t signer_ecdsa_der(enum signer_key k, const void *msg, size_t n,
    unsigned char sig[SIGNER_SIG_MAX]);

/* HMAC-SHA256 by any secret: what no token of ours may be signed with. */
size_t signer_hmac(const void *secret, size_t secret_len, const void *msg,
    size_t n, unsigned char sig[SIGNER_SIG_MAX]);

/* base64url(header).base64url(claims), and a whole token signed by k. */
char *signer_input(const char *header, const char *claims);
char *signer_token(enum signer_key k, enum key_alg alg, const char *header,
    const char *claims);

/* input.base64url(sig), in the memory of the input. */
char *signer_join(char *input, const unsigned char *sig, size_t n);

#endif
