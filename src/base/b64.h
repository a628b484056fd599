/* SPDX-License-Identifier: MIT */
/* Base64 both ways, read strictly: no two texts give the same bytes. */
#ifndef BASE_B64_H
#define BASE_B64_H

#include <stddef.h>

/* Most bytes that n characters decode to; characters for n bytes, and NUL. */
#define B64_DECODED_MAX(n) ((n) / 4 * 3 + 2)
#define B64URL_SIZE(n) (((n)*4 + 2) / 3 + 1)

/*
 * base64url without padding (RFC 4648 section 5, RFC 7515 appendix C): only
 * its alphabet, a length there is, unused last bits zero.  0 and *len, or -1;
 * also -1 when more than `cap` bytes would come out.  Empty text is no bytes.
 */
int b64url_decode(const char *s, size_t n, unsigned char *out, size_t cap,
    size_t *len);

/*
 * base64 (RFC 4648 section 4), as strict; padding may be missing altogether,
 * but where it is it must be right.
 */
int b64_decode(const char *s, size_t n, unsigned char *out, size_t cap,
    size_t *len);

/*
 * base64url of n bytes, ended by NUL; `out` holds B64URL_SIZE(n).  Returns
 * the length of the text.
 */
size_t b64url_encode(const void *data, size_t n, char *out);

#endif
