/* SPDX-License-Identifier: MIT */
/* Digests, by libcrypto; keys and their signatures are io/key.h. */
#ifndef IO_CRYPT_H
#define IO_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CRYPT_SHA256_SIZE = 32, CRYPT_SHA256_HEX_SIZE = 65 };

/* Lower-case hexadecimal SHA-256 of n bytes, ended by NUL. */
void crypt_sha256_hex(const void *data, size_t n,
    char out[CRYPT_SHA256_HEX_SIZE]);

/* SHA-1 of n bytes, for names that others made with it; it protects nothing. */
enum { CRYPT_SHA1_SIZE = 20 };
void crypt_sha1(const void *data, size_t n, unsigned char out[CRYPT_SHA1_SIZE]);

/*
 * For who will fork: libcrypto makes its lists of algorithms, one a kind, when
 * the first of a kind is asked for.  Made here the children have them in
 * common; a worker of a TLS upstream has 100 KiB less of its own.  No contexts,
 * nothing to be freed.
 */
void crypt_prepare(void);

/*
 * HMAC-SHA256 (RFC 2104) under one key.  Setting it up costs more than a short
 * message, so it is kept: one a worker, made after the fork.  NULL: no memory.
 */
struct crypt_mac;
struct crypt_mac *crypt_mac_new(const void *key, size_t len);
void crypt_mac_free(struct crypt_mac **m);

/* One piece of a message. */
struct crypt_part {
	const void *data;
	size_t len;
};

/*
 * The code of the parts, each preceded by its length as eight bytes, so that
 * no two lists of parts give the same message.
 */
void crypt_mac(struct crypt_mac *m, const struct crypt_part *parts, size_t n,
    unsigned char out[CRYPT_SHA256_SIZE]);

/* The first 64 bits of that code; never 0, which stands for none. */
uint64_t crypt_tag(struct crypt_mac *m, const struct crypt_part *parts,
    size_t n);

/*
 * HMAC-SHA256 under a key that comes up seldom, over the bytes of the parts as
 * they stand: for messages that others sign.  Ends the process without memory.
 */
void crypt_hmac(const void *key, size_t len, const struct crypt_part *parts,
    size_t n, unsigned char out[CRYPT_SHA256_SIZE]);

/* Equal, found out in a time that says nothing about where they differ. */
bool crypt_same(const void *a, const void *b, size_t n);

#endif
