/* SPDX-License-Identifier: MIT */
/* Small, strict predicates on text. */
#include "base/str.h"

#include "base/arena.h"

#include <string.h>

static int
lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

bool
str_eq_nocase(const char *a, const char *b)
{
	while (*a != '\0' &&
	       lower((unsigned char)*a) == lower((unsigned char)*b))
		a++, b++;
	return lower((unsigned char)*a) == lower((unsigned char)*b);
}

const char *
str_after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

/* Shortest forms only: the second byte's range depends on the first. */
static bool
second_byte_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f; /* no surrogates */
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f; /* up to U+10FFFF */
	default:
		return true;
	}
}

size_t
str_utf8_width(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t width;

	if (n == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	width = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (width > n)
		return 0;
	for (size_t i = 1; i < width; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return second_byte_fits(u[0], u[1]) ? width : 0;
}

long
str_utf8_count(const char *s, size_t n)
{
	long count = 0;

	while (n > 0) {
		size_t width = str_utf8_width(s, n);

		if (width == 0)
			return -1;
		s += width;
		n -= width;
		count++;
	}
	return count;
}

bool
str_is_from(const char *s, const char *set, size_t min, size_t max)
{
	size_t n = strspn(s, set);

	return s[n] == '\0' && n >= min && n <= max;
}

bool
str_is_header_safe(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

bool
str_is_uuid(const char *s)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	static const char hex[] = STR_DIGITS "abcdefABCDEF";

	if (strlen(s) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < sizeof(shape) - 1; i++) {
		bool ok =
		    shape[i] == '-' ? s[i] == '-' : strchr(hex, s[i]) != NULL;

		if (!ok)
			return false;
	}
	return true;
}

static int
hex_value(char c)
{
	c = (char)lower((unsigned char)c);
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *
str_percent_decode(struct arena *a, const char *s, size_t n)
{
	char *out = arena_alloc(a, n + 1);
	size_t len = 0;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		int c = (unsigned char)s[i];

		if (c == '%') {
			int hi = n - i > 2 ? hex_value(s[i + 1]) : -1;
			int lo = n - i > 2 ? hex_value(s[i + 2]) : -1;

			if (hi == -1 || lo == -1)
				return NULL;
			c = hi * 16 + lo;
			i += 2;
		}
		if (c < ' ' || c == 0x7f)
			return NULL;
		out[len++] = (char)c;
	}
	out[len] = '\0';
	return out;
}

size_t
str_url_origin(const char *url)
{
	const char *host = str_after(url, "https://");
	size_t n;

	if (host == NULL)
		host = str_after(url, "http://");
	if (host == NULL)
		return 0;
	for (const char *p = url; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '\\')
			return 0;
	n = strcspn(host, "/?#");
	if (n == 0 || memchr(host, '@', n) != NULL)
		return 0;
	return (size_t)(host - url) + n;
}
