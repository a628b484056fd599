/* SPDX-License-Identifier: MIT */
/* SHA-256 and HMAC through libcrypto's EVP interface. */
#include "io/crypt.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct crypt_mac {
	EVP_MAC_CTX *ctx;
};

void
crypt_sha256_hex(const void *data, size_t n, char out[CRYPT_SHA256_HEX_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	/* looking for it would take as long as a short text itself */
	static EVP_MD *sha256;
	unsigned char sum[CRYPT_SHA256_SIZE];

	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	/* Fails only without memory; a checksum that lies is worse. */
	if (EVP_Digest(data, n, sum, NULL, sha256, NULL) != 1)
		abort();
	for (size_t i = 0; i < sizeof(sum); i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 15];
	}
	out[2 * sizeof(sum)] = '\0';
}

void
crypt_sha1(const void *data, size_t n, unsigned char out[CRYPT_SHA1_SIZE])
{
	if (EVP_Digest(data, n, out, NULL, EVP_sha1(), NULL) != 1)
		abort();
}

struct crypt_mac *
crypt_mac_new(const void *key, size_t len)
{
	const OSSL_PARAM sha256[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
		    (char *)"SHA256", 0),
		OSSL_PARAM_construct_end(),
	};
	struct crypt_mac *m = calloc(1, sizeof(*m));
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	if (m != NULL && hmac != NULL)
		m->ctx = EVP_MAC_CTX_new(hmac);
	EVP_MAC_free(hmac);
	if (m == NULL || m->ctx == NULL ||
	    EVP_MAC_init(m->ctx, key, len, sha256) != 1)
		crypt_mac_free(&m);
	return m;
}

void
crypt_mac_free(struct crypt_mac **m)
{
	if (*m == NULL)
		return;
	EVP_MAC_CTX_free((*m)->ctx);
	free(*m);
	*m = NULL;
}

void
crypt_mac(struct crypt_mac *m, const struct crypt_part *parts, size_t n,
    unsigned char out[CRYPT_SHA256_SIZE])
{
	/* Without a key: again under the one it has. */
	int good = EVP_MAC_init(m->ctx, NULL, 0, NULL);
	size_t len;

	for (size_t i = 0; i < n && good == 1; i++) {
		uint64_t prefix = parts[i].len;

		good = EVP_MAC_update(m->ctx, (const void *)&prefix,
		    sizeof(prefix));
		if (good == 1)
			good =
			    EVP_MAC_update(m->ctx, parts[i].data, parts[i].len);
	}
	/* Fails only without memory; a tag that lies is worse. */
	if (good != 1 ||
	    EVP_MAC_final(m->ctx, out, &len, CRYPT_SHA256_SIZE) != 1)
		abort();
}

uint64_t
crypt_tag(struct crypt_mac *m, const struct crypt_part *parts, size_t n)
{
	unsigned char code[CRYPT_SHA256_SIZE];
	uint64_t tag;

	crypt_mac(m, parts, n, code);
	memcpy(&tag, code, sizeof(tag));
	return tag == 0 ? 1 : tag;
}

void
crypt_hmac(const void *key, size_t len, const struct crypt_part *parts,
    size_t n, unsigned char out[CRYPT_SHA256_SIZE])
{
	struct crypt_mac *m = crypt_mac_new(key, len);
	int good = m != NULL;
	size_t size;

	for (size_t i = 0; i < n && good == 1; i++)
		good = EVP_MAC_update(m->ctx, parts[i].data, parts[i].len);
	if (good != 1 ||
	    EVP_MAC_final(m->ctx, out, &size, CRYPT_SHA256_SIZE) != 1)
		abort();
	crypt_mac_free(&m);
}

bool
crypt_same(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

/* What a TLS handshake needs; who has less of it does without. */
void
crypt_prepare(void)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KEYEXCH *exchange = EVP_KEYEXCH_fetch(NULL, "X25519", NULL);
	EVP_KEYMGMT *keys = EVP_KEYMGMT_fetch(NULL, "X25519", NULL);
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MD *digest = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(NULL, "ECDSA", NULL);

	EVP_CIPHER_free(cipher);
	EVP_KDF_free(kdf);
	EVP_KEYEXCH_free(exchange);
	EVP_KEYMGMT_free(keys);
	EVP_MAC_free(mac);
	EVP_MD_free(digest);
	EVP_SIGNATURE_free(signature);
}
