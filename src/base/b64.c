/* SPDX-License-Identifier: MIT */
/* Base64 by tables, four characters at a time. */
#include "base/b64.h"

#include <stdint.h>
#include <string.h>

/* A character's six bits under a mark; without the mark it is none. */
enum { KNOWN = 0x40, BITS = 0x3f };

#define K(c, v) [c] = KNOWN | (v)
#define K4(a, b, c, d, v) K(a, v), K(b, (v) + 1), K(c, (v) + 2), K(d, (v) + 3)
#define LETTERS_AND_DIGITS                                                     \
	K4('A', 'B', 'C', 'D', 0), K4('E', 'F', 'G', 'H', 4),                  \
	    K4('I', 'J', 'K', 'L', 8), K4('M', 'N', 'O', 'P', 12),             \
	    K4('Q', 'R', 'S', 'T', 16), K4('U', 'V', 'W', 'X', 20),            \
	    K4('Y', 'Z', 'a', 'b', 24), K4('c', 'd', 'e', 'f', 28),            \
	    K4('g', 'h', 'i', 'j', 32), K4('k', 'l', 'm', 'n', 36),            \
	    K4('o', 'p', 'q', 'r', 40), K4('s', 't', 'u', 'v', 44),            \
	    K4('w', 'x', 'y', 'z', 48), K4('0', '1', '2', '3', 52),            \
	    K4('4', '5', '6', '7', 56), K('8', 60), K('9', 61)

static const unsigned char url[256] = { LETTERS_AND_DIGITS, K('-', 62),
	K('_', 63) };
static const unsigned char standard[256] = { LETTERS_AND_DIGITS, K('+', 62),
	K('/', 63) };

/* The last two or three characters: the bits that fill no byte are zero. */
static int
decode_rest(const unsigned char *table, const unsigned char *s, size_t n,
    unsigned char *out)
{
	unsigned a = table[s[0]], b = table[s[1]];
	unsigned c = n == 3 ? table[s[2]] : KNOWN;
	uint32_t v = (a & BITS) << 12 | (b & BITS) << 6 | (c & BITS);

	if ((a & b & c & KNOWN) == 0 || (v & (n == 3 ? 3 : 0x3ff)) != 0)
		return -1;
	out[0] = (unsigned char)(v >> 10);
	if (n == 3)
		out[1] = (unsigned char)(v >> 2);
	return 0;
}

static int
decode(const unsigned char *table, const char *text, size_t n,
    unsigned char *out, size_t cap, size_t *len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t rest = n % 4, size = n / 4 * 3 + (rest > 0 ? rest - 1 : 0);

	if (rest == 1 || size > cap)
		return -1;
	for (const unsigned char *end = s + n - rest; s < end; s += 4) {
		unsigned a = table[s[0]], b = table[s[1]];
		unsigned c = table[s[2]], d = table[s[3]];
		uint32_t v;

		if ((a & b & c & d & KNOWN) == 0)
			return -1;
		v = (a & BITS) << 18 | (b & BITS) << 12 | (c & BITS) << 6 |
		    (d & BITS);
		*out++ = (unsigned char)(v >> 16);
		*out++ = (unsigned char)(v >> 8);
		*out++ = (unsigned char)v;
	}
	if (rest > 0 && decode_rest(table, s, rest, out) == -1)
		return -1;
	*len = size;
	return 0;
}

int
b64url_decode(const char *s, size_t n, unsigned char *out, size_t cap,
    size_t *len)
{
	return decode(url, s, n, out, cap, len);
}

int
b64_decode(const char *s, size_t n, unsigned char *out, size_t cap, size_t *len)
{
	if (n > 0 && n % 4 == 0 && s[n - 1] == '=')
		n -= s[n - 2] == '=' ? 2 : 1;
	return decode(standard, s, n, out, cap, len);
}

size_t
b64url_encode(const void *data, size_t n, char *out)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
				  "mnopqrstuvwxyz0123456789-_";
	const unsigned char *in = data;
	char *start = out;

	for (; n >= 3; n -= 3, in += 3) {
		*out++ = set[in[0] >> 2];
		*out++ = set[(in[0] & 3) << 4 | in[1] >> 4];
		*out++ = set[(in[1] & 15) << 2 | in[2] >> 6];
		*out++ = set[in[2] & 63];
	}
	if (n > 0) {
		*out++ = set[in[0] >> 2];
		*out++ = set[(in[0] & 3) << 4 | (n == 2 ? in[1] >> 4 : 0)];
	}
	if (n == 2)
		*out++ = set[(in[1] & 15) << 2];
	*out = '\0';
	return (size_t)(out - start);
}
