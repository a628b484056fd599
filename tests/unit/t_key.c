/* SPDX-License-Identifier: MIT */
/* io/key: which keys are trusted, and what each kind may verify. */
#include "tap.h"

#include "io/key.h"
#include "unit/signer.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 2^(8 n - 1) + 1, or as the row says: no product of primes, but odd. */
static unsigned char *
modulus(size_t n, unsigned char first, unsigned char last)
{
	static unsigned char m[2000];

	memset(m, 0, sizeof(m));
	m[n - 1] = last;
	m[0] = first;
	m[1] = 0xda;
	return m;
}

static void
algorithms(void)
{
	static const char *const known[] = { "RS256", "RS384", "RS512", "PS256",
		"PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA" };
	static const char *const unknown[] = { "", "none", "None", "nOnE",
		"HS256", "HS384", "HS512", "rs256", "RS256 ", "RS25", "RS2566",
		"Rs256", "ES256K", "ES521", "Ed25519", "Ed448", "EDDSA",
		"RS1", "RSA1_5", "RSA-OAEP", "dir", "A128KW" };

	for (size_t i = 0; i < ROWS(known); i++) {
		enum key_alg alg = key_alg_find(known[i], strlen(known[i]));

		tap_row("%s", known[i]);
		INTEQ(alg, KEY_RS256 + i);
		STREQ(key_alg_name(alg), known[i]);
		INTEQ(key_alg_find(known[i], strlen(known[i]) - 1), 0);
		INTEQ(key_alg_find(known[i], strlen(known[i]) + 1), 0);
	}
	for (size_t i = 0; i < ROWS(unknown); i++) {
		tap_row("%s", unknown[i]);
		INTEQ(key_alg_find(unknown[i], strlen(unknown[i])), KEY_NO_ALG);
	}
	INTEQ(key_alg_find("RS256\0x", 7), KEY_NO_ALG);
	STREQ(key_alg_name(KEY_NO_ALG), "");
}

static void
rsa_numbers(void)
{
	static const struct {
		const char *what;
		size_t n_len;
		unsigned char first, last;
		size_t e_len;
		unsigned char e[9];
		bool good;
	} t[] = {
		{ "2048 bits", 256, 0x80, 1, 3, { 1, 0, 1 }, true },
		{ "8192 bits", 1024, 0x80, 1, 3, { 1, 0, 1 }, true },
		{ "2047 bits", 256, 0x7f, 1, 3, { 1, 0, 1 }, false },
		{ "2049 bits", 257, 1, 1, 3, { 1, 0, 1 }, true },
		{ "8193 bits", 1025, 1, 1, 3, { 1, 0, 1 }, false },
		{ "1024 bits", 128, 0x80, 1, 3, { 1, 0, 1 }, false },
		{ "16000 bits", 2000, 0x80, 1, 3, { 1, 0, 1 }, false },
		{ "leading zero in n", 257, 0, 1, 3, { 1, 0, 1 }, false },
		{ "even n", 256, 0x80, 2, 3, { 1, 0, 1 }, false },
		{ "e = 3", 256, 0x80, 1, 1, { 3 }, true },
		{ "e = 1", 256, 0x80, 1, 1, { 1 }, false },
		{ "e = 0", 256, 0x80, 1, 1, { 0 }, false },
		{ "e = 2", 256, 0x80, 1, 1, { 2 }, false },
		{ "e = 65536", 256, 0x80, 1, 3, { 1, 0, 0 }, false },
		{ "leading zero in e", 256, 0x80, 1, 4, { 0, 1, 0, 1 }, false },
		{ "e of 8 bytes", 256, 0x80, 1, 8,
		    { 255, 0, 0, 0, 0, 0, 0, 1 }, true },
		{ "e of 9 bytes", 256, 0x80, 1, 9,
		    { 1, 0, 0, 0, 0, 0, 0, 0, 1 }, false },
		{ "no n", 0, 0x80, 1, 3, { 1, 0, 1 }, false },
		{ "no e", 256, 0x80, 1, 0, { 1 }, false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err err = { .kind = ERR_NONE };
		unsigned char *n = modulus(t[i].n_len + (t[i].n_len == 0),
		    t[i].first, t[i].last);
		struct key *k =
		    key_from_rsa(n, t[i].n_len, t[i].e, t[i].e_len, &err);

		tap_row("%s", t[i].what);
		INTEQ(k != NULL, t[i].good);
		INTEQ(err.kind, t[i].good ? ERR_NONE : ERR_CONFIG);
		INTEQ(ERR_peek_error(), 0);
		key_free(&k);
		CHECK(k == NULL);
	}
}

/* n = 65537^c modulo each of the small primes: the mark of that generator. */
static void
factorable(void)
{
	static const unsigned char e[] = { 1, 0, 1 };

	for (int c = 0; c < 4; c++) {
		BN_CTX *ctx = BN_CTX_new();
		BIGNUM *m = BN_new(), *n = BN_new(), *power = BN_new();
		unsigned char bytes[256];
		struct err err = { .kind = ERR_NONE };
		struct key *k;

		tap_row("c = %d", c);
		BN_set_word(m, 2);
		for (BN_ULONG p = 3; p <= 167; p += 2) {
			BN_ULONG d = 3;

			while (d < p && p % d != 0)
				d += 2;
			if (d == p)
				BN_mul_word(m, p);
		}
		BN_set_word(power, 1);
		for (int i = 0; i < c; i++)
			BN_mul_word(power, 65537);
		/* the last below 2^2048 that leaves this remainder */
		BN_zero(n);
		BN_set_bit(n, 2048);
		BN_div(n, NULL, n, m, ctx);
		BN_sub_word(n, 1);
		BN_mul(n, n, m, ctx);
		BN_add(n, n, power);
		BN_bn2binpad(n, bytes, sizeof(bytes));
		k = key_from_rsa(bytes, sizeof(bytes), e, 3, &err);
		CHECK(k == NULL);
		STREQ(err.text, "the RSA key can be factored (CVE-2017-15361)");
		BN_free(m);
		BN_free(n);
		BN_free(power);
		BN_CTX_free(ctx);
	}
}

static void
points(void)
{
	static const struct {
		enum signer_key key;
		const char *curve;
		size_t half;
	} t[] = {
		{ SIGNER_P256, "P-256", 32 },
		{ SIGNER_P384, "P-384", 48 },
		{ SIGNER_P521, "P-521", 66 },
	};

	for (size_t i = 0; i < 8 * ROWS(t); i++) {
		size_t row = i / 8, half = t[row].half, len;
		const char *curve = t[row].curve;
		unsigned char *der, x[1000] = { 0 }, y[1000] = { 0 };
		size_t x_len = half, y_len = half;
		struct err err = { .kind = ERR_NONE };
		struct key *k;

		tap_row("%s, attempt %zu", curve, i % 8);
		len = signer_spki(t[row].key, &der);
		memcpy(x, der + len - 2 * half, half);
		memcpy(y, der + len - half, half);
		switch (i % 8) {
		case 1: /* off the curve */
			y[half - 1] ^= 1;
			break;
		case 2:
			memset(x, 0, half);
			memset(y, 0, half);
			break;
		case 3:
			x_len--;
			break;
		case 4:
			y_len++;
			break;
		case 5:
			curve = row == 0 ? "P-384" : "P-256";
			break;
		case 6:
			curve = row == 0 ? "p-256" : "secp256k1";
			break;
		case 7:
			x_len = y_len = 1000;
			break;
		}
		k = key_from_ec(curve, x, x_len, y, y_len, &err);
		INTEQ(k != NULL, i % 8 == 0);
		INTEQ(err.kind, i % 8 == 0 ? ERR_NONE : ERR_CONFIG);
		INTEQ(ERR_peek_error(), 0);
		key_free(&k);
		OPENSSL_free(der);
	}
}

static void
ed25519(void)
{
	unsigned char x[33] = { 0 }, sig[64] = { 0 };
	struct err err = { .kind = ERR_NONE };
	struct key *k = key_from_ed25519(x, 32, &err);

	/* libcrypto looks at the point when it verifies, and not before */
	CHECK(k != NULL);
	INTEQ(key_verify(k, KEY_EDDSA, "a", 1, sig, 64), KEY_FORGED);
	key_free(&k);
	CHECK(key_from_ed25519(x, 31, &err) == NULL);
	CHECK(key_from_ed25519(x, 33, &err) == NULL);
	CHECK(key_from_ed25519(x, 0, &err) == NULL);
}

static void
same(void)
{
	struct key *a[SIGNER_KEYS], *b[SIGNER_KEYS];

	for (int i = 0; i < SIGNER_KEYS; i++) {
		a[i] = signer_public((enum signer_key)i);
		b[i] = signer_public((enum signer_key)i);
	}
	for (int i = 0; i < SIGNER_KEYS; i++)
		for (int k = 0; k < SIGNER_KEYS; k++) {
			tap_row("keys %d and %d", i, k);
			INTEQ(key_same(a[i], b[k]), i == k);
		}
	for (int i = 0; i < SIGNER_KEYS; i++) {
		key_free(&a[i]);
		key_free(&b[i]);
	}
	INTEQ(ERR_peek_error(), 0);
}

static const struct tap_case cases[] = {
	{ "algorithms are known by their whole name; none and HMAC are not",
	    algorithms },
	{ "RSA keys too small, too large, even or padded are not trusted",
	    rsa_numbers },
	{ "RSA keys of the generator that can be factored are not trusted",
	    factorable },
	{ "points lie on their curve and have its size", points },
	{ "an Ed25519 key has 32 bytes", ed25519 },
	{ "two keys are the same when their numbers are", same },
};
TAP_MAIN(cases)
