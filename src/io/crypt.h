/* SPDX-License-Identifier: MIT */
/* Digests, by libcrypto.  The only file that knows OpenSSL. */
#ifndef IO_CRYPT_H
#define IO_CRYPT_H

#include <stddef.h>

enum { CRYPT_SHA256_SIZE = 32, CRYPT_SHA256_HEX_SIZE = 65 };

/* Lower-case hexadecimal SHA-256 of n bytes, ended by NUL. */
void crypt_sha256_hex(
    const void *data, size_t n, char out[CRYPT_SHA256_HEX_SIZE]);

/* One piece of the message of crypt_hmac_sha256(). */
struct crypt_part {
	const void *data;
	size_t len;
};

/*
 * HMAC-SHA256 (RFC 2104) over the parts, each preceded by its length as eight
 * bytes, so that no two lists of parts give the same message.
 */
void crypt_hmac_sha256(const void *key, size_t key_len,
    const struct crypt_part *parts, size_t n,
    unsigned char out[CRYPT_SHA256_SIZE]);

#endif
