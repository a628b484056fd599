/* SPDX-License-Identifier: MIT */
/* Questions about bytes that libc does not answer. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Equal but for ASCII case; the locale has no say. */
bool str_eq_nocase(const char *a, const char *b);

/* s starts with prefix; returns what follows it, or NULL. */
const char *str_after(const char *s, const char *prefix);

/* Length in bytes of the UTF-8 character at s (n bytes left); 0 if invalid:
 * overlong forms, surrogates and above U+10FFFF are (RFC 3629). */
size_t str_utf8_width(const char *s, size_t n);

/* Unicode code points in n bytes; -1 if they are not UTF-8. */
long str_utf8_count(const char *s, size_t n);

/* Every byte of s is in `set`, and there are min..max of them. */
bool str_is_from(const char *s, const char *set, size_t min, size_t max);

/* Alphabets for str_is_from(). */
#define STR_DIGITS "0123456789"
#define STR_ALNUM                                                              \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" STR_DIGITS

/*
 * A value may become a header field or a log word: no byte below 0x20, no
 * DEL.  (CR, LF and NUL are the ones that split answers.)
 */
bool str_is_header_safe(const char *s);

/* s is a UUID in the usual text form, any case. */
bool str_is_uuid(const char *s);

/*
 * Decodes %XX in the first n bytes of s once, into a.  NULL if an escape is
 * broken, a decoded byte is a control byte, or the ceiling is reached.
 */
char *str_percent_decode(struct arena *a, const char *s, size_t n);

/*
 * The length of the origin "scheme://host[:port]" at the start of an absolute
 * http or https URL, as a browser would see it; 0 when there is none, or when
 * the text holds what browsers and parsers read differently (user
 * information, backslash, space, control bytes).
 */
size_t str_url_origin(const char *url);

#endif
