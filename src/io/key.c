/* SPDX-License-Identifier: MIT */
/*
 * Keys come in as SubjectPublicKeyInfo, whatever they were before, so that
 * one reader - libcrypto's - decides what a key is; signatures go through
 * EVP_PKEY_verify() with a context that is kept, as making one costs a
 * tenth of an RSA verification.
 */
#include "io/key.h"

#include "io/der.h"
#include "io/pem.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

enum kind { RSA_KEY, P256, P384, P521, ED25519, KINDS };

enum {
	RSA_BITS_MIN = 2048,
	RSA_SIZE_MAX = DER_RSA_BITS_MAX / 8,
	PREFIX_MAX = 27,
	DIGEST_MAX = 64,
};

/* In the order of enum key_alg.  RSA signatures are as long as the modulus. */
static const struct alg {
	const char *name;
	enum kind kind;
	const char *digest;
	int padding;
	size_t sig_len;
} algs[KEY_ALGS] = {
	[KEY_NO_ALG] = { "", KINDS, NULL, 0, 0 },
	[KEY_RS256] = { "RS256", RSA_KEY, "SHA256", RSA_PKCS1_PADDING, 0 },
	[KEY_RS384] = { "RS384", RSA_KEY, "SHA384", RSA_PKCS1_PADDING, 0 },
	[KEY_RS512] = { "RS512", RSA_KEY, "SHA512", RSA_PKCS1_PADDING, 0 },
	[KEY_PS256] = { "PS256", RSA_KEY, "SHA256", RSA_PKCS1_PSS_PADDING, 0 },
	[KEY_PS384] = { "PS384", RSA_KEY, "SHA384", RSA_PKCS1_PSS_PADDING, 0 },
	[KEY_PS512] = { "PS512", RSA_KEY, "SHA512", RSA_PKCS1_PSS_PADDING, 0 },
	[KEY_ES256] = { "ES256", P256, "SHA256", 0, 64 },
	[KEY_ES384] = { "ES384", P384, "SHA384", 0, 96 },
	[KEY_ES512] = { "ES512", P521, "SHA512", 0, 132 },
	[KEY_EDDSA] = { "EdDSA", ED25519, NULL, 0, 64 },
};

/*
 * SubjectPublicKeyInfo of a fixed shape: what stands in front of the `size`
 * bytes of the point (RFC 5480, uncompressed) or key (RFC 8410).
 */
static const struct form {
	const char *curve;
	size_t size;
	size_t prefix_len;
	unsigned char prefix[PREFIX_MAX];
} forms[KINDS] = {
	[P256] = { "P-256", 64, 27,
	    { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
		0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
		0x01, 0x07, 0x03, 0x42, 0x00, 0x04 } },
	[P384] = { "P-384", 96, 24,
	    { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
		0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03,
		0x62, 0x00, 0x04 } },
	[P521] = { "P-521", 132, 26,
	    { 0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
		0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23,
		0x03, 0x81, 0x86, 0x00, 0x04 } },
	[ED25519] = { "Ed25519", 32, 12,
	    { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21,
		0x00 } },
};

struct key {
	EVP_PKEY *pkey;
	enum kind kind;
	size_t rsa_size; /* of the modulus, in bytes */
	EVP_MD_CTX *hashing;
	unsigned char print[KEY_PRINT_SIZE];
	/* Per algorithm, made when it is first used. */
	EVP_PKEY_CTX *verifying[KEY_ALGS];
	EVP_MD *digest[KEY_ALGS];
};

enum key_alg
key_alg_find(const char *name, size_t len)
{
	for (int i = KEY_NO_ALG + 1; i < KEY_ALGS; i++)
		if (strlen(algs[i].name) == len &&
		    memcmp(algs[i].name, name, len) == 0)
			return (enum key_alg)i;
	return KEY_NO_ALG;
}

const char *
key_alg_name(enum key_alg alg)
{
	return algs[alg].name;
}

/*
 * Was it memory that libcrypto lacked?  It does not always say so; but where
 * it had too little, this is too much.  Its queue is empty afterwards.
 */
static bool
lacked_memory(void)
{
	void *more_than_it_needs = OPENSSL_malloc(64 * 1024);
	bool lacked = more_than_it_needs == NULL;
	unsigned long code;

	OPENSSL_free(more_than_it_needs);
	while ((code = ERR_get_error()) != 0)
		if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
			lacked = true;
	return lacked;
}

static int
no_key(struct err *err, const char *problem)
{
	if (lacked_memory())
		return err_set(err, ERR_BUG, "out of memory");
	return err_set(err, ERR_CONFIG, "%s", problem);
}

/*
 * Keys of the generator that CVE-2017-15361 is about can be factored.  They
 * are known by their remainders: each is a power of 65537 (Nemec and others,
 * "The Return of Coppersmith's Attack", 2017).
 */
static bool
is_factorable(const BIGNUM *n)
{
	static const unsigned char primes[] = { 3, 5, 7, 11, 13, 17, 19, 23, 29,
		31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
		103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163,
		167 };

	for (size_t i = 0; i < sizeof(primes); i++) {
		BN_ULONG rest = BN_mod_word(n, primes[i]);
		BN_ULONG power = 1;

		do
			power = power * 65537 % primes[i];
		while (power != rest && power != 1);
		if (power != rest)
			return false;
	}
	return true;
}

static const char *
judge_rsa(const BIGNUM *n, const BIGNUM *e)
{
	int bits = BN_num_bits(n);

	if (bits < RSA_BITS_MIN || bits > DER_RSA_BITS_MAX)
		return "the RSA key is not of 2048 to 8192 bits";
	if (!BN_is_odd(n) || !BN_is_odd(e) || BN_is_one(e) ||
	    BN_num_bytes(e) > DER_RSA_E_MAX)
		return "the RSA key is not one that can be trusted";
	if (is_factorable(n))
		return "the RSA key can be factored (CVE-2017-15361)";
	return NULL;
}

static int
check_rsa(struct key *k, struct err *err)
{
	const char *problem = NULL;
	BIGNUM *n = NULL, *e = NULL;
	int rc = -1;

	if (EVP_PKEY_get_bn_param(k->pkey, "n", &n) == 1 &&
	    EVP_PKEY_get_bn_param(k->pkey, "e", &e) == 1) {
		problem = judge_rsa(n, e);
		k->rsa_size = (size_t)BN_num_bytes(n);
		rc = 0;
	}
	BN_free(n);
	BN_free(e);
	if (rc == -1 || problem != NULL)
		return no_key(err, rc == -1 ? "no RSA key" : problem);
	return 0;
}

/* Of a key of fixed shape the bytes tell the kind; libcrypto knows others. */
static enum kind
kind_of(const EVP_PKEY *pkey, const unsigned char *der, size_t len)
{
	for (int i = RSA_KEY + 1; i < KINDS; i++)
		if (len == forms[i].prefix_len + forms[i].size &&
		    memcmp(der, forms[i].prefix, forms[i].prefix_len) == 0)
			return (enum kind)i;
	return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA ? RSA_KEY : KINDS;
}

static int
read_key(struct key *k, const unsigned char *der, size_t len, struct err *err)
{
	const unsigned char *at = der;

	k->pkey = d2i_PUBKEY(NULL, &at, (long)len);
	if (k->pkey == NULL || at != der + len)
		return no_key(err, "this is no public key");
	k->kind = kind_of(k->pkey, der, len);
	if (k->kind == KINDS)
		return no_key(err, "the key is not RSA, P-256, P-384, P-521 "
				   "or Ed25519");
	return k->kind == RSA_KEY ? check_rsa(k, err) : 0;
}

static struct key *
from_der(const unsigned char *der, size_t len, struct err *err)
{
	struct key *k = calloc(1, sizeof(*k));

	if (k != NULL)
		k->hashing = EVP_MD_CTX_new();
	if (k == NULL || k->hashing == NULL)
		err_set(err, ERR_BUG, "out of memory");
	else if (EVP_Digest(der, len, k->print, NULL, EVP_sha256(), NULL) != 1)
		err_set(err, ERR_BUG, "out of memory");
	else if (read_key(k, der, len, err) == 0)
		return k;
	ERR_clear_error();
	key_free(&k);
	return NULL;
}

void
key_free(struct key **k)
{
	if (*k == NULL)
		return;
	for (int i = 0; i < KEY_ALGS; i++) {
		EVP_PKEY_CTX_free((*k)->verifying[i]);
		EVP_MD_free((*k)->digest[i]);
	}
	EVP_MD_CTX_free((*k)->hashing);
	EVP_PKEY_free((*k)->pkey);
	free(*k);
	*k = NULL;
}

struct key *
key_from_rsa(const unsigned char *n, size_t n_len, const unsigned char *e,
    size_t e_len, struct err *err)
{
	unsigned char der[DER_RSA_KEY_MAX];

	if (n_len == 0 || n[0] == 0 || n_len > RSA_SIZE_MAX || e_len == 0 ||
	    e[0] == 0 || e_len > DER_RSA_E_MAX) {
		err_set(err, ERR_CONFIG,
		    "the numbers are not those of an RSA key");
		return NULL;
	}
	return from_der(der, der_rsa_key(n, n_len, e, e_len, der), err);
}

/* The key of fixed shape that x and y, together, are. */
static struct key *
from_point(enum kind kind, const unsigned char *x, size_t x_len,
    const unsigned char *y, size_t y_len, struct err *err)
{
	const struct form *f = &forms[kind];
	unsigned char der[PREFIX_MAX + 2 * DER_EC_MAX];

	memcpy(der, f->prefix, f->prefix_len);
	memcpy(der + f->prefix_len, x, x_len);
	if (y_len > 0)
		memcpy(der + f->prefix_len + x_len, y, y_len);
	return from_der(der, f->prefix_len + x_len + y_len, err);
}

struct key *
key_from_ec(const char *curve, const unsigned char *x, size_t x_len,
    const unsigned char *y, size_t y_len, struct err *err)
{
	for (int i = P256; i <= P521; i++) {
		if (strcmp(curve, forms[i].curve) != 0)
			continue;
		if (x_len != forms[i].size / 2 || y_len != x_len)
			break;
		return from_point((enum kind)i, x, x_len, y, y_len, err);
	}
	err_set(err, ERR_CONFIG, "no curve of ours, or not its size");
	return NULL;
}

struct key *
key_from_ed25519(const unsigned char *x, size_t x_len, struct err *err)
{
	if (x_len == forms[ED25519].size)
		return from_point(ED25519, x, x_len, NULL, 0, err);
	err_set(err, ERR_CONFIG, "an Ed25519 key has 32 bytes");
	return NULL;
}

struct key *
key_from_pem(const char *text, struct err *err)
{
	unsigned char der[PEM_DER_MAX];
	struct key *k = NULL;
	size_t len = 0;

	if (pem_public_key(text, der, &len, err) == 0)
		k = from_der(der, len, err);
	/* Bare base64 may have been that of a secret. */
	explicit_bzero(der, sizeof(der));
	return k;
}

bool
key_fits(const struct key *k, enum key_alg alg)
{
	return algs[alg].kind == k->kind;
}

bool
key_same(const struct key *a, const struct key *b)
{
	return a->kind == b->kind && EVP_PKEY_eq(a->pkey, b->pkey) == 1;
}

const unsigned char *
key_print(const struct key *k)
{
	return k->print;
}

/* What verifying by this algorithm needs again and again; 0 or -1. */
static int
prepare(struct key *k, enum key_alg alg)
{
	const struct alg *a = &algs[alg];
	EVP_PKEY_CTX *ctx;

	if (k->verifying[alg] != NULL)
		return 0;
	if (k->digest[alg] == NULL)
		k->digest[alg] = EVP_MD_fetch(NULL, a->digest, NULL);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	if (k->digest[alg] == NULL || ctx == NULL ||
	    EVP_PKEY_verify_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, k->digest[alg]) != 1)
		goto out;
	if (a->kind == RSA_KEY &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, a->padding) != 1)
		goto out;
	/* A longer salt would pass by default; MGF1 follows the digest. */
	if (a->padding == RSA_PKCS1_PSS_PADDING &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) != 1)
		goto out;
	k->verifying[alg] = ctx;
	return 0;
out:
	EVP_PKEY_CTX_free(ctx);
	return -1;
}

/* What EVP's verifying functions return: only 1 is good, but some of the
 * rest says that it could not be found out. */
static enum key_answer
answer(int rc)
{
	if (rc == 1)
		return KEY_GENUINE;
	return lacked_memory() ? KEY_BROKEN : KEY_FORGED;
}

/* RSA and ECDSA. */
static enum key_answer
verify_hash(struct key *k, enum key_alg alg, const void *msg, size_t n,
    const unsigned char *sig, size_t sig_len)
{
	unsigned char hash[DIGEST_MAX], der[DER_ECDSA_MAX];
	unsigned hash_len = 0;

	if (prepare(k, alg) == -1 ||
	    EVP_DigestInit_ex(k->hashing, k->digest[alg], NULL) != 1 ||
	    EVP_DigestUpdate(k->hashing, msg, n) != 1 ||
	    EVP_DigestFinal_ex(k->hashing, hash, &hash_len) != 1)
		return KEY_BROKEN;
	if (k->kind != RSA_KEY) {
		sig_len = der_ecdsa(sig, sig_len / 2, der);
		sig = der;
	}
	return answer(EVP_PKEY_verify(k->verifying[alg], sig, sig_len, hash,
	    hash_len));
}

/* Ed25519 has no digest to make beforehand. */
static enum key_answer
verify_message(struct key *k, const void *msg, size_t n,
    const unsigned char *sig, size_t sig_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum key_answer a = KEY_BROKEN;

	if (ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, k->pkey) == 1)
		a = answer(EVP_DigestVerify(ctx, sig, sig_len, msg, n));
	EVP_MD_CTX_free(ctx);
	return a;
}

enum key_answer
key_verify(struct key *k, enum key_alg alg, const void *msg, size_t n,
    const unsigned char *sig, size_t sig_len)
{
	size_t want = k->kind == RSA_KEY ? k->rsa_size : algs[alg].sig_len;
	enum key_answer a;

	if (!key_fits(k, alg) || sig_len != want)
		return KEY_FORGED;
	if (k->kind == ED25519)
		a = verify_message(k, msg, n, sig, sig_len);
	else
		a = verify_hash(k, alg, msg, n, sig, sig_len);
	if (a != KEY_GENUINE)
		ERR_clear_error();
	return a;
}
