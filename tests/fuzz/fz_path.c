/* SPDX-License-Identifier: MIT */
/* base/path: the result is canonical, and reading it again changes nothing. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"

#include <string.h>

/* Percent-encodes all but the slashes. */
static const char *
encode(struct arena *a, const char *path)
{
	struct buf b;
	char one[2] = "";

	buf_init(&b, a, 64);
	for (; *path != '\0'; path++) {
		one[0] = *path;
		if (*path == '/')
			buf_char(&b, '/');
		else
			buf_percent(&b, one);
	}
	return buf_text(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(1 << 20);
	const char *uri = arena_dupn(a, (const char *)data, n);
	const char *path, *query, *again, *none;

	if (uri != NULL && path_parse(uri, "", a, &path, &query) == PATH_OK) {
		MUST(path[0] == '/' && str_is_header_safe(path));
		MUST(str_utf8_count(path, strlen(path)) >= 0);
		MUST(strstr(path, "//") == NULL);
		MUST(strstr(path, "/../") == NULL);
		MUST(path_is_plain(path) && strpbrk(path, "\\#") == NULL);
		MUST(path_target(uri)[0] == '/');
		MUST(path[1] == '\0' || path[strlen(path) - 1] != '/');
		/* a percent sign cannot be told from an escape twice over */
		MUST(strchr(path, '%') == NULL);
		MUST(path_parse(encode(a, path), "", a, &again, &none) ==
		    PATH_OK);
		MUST(strcmp(path, again) == 0 && none == NULL);
		path_query(query, "return_to", a);
	}
	if (uri != NULL && path_parse(uri, "/api", a, &path, &query) == PATH_OK)
		MUST(path[0] == '/');
	arena_free(&a);
	return 0;
}
