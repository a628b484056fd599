/* SPDX-License-Identifier: MIT */
/* Decode once; refuse what a second decoding or resolving would change. */
#include "route/path.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <string.h>

/* http://host/p -> /p: some servers pass the absolute form on. */
static const char *
cut_authority(const char *uri)
{
	size_t n = str_url_origin(uri);

	if (n == 0)
		return uri;
	return uri[n] == '/' ? uri + n : NULL;
}

/* "%2f", "%5c" and "%25" mean one thing here and another behind us. */
static bool
has_encoded_separator(const char *s, size_t n)
{
	for (size_t i = 0; n - i > 2 && i < n; i++) {
		if (s[i] != '%')
			continue;
		if (s[i + 1] == '2' && strchr("fF5", s[i + 2]) != NULL)
			return true;
		if (s[i + 1] == '5' && strchr("cC", s[i + 2]) != NULL)
			return true;
	}
	return false;
}

/* "//", "/.", "/..", "\", "#" */
static bool
has_tricks(const char *path)
{
	if (strpbrk(path, "\\#") != NULL || strstr(path, "//") != NULL)
		return true;
	for (const char *p = path; (p = strstr(p, "/.")) != NULL; p++) {
		size_t dots = strspn(p + 1, ".");

		if (dots <= 2 && (p[1 + dots] == '/' || p[1 + dots] == '\0'))
			return true;
	}
	return false;
}

static enum path_result
strip_base(const char *base_path, const char **path)
{
	const char *rest = str_after(*path, base_path);

	if (rest == NULL || (rest[0] != '/' && rest[0] != '\0'))
		return PATH_OUTSIDE;
	*path = rest[0] == '\0' ? "/" : rest;
	return PATH_OK;
}

enum path_result
path_parse(const char *uri, const char *base_path, struct arena *a,
    const char **path, const char **query)
{
	const char *raw = uri == NULL ? NULL : cut_authority(uri);
	char *decoded;
	size_t n;

	*path = NULL;
	*query = NULL;
	if (raw == NULL || raw[0] != '/')
		return PATH_AMBIGUOUS;
	n = strcspn(raw, "?");
	if (raw[n] == '?')
		*query = raw + n + 1;
	if (has_encoded_separator(raw, n))
		return PATH_AMBIGUOUS;
	decoded = str_percent_decode(a, raw, n);
	if (decoded == NULL || has_tricks(decoded) ||
	    str_utf8_count(decoded, strlen(decoded)) == -1)
		return PATH_AMBIGUOUS;
	n = strlen(decoded);
	if (n > 1 && decoded[n - 1] == '/')
		decoded[n - 1] = '\0';
	*path = decoded;
	return strip_base(base_path, path);
}

const char *
path_query(const char *query, const char *name, struct arena *a)
{
	const char *value = NULL;
	size_t len = 0, name_len = strlen(name);

	while (query != NULL && *query != '\0') {
		size_t n = strcspn(query, "&");

		if (n > name_len && query[name_len] == '=' &&
		    memcmp(query, name, name_len) == 0) {
			if (value != NULL)
				return NULL;
			value = query + name_len + 1;
			len = n - name_len - 1;
		}
		query += n + (query[n] == '&');
	}
	return value == NULL ? NULL : str_percent_decode(a, value, len);
}
