/* SPDX-License-Identifier: MIT */
/* Decode once; refuse what a second decoding or resolving would change. */
#include "base/path.h"

#include "base/arena.h"
#include "base/str.h"

#include <string.h>

const char *
path_target(const char *uri)
{
	const char *rest = uri + str_url_origin(uri);

	return rest[0] == '/' ? rest : NULL;
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

bool
path_is_plain(const char *path)
{
	if (strpbrk(path, "\\#") != NULL || strstr(path, "//") != NULL)
		return false;
	for (const char *p = path; (p = strstr(p, "/.")) != NULL; p++) {
		size_t dots = strspn(p + 1, ".");

		if (dots <= 2 && (p[1 + dots] == '/' || p[1 + dots] == '\0'))
			return false;
	}
	return true;
}

/* NULL, and path and raw query; or why there is no one reading. */
static const char *
read_target(const char *uri, struct arena *a, char **path, const char **query)
{
	const char *raw = uri == NULL ? NULL : path_target(uri);
	size_t n;

	if (raw == NULL)
		return "does not begin with \"/\"";
	n = strcspn(raw, "?");
	*query = raw[n] == '?' ? raw + n + 1 : NULL;
	if (has_encoded_separator(raw, n))
		return "holds an encoded \"/\", \"\\\" or \"%\"";
	*path = str_percent_decode(a, raw, n);
	if (*path == NULL)
		return "holds a broken escape or a control character, or is "
		       "too long";
	if (!path_is_plain(*path))
		return "holds \"//\", \"/./\", \"/../\", \"\\\" or \"#\"";
	if (str_utf8_count(*path, strlen(*path)) == -1)
		return "is not UTF-8";
	return NULL;
}

const char *
path_problem(const char *uri, struct arena *a)
{
	const char *query;
	char *path;

	return read_target(uri, a, &path, &query);
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
	char *decoded;
	size_t n;

	*path = NULL;
	*query = NULL;
	if (read_target(uri, a, &decoded, query) != NULL)
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
