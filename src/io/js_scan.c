/* SPDX-License-Identifier: MIT */
/*
 * A JSON checker without recursion: a cursor, a stack of brackets and, per
 * step, what may come next.
 */
#include "io/js_scan.h"

#include "base/str.h"

#include <stdbool.h>
#include <string.h>

enum { STACK_MAX = 128 };

struct scan {
	const char *at, *start, *end;
	char stack[STACK_MAX]; /* '{' or '[' of each open level */
	int open, depth;
	struct js_shape shape;
	struct err *e;
};

static int
fail(struct scan *s, const char *problem)
{
	return err_set(s->e, ERR_INPUT, "byte %ld: %s",
	    (long)(s->at - s->start) + 1, problem);
}

static int
peek(const struct scan *s)
{
	return s->at < s->end ? (unsigned char)*s->at : -1;
}

static void
skip_space(struct scan *s)
{
	while (s->at < s->end && memchr(" \t\r\n", *s->at, 4) != NULL)
		s->at++;
}

/* Four hexadecimal digits at the cursor, or -1. */
static long
hex4(struct scan *s)
{
	static const char set[] = STR_DIGITS "abcdefABCDEF";
	long v = 0;

	for (int i = 0; i < 4; i++, s->at++) {
		const char *p;
		long d;

		if (s->at == s->end || *s->at == '\0' ||
		    (p = strchr(set, *s->at)) == NULL)
			return -1;
		d = p - set;
		v = v * 16 + (d < 16 ? d : d - 6);
	}
	return v;
}

/* Behind "\u": a code unit, or a pair of surrogates that belong together. */
static int
scan_unicode(struct scan *s)
{
	long unit = hex4(s);

	if (unit == -1)
		return fail(s, "expected four hexadecimal digits");
	if (unit == 0)
		return fail(s, "the character U+0000 is not allowed");
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return fail(s, "half of a surrogate pair");
	if (unit < 0xd800 || unit > 0xdbff)
		return 0;
	if (s->end - s->at < 6 || s->at[0] != '\\' || s->at[1] != 'u')
		return fail(s, "half of a surrogate pair");
	s->at += 2;
	unit = hex4(s);
	if (unit < 0xdc00 || unit > 0xdfff)
		return fail(s, "half of a surrogate pair");
	return 0;
}

/* Behind a backslash. */
static int
scan_escape(struct scan *s)
{
	int c = peek(s);

	if (c <= 0 || strchr("\"\\/bfnrtu", c) == NULL)
		return fail(s, "unknown escape in a string");
	s->at++;
	return c == 'u' ? scan_unicode(s) : 0;
}

/* ASCII that stands for itself in a string: nearly all there is. */
static const bool is_plain[256] = {
	[' ' ... '!'] = true,
	['#' ... '['] = true,
	[']' ... 0x7f] = true,
};

static int
scan_string(struct scan *s)
{
	s->at++;
	for (;;) {
		size_t width;

		while (s->at < s->end && is_plain[(unsigned char)*s->at])
			s->at++;
		if (s->at == s->end)
			return fail(s, "the string does not end");
		if (*s->at == '"')
			break;
		width = str_utf8_width(s->at, (size_t)(s->end - s->at));
		if (width == 0)
			return fail(s, "not UTF-8");
		if ((unsigned char)*s->at < ' ')
			return fail(s, "control character in a string");
		s->at += width;
		if (s->at[-1] == '\\' && scan_escape(s) == -1)
			return -1;
	}
	s->at++;
	return 0;
}

static size_t
skip_digits(struct scan *s)
{
	const char *from = s->at;

	while (peek(s) >= '0' && peek(s) <= '9')
		s->at++;
	return (size_t)(s->at - from);
}

/* -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
static int
scan_number(struct scan *s)
{
	if (peek(s) == '-')
		s->at++;
	if (peek(s) == '0')
		s->at++;
	else if (skip_digits(s) == 0)
		return fail(s, "expected a value");
	if (peek(s) == '.') {
		s->at++;
		if (skip_digits(s) == 0)
			return fail(s, "expected a digit");
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (skip_digits(s) == 0)
			return fail(s, "expected a digit");
	}
	return 0;
}

static int
scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
		return fail(s, "expected a value");
	s->at += n;
	return 0;
}

/* "name" : */
static int
scan_name(struct scan *s)
{
	skip_space(s);
	if (peek(s) != '"')
		return fail(s, "expected a member name");
	if (scan_string(s) == -1)
		return -1;
	skip_space(s);
	if (peek(s) != ':')
		return fail(s, "expected a colon");
	s->at++;
	s->shape.members++;
	return 0;
}

/*
 * Opens a level.  Returns 1 when it is empty and closed at once (the value is
 * complete), 0 when its first value follows, -1 on an error.
 */
static int
scan_open(struct scan *s)
{
	char bracket = *s->at;

	if (s->open == s->depth)
		return fail(s, "nested too deeply");
	s->stack[s->open++] = bracket;
	if (s->open > s->shape.depth)
		s->shape.depth = s->open;
	s->at++;
	skip_space(s);
	if (peek(s) == (bracket == '{' ? '}' : ']')) {
		s->at++;
		s->open--;
		return 1;
	}
	return bracket == '{' ? scan_name(s) : 0;
}

/* One value, or the opening of one: as scan_open(). */
static int
scan_value(struct scan *s)
{
	int rc;

	skip_space(s);
	switch (peek(s)) {
	case '{':
	case '[':
		return scan_open(s);
	case '"':
		rc = scan_string(s);
		break;
	case 't':
		rc = scan_word(s, "true");
		break;
	case 'f':
		rc = scan_word(s, "false");
		break;
	case 'n':
		rc = scan_word(s, "null");
		break;
	default:
		rc = scan_number(s);
	}
	return rc == -1 ? -1 : 1;
}

/* Behind a complete value: closes levels until a next value is due (0) or
 * the outermost is closed (1). */
static int
scan_after(struct scan *s)
{
	while (s->open > 0) {
		bool object = s->stack[s->open - 1] == '{';

		skip_space(s);
		if (peek(s) == ',') {
			s->at++;
			return object ? scan_name(s) : 0;
		}
		if (peek(s) != (object ? '}' : ']'))
			return fail(s, object ? "expected a comma or }"
					      : "expected a comma or ]");
		s->at++;
		s->open--;
	}
	return 1;
}

int
js_scan(const char *text, size_t n, int depth, struct js_shape *shape,
    struct err *e)
{
	struct scan s = { .at = text,
		.start = text,
		.end = text + n,
		.depth = depth < STACK_MAX ? depth : STACK_MAX,
		.e = e };
	int rc = 0;

	skip_space(&s);
	s.shape.object = peek(&s) == '{';
	while (rc == 0) {
		rc = scan_value(&s);
		if (rc == 1)
			rc = scan_after(&s);
	}
	if (rc == -1)
		return -1;
	skip_space(&s);
	if (s.at != s.end)
		return fail(&s, "unexpected text after the value");
	*shape = s.shape;
	return 0;
}
