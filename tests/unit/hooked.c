/* SPDX-License-Identifier: MIT */
/* HMAC from the digest alone: what checks signatures must not make them. */
#include "unit/hooked.h"

#include "base/b64.h"
#include "io/crypt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, DIGEST = 32 };

static void
sha256(const void *data, size_t n, unsigned char out[DIGEST])
{
	char hex[CRYPT_SHA256_HEX_SIZE];

	crypt_sha256_hex(data, n, hex);
	for (size_t i = 0; i < DIGEST; i++) {
		unsigned byte;

		sscanf(hex + 2 * i, "%2x", &byte);
		out[i] = (unsigned char)byte;
	}
}

/* H(key xor opad, H(key xor ipad, text)); keys here are below a block. */
static void
hmac(const unsigned char *key, size_t len, const void *text, size_t n,
    unsigned char out[DIGEST])
{
	unsigned char outer[BLOCK + DIGEST], *inner = malloc(BLOCK + n);

	for (size_t i = 0; i < BLOCK; i++) {
		unsigned char k = i < len ? key[i] : 0;

		inner[i] = k ^ 0x36;
		outer[i] = k ^ 0x5c;
	}
	memcpy(inner + BLOCK, text, n);
	sha256(inner, BLOCK + n, outer + BLOCK);
	sha256(outer, sizeof(outer), out);
	free(inner);
}

/* base64url's text is base64's but for two letters and the padding. */
static void
as_base64(const unsigned char code[DIGEST], char *out)
{
	size_t n = b64url_encode(code, DIGEST, out);

	for (size_t i = 0; i < n; i++)
		if (out[i] == '-')
			out[i] = '+';
		else if (out[i] == '_')
			out[i] = '/';
	memcpy(out + n, "=", 2);
}

void
hooked_sign(const char *secret, const char *id, const char *timestamp,
    const void *body, size_t n, char signature[HOOKED_SIGNATURE_SIZE])
{
	const char *text =
	    strncmp(secret, "whsec_", 6) == 0 ? secret + 6 : secret;
	size_t head = strlen(id) + strlen(timestamp) + 2, len;
	unsigned char key[BLOCK], code[DIGEST];
	char *whole = malloc(head + n + 1);

	if (b64_decode(text, strlen(text), key, sizeof(key), &len) == -1)
		abort();
	snprintf(whole, head + 1, "%s.%s.", id, timestamp);
	if (n > 0)
		memcpy(whole + head, body, n);
	hmac(key, len, whole, head + n, code);
	memcpy(signature, "v1,", 3);
	as_base64(code, signature + 3);
	free(whole);
}
