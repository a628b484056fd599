/* SPDX-License-Identifier: MIT */
/* io/der: what libcrypto writes for the same numbers, byte for byte. */
#include "tap.h"

#include "io/der.h"
#include "unit/signer.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/x509.h>
#include <string.h>

static void
rsa_keys(void)
{
	for (int k = SIGNER_RSA; k <= SIGNER_RSA_2; k++) {
		unsigned char n[256], e[8], out[DER_RSA_KEY_MAX], *spki;
		size_t len = signer_spki((enum signer_key)k, &spki), e_len;
		const unsigned char *at = spki;
		EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)len);
		BIGNUM *bn_n = NULL, *bn_e = NULL;

		EVP_PKEY_get_bn_param(pkey, "n", &bn_n);
		EVP_PKEY_get_bn_param(pkey, "e", &bn_e);
		BN_bn2bin(bn_n, n);
		e_len = (size_t)BN_bn2bin(bn_e, e);
		tap_row("key %d", k);
		INTEQ(der_rsa_key(n, sizeof(n), e, e_len, out), len);
		CHECK(memcmp(out, spki, len) == 0);
		BN_free(bn_n);
		BN_free(bn_e);
		EVP_PKEY_free(pkey);
		OPENSSL_free(spki);
	}
}

/* Lengths of one, two and three bytes; the first bit is no sign. */
static void
any_size(void)
{
	static const size_t sizes[] = { 1, 2, 60, 61, 62, 63, 64, 100, 127, 128,
		129, 200, 255, 256, 257, 512, 1023, 1024 };
	unsigned char n[1024], e[8], out[DER_RSA_KEY_MAX];

	for (size_t i = 0; i < 2 * ROWS(sizes); i++) {
		size_t size = sizes[i / 2], len;
		const unsigned char *at = out;
		EVP_PKEY *pkey;
		BIGNUM *want, *got = NULL;

		tap_row("%zu bytes, sign %zu", size, i % 2);
		memset(n, i % 2 == 0 ? 0x7f : 0xff, size);
		memset(e, i % 2 == 0 ? 0xff : 0x7f, sizeof(e));
		len = der_rsa_key(n, size, e, sizeof(e), out);
		pkey = d2i_PUBKEY(NULL, &at, (long)len);
		if (!CHECK(pkey != NULL && at == out + len))
			continue;
		want = BN_bin2bn(n, (int)size, NULL);
		EVP_PKEY_get_bn_param(pkey, "n", &got);
		CHECK(BN_cmp(want, got) == 0);
		BN_free(want);
		BN_free(got);
		EVP_PKEY_free(pkey);
	}
}

static void
ecdsa(void)
{
	static const size_t halves[] = { 32, 48, 66 };
	static const struct {
		unsigned char r, s;
		size_t zeros; /* in front of r */
	} t[] = {
		{ 0x7f, 0x7f, 0 }, { 0x80, 0x80, 0 }, { 0xff, 0x01, 0 },
		{ 0x01, 0xff, 31 }, { 0x80, 0x00, 5 }, { 0x00, 0x80, 0 },
		{ 0x00, 0x00, 0 },
	};

	for (size_t i = 0; i < ROWS(t) * ROWS(halves); i++) {
		size_t half = halves[i % 3], row = i / 3, len;
		unsigned char sig[132], out[DER_ECDSA_MAX], *want = NULL;
		ECDSA_SIG *both = ECDSA_SIG_new();

		tap_row("row %zu, %zu bytes", row, half);
		memset(sig, t[row].r, half);
		memset(sig, 0, t[row].zeros);
		memset(sig + half, t[row].s, half);
		ECDSA_SIG_set0(both, BN_bin2bn(sig, (int)half, NULL),
		    BN_bin2bn(sig + half, (int)half, NULL));
		len = (size_t)i2d_ECDSA_SIG(both, &want);
		INTEQ(der_ecdsa(sig, half, out), len);
		CHECK(memcmp(out, want, len) == 0);
		OPENSSL_free(want);
		ECDSA_SIG_free(both);
	}
}

static const struct tap_case cases[] = {
	{ "an RSA key is written as libcrypto writes it", rsa_keys },
	{ "numbers of any size keep their value and their sign", any_size },
	{ "R || S becomes what libcrypto reads, zeros and all", ecdsa },
};
TAP_MAIN(cases)
