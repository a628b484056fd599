/* SPDX-License-Identifier: MIT */
/* Written from the end to the start: then every length is known in time. */
#include "io/der.h"

#include <string.h>

enum { BITS = 0x03, INTEGER = 0x02, SEQUENCE = 0x30 };

struct der {
	unsigned char *at; /* what is written begins here */
	const unsigned char *end;
};

static void
put(struct der *d, const void *data, size_t n)
{
	d->at -= n;
	memcpy(d->at, data, n);
}

static void
put_byte(struct der *d, size_t byte)
{
	*--d->at = (unsigned char)byte;
}

/* Tag and length of the n bytes that were written last; below 64 KiB. */
static void
put_head(struct der *d, int tag, size_t n)
{
	put_byte(d, n & 0xff);
	if (n > 0xff)
		put_byte(d, n >> 8);
	if (n > 0x7f)
		put_byte(d, n > 0xff ? 0x82 : 0x81);
	put_byte(d, (size_t)tag);
}

/* A number >= 0: shortest form, and a first bit that is no sign. */
static void
put_integer(struct der *d, const unsigned char *n, size_t len)
{
	while (len > 1 && n[0] == 0)
		n++, len--;
	put(d, n, len);
	if (n[0] >= 0x80) {
		put_byte(d, 0);
		len++;
	}
	put_head(d, INTEGER, len);
}

/* Wraps everything there is. */
static void
put_around(struct der *d, int tag)
{
	put_head(d, tag, (size_t)(d->end - d->at));
}

/* Moves the result to the start of its memory. */
static size_t
finish(struct der *d, unsigned char *out)
{
	size_t n = (size_t)(d->end - d->at);

	memmove(out, d->at, n);
	return n;
}

size_t
der_rsa_key(const unsigned char *n, size_t n_len, const unsigned char *e,
    size_t e_len, unsigned char out[DER_RSA_KEY_MAX])
{
	/* rsaEncryption, NULL */
	static const unsigned char algorithm[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a,
		0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 };
	struct der d = { out + DER_RSA_KEY_MAX, out + DER_RSA_KEY_MAX };

	put_integer(&d, e, e_len);
	put_integer(&d, n, n_len);
	put_around(&d, SEQUENCE);
	put_byte(&d, 0); /* no unused bits */
	put_around(&d, BITS);
	put(&d, algorithm, sizeof(algorithm));
	put_around(&d, SEQUENCE);
	return finish(&d, out);
}

size_t
der_ecdsa(const unsigned char *sig, size_t half,
    unsigned char out[DER_ECDSA_MAX])
{
	struct der d = { out + DER_ECDSA_MAX, out + DER_ECDSA_MAX };

	put_integer(&d, sig + half, half);
	put_integer(&d, sig, half);
	put_around(&d, SEQUENCE);
	return finish(&d, out);
}
