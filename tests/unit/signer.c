/* SPDX-License-Identifier: MIT */
/* The signing side of JOSE, by libcrypto. */
#include "unit/signer.h"

#include "base/b64.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a key's signature is made of; half: of R || S. */
static const struct {
	const char *crv;
	size_t half;
	const char *digest;
} curves[SIGNER_KEYS] = {
	[SIGNER_P256] = { "P-256", 32, "SHA256" },
	[SIGNER_P256_2] = { "P-256", 32, "SHA256" },
	[SIGNER_P384] = { "P-384", 48, "SHA384" },
	[SIGNER_P521] = { "P-521", 66, "SHA512" },
	[SIGNER_ED25519] = { "Ed25519", 32, NULL },
};

/* Without the other half of a test there is no test. */
static void
must(bool good)
{
	if (!good)
		abort();
}

/* Read once, kept until the end: reading checks the numbers. */
static EVP_PKEY *
private_key(enum signer_key k)
{
	static EVP_PKEY *keys[SIGNER_KEYS];
	unsigned char der[2048];
	const unsigned char *at = der;
	const char *text = signer_secrets[k];
	size_t n;

	if (keys[k] != NULL)
		return keys[k];
	must(b64_decode(text, strlen(text), der, sizeof(der), &n) == 0);
	keys[k] = d2i_AutoPrivateKey(NULL, &at, (long)n);
	must(keys[k] != NULL);
	return keys[k];
}

enum signer_key
signer_for(enum key_alg alg)
{
	static const enum signer_key keys[KEY_ALGS] = {
		[KEY_ES256] = SIGNER_P256,
		[KEY_ES384] = SIGNER_P384,
		[KEY_ES512] = SIGNER_P521,
		[KEY_EDDSA] = SIGNER_ED25519,
	};

	return keys[alg];
}

size_t
signer_spki(enum signer_key k, unsigned char **der)
{
	EVP_PKEY *pkey = private_key(k);
	int n;

	*der = NULL;
	n = i2d_PUBKEY(pkey, der);
	must(n > 0);
	return (size_t)n;
}

char *
signer_pem(enum signer_key k)
{
	EVP_PKEY *pkey = private_key(k);
	BIO *out = BIO_new(BIO_s_mem());
	char *data, *copy;
	long n;

	must(PEM_write_bio_PUBKEY(out, pkey) == 1);
	n = BIO_get_mem_data(out, &data);
	copy = malloc((size_t)n + 1);
	must(copy != NULL);
	memcpy(copy, data, (size_t)n); /* which no NUL ends */
	copy[n] = '\0';
	BIO_free(out);
	return copy;
}

struct key *
signer_public(enum signer_key k)
{
	struct err e = { .kind = ERR_NONE };
	char *pem = signer_pem(k);
	struct key *key = key_from_pem(pem, &e);

	must(key != NULL);
	free(pem);
	return key;
}

static void
number_text(const BIGNUM *n, char *out)
{
	unsigned char bytes[1024];

	b64url_encode(bytes, (size_t)BN_bn2bin(n, bytes), out);
}

static char *
rsa_jwk(enum signer_key k)
{
	EVP_PKEY *pkey = private_key(k);
	BIGNUM *n = NULL, *e = NULL;
	char n_text[1400], e_text[32], *jwk;

	must(EVP_PKEY_get_bn_param(pkey, "n", &n) == 1);
	must(EVP_PKEY_get_bn_param(pkey, "e", &e) == 1);
	number_text(n, n_text);
	number_text(e, e_text);
	must(asprintf(&jwk, "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"", n_text,
		 e_text) > 0);
	BN_free(n);
	BN_free(e);
	return jwk;
}

/* The last bytes of SubjectPublicKeyInfo are the key itself. */
char *
signer_jwk(enum signer_key k)
{
	size_t half = curves[k].half, n;
	char x[100], y[100], *jwk;
	unsigned char *der;

	if (half == 0)
		return rsa_jwk(k);
	n = signer_spki(k, &der);
	b64url_encode(der + n - half, half, y);
	if (k == SIGNER_ED25519) {
		must(asprintf(&jwk,
			 "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"",
			 y) > 0);
	} else {
		b64url_encode(der + n - 2 * half, half, x);
		must(asprintf(&jwk,
			 "\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\","
			 "\"y\":\"%s\"",
			 curves[k].crv, x, y) > 0);
	}
	OPENSSL_free(der);
	return jwk;
}

/* The hash is in the name: RS256, ES384 ... */
static const char *
digest_of(enum key_alg alg)
{
	const char *name = key_alg_name(alg);

	return strcmp(name + 2, "256") == 0   ? "SHA256"
	       : strcmp(name + 2, "384") == 0 ? "SHA384"
					      : "SHA512";
}

static size_t
sign(EVP_PKEY *pkey, const char *digest, int padding, int salt,
    const char *mgf1, const void *msg, size_t n, unsigned char *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	size_t len = SIGNER_SIG_MAX;

	must(EVP_DigestSignInit_ex(ctx, &pctx, digest, NULL, NULL, pkey,
		 NULL) == 1);
	if (padding != 0)
		must(EVP_PKEY_CTX_set_rsa_padding(pctx, padding) == 1);
	if (padding == RSA_PKCS1_PSS_PADDING) {
		must(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt) == 1);
		must(EVP_PKEY_CTX_set_rsa_mgf1_md_name(pctx, mgf1, NULL) == 1);
	}
	must(EVP_DigestSign(ctx, sig, &len, msg, n) == 1);
	EVP_MD_CTX_free(ctx);
	return len;
}

size_t
signer_pss(enum signer_key k, enum key_alg alg, int salt, const char *mgf1,
    const void *msg, size_t n, unsigned char sig[SIGNER_SIG_MAX])
{
	EVP_PKEY *pkey = private_key(k);
	size_t len = sign(pkey, digest_of(alg), RSA_PKCS1_PSS_PADDING, salt,
	    mgf1, msg, n, sig);

	return len;
}

size_t
signer_ecdsa_der(enum signer_key k, const void *msg, size_t n,
    unsigned char sig[SIGNER_SIG_MAX])
{
	EVP_PKEY *pkey = private_key(k);
	size_t len = sign(pkey, curves[k].digest, 0, 0, NULL, msg, n, sig);

	return len;
}

static size_t
ecdsa(enum signer_key k, const void *msg, size_t n, unsigned char *sig)
{
	unsigned char der[SIGNER_SIG_MAX];
	const unsigned char *at = der;
	long len = (long)signer_ecdsa_der(k, msg, n, der);
	size_t half = curves[k].half;
	ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &at, len);

	must(both != NULL);
	BN_bn2binpad(ECDSA_SIG_get0_r(both), sig, (int)half);
	BN_bn2binpad(ECDSA_SIG_get0_s(both), sig + half, (int)half);
	ECDSA_SIG_free(both);
	return 2 * half;
}

size_t
signer_sign(enum signer_key k, enum key_alg alg, const void *msg, size_t n,
    unsigned char sig[SIGNER_SIG_MAX])
{
	const char *name = key_alg_name(alg);
	EVP_PKEY *pkey;
	size_t len;

	if (name[0] == 'P')
		return signer_pss(k, alg, RSA_PSS_SALTLEN_DIGEST,
		    digest_of(alg), msg, n, sig);
	if (curves[k].digest != NULL)
		return ecdsa(k, msg, n, sig);
	pkey = private_key(k);
	len = sign(pkey, name[0] == 'E' ? NULL : digest_of(alg),
	    name[0] == 'E' ? 0 : RSA_PKCS1_PADDING, 0, NULL, msg, n, sig);
	return len;
}

size_t
signer_hmac(const void *secret, size_t secret_len, const void *msg, size_t n,
    unsigned char sig[SIGNER_SIG_MAX])
{
	unsigned len = 0;

	must(HMAC(EVP_sha256(), secret, (int)secret_len, msg, n, sig, &len) !=
	     NULL);
	return len;
}

char *
signer_input(const char *header, const char *claims)
{
	size_t h = strlen(header), c = strlen(claims), n;
	char *text = malloc(B64URL_SIZE(h) + B64URL_SIZE(c));

	must(text != NULL);
	n = b64url_encode(header, h, text);
	text[n++] = '.';
	b64url_encode(claims, c, text + n);
	return text;
}

char *
signer_join(char *input, const unsigned char *sig, size_t n)
{
	size_t len = strlen(input);

	input = realloc(input, len + 1 + B64URL_SIZE(n));
	must(input != NULL);
	input[len] = '.';
	b64url_encode(sig, n, input + len + 1);
	return input;
}

char *
signer_token(enum signer_key k, enum key_alg alg, const char *header,
    const char *claims)
{
	unsigned char sig[SIGNER_SIG_MAX];
	char *input = signer_input(header, claims);
	size_t n = signer_sign(k, alg, input, strlen(input), sig);

	return signer_join(input, sig, n);
}
