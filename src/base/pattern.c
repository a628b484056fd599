/* SPDX-License-Identifier: MIT */
/*
 * A set of places in the pattern, moved on by one character of the path at a
 * time: no path makes it try again.
 */
#include "base/pattern.h"

#include "base/path.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Nowhere in a pattern. */
static const struct {
	const char *text, *why;
} refused[] = {
	{ "%", "is written decoded: without \"%\"" },
	{ ";", "is compared without parameters: leave out \";\"" },
	{ "\\", "must not hold a backslash" },
	{ "#", "must not hold \"#\"" },
	{ "***", "must not hold more than two \"*\" in a row" },
};

/* Each keeps another place in the pattern busy, whatever the path. */
static bool
has_too_many_stars(const char *pattern)
{
	size_t n = 0;

	for (; *pattern != '\0'; pattern++)
		n += *pattern == '*';
	return n > PATTERN_STARS_MAX;
}

/* "?" is one character, so it is no query that is meant. */
static bool
has_query(const char *pattern)
{
	const char *mark = strchr(pattern, '?');

	return mark != NULL && strpbrk(mark, "=&") != NULL;
}

const char *
pattern_problem(const char *pattern)
{
	size_t n = strlen(pattern);

	if (pattern[0] != '/')
		return "must begin with \"/\"";
	if (n > PATTERN_MAX)
		return "is longer than 255 bytes";
	if (!str_is_header_safe(pattern) || str_utf8_count(pattern, n) == -1)
		return "must be UTF-8 without control characters";
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strstr(pattern, refused[i].text) != NULL)
			return refused[i].why;
	if (!path_is_plain(pattern))
		return "must not hold \"//\", \"/./\" or \"/../\"";
	if (has_too_many_stars(pattern))
		return "must not hold more than 8 \"*\"";
	if (has_query(pattern))
		return "names a path: a query is not looked at";
	return pattern[n - 1] == ' ' ? "ends with a blank" : NULL;
}

enum { WORDS = (PATTERN_MAX + 1 + 63) / 64 };

/* The places that have been reached: bit i, what stands before i is matched. */
struct places {
	uint64_t bits[WORDS];
};

struct pattern {
	const char *text;
	size_t len; /* without a final slash */
	bool any_case;
};

static bool
has(const struct places *s, size_t i)
{
	return (s->bits[i / 64] >> i % 64 & 1) != 0;
}

/* "**" at i? */
static bool
is_deep(const struct pattern *p, size_t i)
{
	return p->len - i > 1 && p->text[i] == '*' && p->text[i + 1] == '*';
}

/* Reaches i, and what can be reached from there by matching nothing. */
static void
reach(const struct pattern *p, struct places *s, size_t i)
{
	while (!has(s, i)) {
		bool folder = p->text[i] == '/' && i + 3 < p->len &&
			      is_deep(p, i + 1) && p->text[i + 3] == '/';

		s->bits[i / 64] |= UINT64_C(1) << i % 64;
		if (i < p->len && p->text[i] == '*')
			i += is_deep(p, i) ? 2 : 1;
		else if (folder)
			i += 3;
	}
}

static int
fold(const struct pattern *p, char c)
{
	return p->any_case && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* Moves on from i with a character of that width. */
static void
step(const struct pattern *p, size_t i, const char *at, size_t width,
    struct places *next)
{
	const char *c = p->text + i;

	if (i == p->len)
		return;
	if (*c == '*' && (*at != '/' || is_deep(p, i)))
		reach(p, next, i);
	else if (*c == '?' && *at != '/')
		reach(p, next, i + 1);
	else if (width == 1 ? fold(p, *c) == fold(p, *at)
			    : strncmp(c, at, width) == 0)
		reach(p, next, i + width);
}

/* False: there is no place left to go on from. */
static bool
move(const struct pattern *p, struct places *now, const char *at, size_t width)
{
	struct places next = { { 0 } };
	uint64_t any = 0;

	for (size_t w = 0; w <= p->len / 64; w++)
		for (uint64_t bits = now->bits[w]; bits != 0; bits &= bits - 1)
			step(p, w * 64 + (size_t)__builtin_ctzll(bits), at,
			    width, &next);
	*now = next;
	for (size_t w = 0; w <= p->len / 64; w++)
		any |= next.bits[w];
	return any != 0;
}

bool
pattern_match(const char *pattern, const char *path, bool any_case)
{
	struct pattern p = { pattern, strlen(pattern), any_case };
	struct places now = { { 0 } };
	size_t left = strlen(path);

	if (p.len > PATTERN_MAX || path[0] != '/')
		return false;
	if (p.len > 0 && pattern[p.len - 1] == '/')
		p.len--;
	for (reach(&p, &now, 0); left > 0;) {
		size_t width = str_utf8_width(path, left);

		if (*path == '/' && has(&now, p.len))
			return true;
		if (!move(&p, &now, path, width == 0 ? 1 : width))
			return false;
		width = width == 0 ? 1 : width;
		path += width;
		left -= width;
	}
	/* it may be a folder, which is named with a slash at its end */
	if (has(&now, p.len))
		return true;
	return path[-1] != '/' && move(&p, &now, "/", 1) && has(&now, p.len);
}
