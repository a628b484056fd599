/* SPDX-License-Identifier: MIT */
/* SHA-256 and HMAC through libcrypto's EVP interface. */
#include "io/crypt.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Above the longest credential (CRED_TOKEN_MAX) and what stands before it. */
enum { MESSAGE_MAX = 16 << 10 };

void
crypt_sha256_hex(const void *data, size_t n, char out[CRYPT_SHA256_HEX_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char sum[CRYPT_SHA256_SIZE];

	/* Fails only without memory; a checksum that lies is worse. */
	if (EVP_Digest(data, n, sum, NULL, EVP_sha256(), NULL) != 1)
		abort();
	for (size_t i = 0; i < sizeof(sum); i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 15];
	}
	out[2 * sizeof(sum)] = '\0';
}

void
crypt_hmac_sha256(const void *key, size_t key_len,
    const struct crypt_part *parts, size_t n,
    unsigned char out[CRYPT_SHA256_SIZE])
{
	unsigned char message[MESSAGE_MAX];
	unsigned int out_len = CRYPT_SHA256_SIZE;
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t len = parts[i].len;

		if (used + sizeof(len) + len > sizeof(message))
			abort(); /* callers bound their parts */
		memcpy(message + used, &len, sizeof(len));
		memcpy(message + used + sizeof(len), parts[i].data, len);
		used += sizeof(len) + len;
	}
	if (HMAC(EVP_sha256(), key, (int)key_len, message, used, out,
		&out_len) == NULL)
		abort();
	OPENSSL_cleanse(message, used);
}
