/* SPDX-License-Identifier: MIT */
/* By their looks: there is no list of all secrets. */
#include "base/redact.h"

#include "base/str.h"

#include <string.h>

enum { MIXED_MIN = 20, HEX_MIN = 32 };

static const char *const prefixes[] = { "eyJ", "ory_", "sk_test_", "sk_live_",
	"whsec_" };

bool
redact_has_prefix(const char *s, size_t n)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t len = strlen(prefixes[i]);

		if (n > len && memcmp(s, prefixes[i], len) == 0)
			return true;
	}
	return false;
}

/* The most of the segment that holds nothing but these. */
static size_t
longest(const char *s, size_t n, const char *set)
{
	size_t best = 0, run = 0;

	for (size_t i = 0; i < n; i++) {
		run = s[i] != '\0' && strchr(set, s[i]) != NULL ? run + 1 : 0;
		best = run > best ? run : best;
	}
	return best;
}

bool
redact_is_secret(const char *s, size_t n)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (redact_has_prefix(s, n) ||
	    longest(s, n, STR_DIGITS "abcdefABCDEF") >= HEX_MIN)
		return true;
	return longest(s, n, STR_ALNUM "_") >= MIXED_MIN &&
	       longest(s, n, lower) > 0 && longest(s, n, upper) > 0 &&
	       longest(s, n, STR_DIGITS) > 0;
}

const char *
redact_path(const char *path, char *out, size_t size)
{
	size_t at = 0;

	if (path == NULL)
		return NULL;
	while (*path != '\0' && at + 1 < size) {
		size_t n = strcspn(path, "/");
		bool hide =
		    redact_is_secret(path, n) || memchr(path, '@', n) != NULL;
		size_t copy = n > size - 1 - at ? size - 1 - at : n;

		if (hide) {
			out[at++] = '*';
		} else {
			memcpy(out + at, path, copy);
			at += copy;
		}
		path += n;
		if (*path == '/' && at + 1 < size)
			out[at++] = *path++;
	}
	out[at] = '\0';
	return out;
}
