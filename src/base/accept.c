/* SPDX-License-Identifier: MIT */
/* Ranges, apart at commas, and their parameters, apart at semicolons. */
#include "base/accept.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A piece of the field. */
struct piece {
	const char *at;
	size_t n;
};

/* How near a range is to the type. */
enum nearness { NEAR_NOT, NEAR_ANY, NEAR_KIND, NEAR_SAME };

/* The next one up to `end`, without blanks around; *rest moves behind it. */
static struct piece
next(struct piece *rest, char end)
{
	struct piece p = { rest->at, 0 };
	bool quoted = false;

	while (p.n < rest->n && (quoted || p.at[p.n] != end))
		quoted ^= p.at[p.n++] == '"';
	rest->at += p.n;
	rest->n -= p.n;
	if (rest->n > 0) { /* the end itself */
		rest->at++;
		rest->n--;
	}
	while (p.n > 0 && strchr(" \t", *p.at) != NULL) {
		p.at++;
		p.n--;
	}
	while (p.n > 0 && strchr(" \t", p.at[p.n - 1]) != NULL)
		p.n--;
	return p;
}

static bool
is(struct piece p, const char *text, size_t n)
{
	return p.n == n && strncasecmp(p.at, text, n) == 0;
}

/* "0.75" in thousandths; -1: it is no weight (RFC 9110, 12.4.2). */
static int
weight(struct piece p)
{
	int value, unit = ACCEPT_FULL;

	if (p.n == 0 || p.n > 5 || (p.at[0] != '0' && p.at[0] != '1') ||
	    (p.n > 1 && p.at[1] != '.'))
		return -1;
	value = (p.at[0] - '0') * unit;
	for (size_t i = 2; i < p.n; i++) {
		if (p.at[i] < '0' || p.at[i] > '9')
			return -1;
		value += (p.at[i] - '0') * (unit /= 10);
	}
	return value <= ACCEPT_FULL ? value : -1;
}

/* The quality that a range's parameters give; -1: not to this version. */
static int
quality(struct piece parameters, const char *version)
{
	int q = ACCEPT_FULL;

	while (parameters.n > 0 && q != -1) {
		struct piece value = next(&parameters, ';');
		struct piece name = next(&value, '=');

		if (is(name, "q", 1))
			q = weight(value);
		else if (is(name, "version", 7) && version != NULL &&
			 !is(value, version, strlen(version)))
			q = -1;
	}
	return q;
}

static enum nearness
nearness(struct piece range, const char *type)
{
	size_t kind = strcspn(type, "/") + 1;

	if (is(range, type, strlen(type)))
		return NEAR_SAME;
	if (is(range, "*/*", 3))
		return NEAR_ANY;
	return range.n == kind + 1 && range.at[kind] == '*' &&
		       strncasecmp(range.at, type, kind) == 0
		   ? NEAR_KIND
		   : NEAR_NOT;
}

int
accept_quality(const char *accept, const char *type, const char *version)
{
	struct piece rest = { accept, accept == NULL ? 0 : strlen(accept) };
	enum nearness best = NEAR_NOT;
	int found = rest.n == 0 ? ACCEPT_FULL : 0;

	while (rest.n > 0) {
		struct piece parameters = next(&rest, ',');
		struct piece range = next(&parameters, ';');
		enum nearness near = nearness(range, type);
		int q = near < best ? -1 : quality(parameters, version);

		if (near == NEAR_NOT || q == -1 || (near == best && q < found))
			continue;
		best = near;
		found = q;
	}
	return found;
}
