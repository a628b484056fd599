/* SPDX-License-Identifier: MIT */
/* io/key: what a signature is, and what only looks like one. */
#include "tap.h"

#include "io/key.h"
#include "unit/signer.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

static const char msg[] = "eyJhbGciOiJSUzI1NiJ9.e30";
enum { MSG_LEN = sizeof(msg) - 1 };

static long memory_left = -1; /* pieces; -1: no end to it */

static bool
refuse(void)
{
	if (memory_left > 0)
		memory_left--;
	return memory_left == 0;
}

static void *
take(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return refuse() ? NULL : malloc(n);
}

static void *
take_more(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return refuse() ? NULL : realloc(p, n);
}

static void
give_back(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* libcrypto takes this only before it has taken any memory. */
static void __attribute__((constructor))
before_libcrypto(void)
{
	CRYPTO_set_mem_functions(take, take_more, give_back);
}

static enum key_answer
verify(struct key *k, enum key_alg alg, const unsigned char *sig, size_t n)
{
	/* an exact copy, so that reading beyond the end shows */
	unsigned char *exact = malloc(n + (n == 0));
	enum key_answer answer;

	memcpy(exact, sig, n);
	answer = key_verify(k, alg, msg, MSG_LEN, exact, n);
	free(exact);
	INTEQ(ERR_peek_error(), 0);
	return answer;
}

/* Every algorithm's signature, held against every key and algorithm. */
static void
matrix(void)
{
	struct key *keys[SIGNER_KEYS];

	for (int i = 0; i < SIGNER_KEYS; i++)
		keys[i] = signer_public((enum signer_key)i);
	for (int made = KEY_RS256; made < KEY_ALGS; made++) {
		enum signer_key by = signer_for((enum key_alg)made);
		unsigned char sig[SIGNER_SIG_MAX];
		size_t n = signer_sign(by, (enum key_alg)made, msg, MSG_LEN,
		    sig);

		for (int read = KEY_NO_ALG; read < KEY_ALGS; read++)
			for (int k = 0; k < SIGNER_KEYS; k++) {
				tap_row("%s as %s by key %d",
				    key_alg_name((enum key_alg)made),
				    key_alg_name((enum key_alg)read), k);
				INTEQ(verify(keys[k], (enum key_alg)read, sig,
					  n),
				    read == made && k == (int)by
					? KEY_GENUINE
					: KEY_FORGED);
			}
	}
	for (int i = 0; i < SIGNER_KEYS; i++)
		key_free(&keys[i]);
}

static void
changed(void)
{
	for (int alg = KEY_RS256; alg < KEY_ALGS; alg++) {
		enum signer_key by = signer_for((enum key_alg)alg);
		struct key *k = signer_public(by);
		unsigned char sig[SIGNER_SIG_MAX + 1];
		size_t n = signer_sign(by, (enum key_alg)alg, msg, MSG_LEN,
		    sig);

		tap_row("%s", key_alg_name((enum key_alg)alg));
		for (size_t i = 0; i < n; i += n / 16) {
			sig[i] ^= 0x10;
			INTEQ(verify(k, (enum key_alg)alg, sig, n), KEY_FORGED);
			sig[i] ^= 0x10;
		}
		INTEQ(key_verify(k, (enum key_alg)alg, msg, MSG_LEN - 1, sig,
			  n), KEY_FORGED);
		for (size_t less = 0; less < n; less += n / 8)
			INTEQ(verify(k, (enum key_alg)alg, sig, less),
			    KEY_FORGED);
		sig[n] = 0;
		INTEQ(verify(k, (enum key_alg)alg, sig, n + 1), KEY_FORGED);
		/* a failure leaves nothing behind in what is kept */
		INTEQ(verify(k, (enum key_alg)alg, sig, n), KEY_GENUINE);
		key_free(&k);
	}
}

/* libcrypto alone takes an RSA number without its leading zero; this text's
 * signature begins with one. */
static void
leading_zero(void)
{
	static const char text[] = "message 100";
	struct key *k = signer_public(SIGNER_RSA);
	unsigned char sig[SIGNER_SIG_MAX], longer[SIGNER_SIG_MAX + 1] = { 0 };
	size_t len = strlen(text);
	size_t n = signer_sign(SIGNER_RSA, KEY_RS256, text, len, sig);

	CHECK(sig[0] == 0);
	INTEQ(key_verify(k, KEY_RS256, text, len, sig, n), KEY_GENUINE);
	INTEQ(key_verify(k, KEY_RS256, text, len, sig + 1, n - 1), KEY_FORGED);
	memcpy(longer + 1, sig, n);
	INTEQ(key_verify(k, KEY_RS256, text, len, longer, n + 1), KEY_FORGED);
	key_free(&k);
}

static void
salts(void)
{
	static const struct {
		enum key_alg alg;
		int salt;
		const char *mgf1;
		bool good;
	} t[] = {
		{ KEY_PS256, 32, "SHA256", true },
		{ KEY_PS256, 0, "SHA256", false },
		{ KEY_PS256, 20, "SHA256", false },
		{ KEY_PS256, 31, "SHA256", false },
		{ KEY_PS256, 33, "SHA256", false },
		{ KEY_PS256, RSA_PSS_SALTLEN_MAX, "SHA256", false },
		{ KEY_PS256, 32, "SHA1", false },
		{ KEY_PS256, 32, "SHA512", false },
		{ KEY_PS384, 48, "SHA384", true },
		{ KEY_PS384, 32, "SHA384", false },
		{ KEY_PS384, 48, "SHA256", false },
		{ KEY_PS512, 64, "SHA512", true },
		{ KEY_PS512, RSA_PSS_SALTLEN_MAX, "SHA512", false },
		{ KEY_PS512, 64, "SHA256", false },
	};
	struct key *k = signer_public(SIGNER_RSA);

	for (size_t i = 0; i < ROWS(t); i++) {
		unsigned char sig[SIGNER_SIG_MAX];
		size_t n = signer_pss(SIGNER_RSA, t[i].alg, t[i].salt,
		    t[i].mgf1, msg, MSG_LEN, sig);

		tap_row("row %zu", i);
		INTEQ(verify(k, t[i].alg, sig, n) == KEY_GENUINE, t[i].good);
	}
	key_free(&k);
}

/* CVE-2022-21449 and its kin: R or S of zero, or of the group's order. */
static void
ecdsa_numbers(void)
{
	static const unsigned char order[] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0,
		0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
		0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2,
		0xfc, 0x63, 0x25, 0x51 };
	struct key *k = signer_public(SIGNER_P256);
	unsigned char good[SIGNER_SIG_MAX], sig[SIGNER_SIG_MAX];
	size_t n = signer_sign(SIGNER_P256, KEY_ES256, msg, MSG_LEN, good);

	for (int i = 0; i < 8; i++) {
		tap_row("row %d", i);
		memcpy(sig, good, n);
		if (i < 6 && i % 3 != 1)
			memset(sig, 0, 32);
		if (i < 6 && i % 3 != 0)
			memset(sig + 32, 0, 32);
		if (i == 3 || i == 5)
			sig[31] = 1;
		if (i == 4 || i == 5)
			sig[63] = 1;
		if (i >= 6)
			memcpy(sig + (i == 6 ? 0 : 32), order, 32);
		INTEQ(verify(k, KEY_ES256, sig, n), KEY_FORGED);
	}
	for (size_t pad = 0; pad <= 80; pad++) {
		memset(sig, 0, sizeof(sig));
		n = signer_ecdsa_der(SIGNER_P256, msg, MSG_LEN, sig);
		tap_row("DER in %zu bytes", pad);
		INTEQ(verify(k, KEY_ES256, sig, pad > n ? pad : n), KEY_FORGED);
		INTEQ(verify(k, KEY_ES256, sig, 64), KEY_FORGED);
	}
	key_free(&k);
}

/* Out of memory at each point of a first, and of a later verification. */
static void
no_memory(void)
{
	static const enum key_alg algs[] = { KEY_RS256, KEY_PS256, KEY_ES256,
		KEY_EDDSA };

	for (size_t row = 0; row < ROWS(algs); row++) {
		enum key_alg alg = algs[row];
		enum signer_key by = signer_for(alg);
		unsigned char sig[SIGNER_SIG_MAX];
		size_t n = signer_sign(by, alg, msg, MSG_LEN, sig);
		int broken = 0;

		for (int i = 1; i <= 100; i++) {
			struct key *k = signer_public(by);
			enum key_answer a;

			tap_row("%s, piece %d", key_alg_name(alg), i / 2);
			if (i % 2 == 0)
				verify(k, alg, sig, n);
			memory_left = (i + 1) / 2;
			a = key_verify(k, alg, msg, MSG_LEN, sig, n);
			memory_left = -1;
			CHECK(a != KEY_FORGED);
			broken += a == KEY_BROKEN;
			INTEQ(verify(k, alg, sig, n), KEY_GENUINE);
			key_free(&k);
		}
		CHECK(broken > 2);
	}
}

static const struct tap_case cases[] = {
	{ "each signature is genuine for its key and algorithm alone",
	    matrix },
	{ "a changed, cut or longer signature is forged", changed },
	{ "an RSA signature keeps its leading zero", leading_zero },
	{ "PSS has a salt as long as its hash, and one hash", salts },
	{ "ECDSA has no zeros, no numbers beyond the order, and no DER",
	    ecdsa_numbers },
	{ "without memory a genuine signature is not called forged",
	    no_memory },
};
TAP_MAIN(cases)
