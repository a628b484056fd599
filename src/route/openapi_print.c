/* SPDX-License-Identifier: MIT */
/* The document is one line for machines; here it gets others. */
#include "route/openapi_print.h"

#include "auth/auth.h"
#include "conf/conf.h"
#include "route/openapi.h"
#include "route/openapi_doc.h"
#include "shm/shared.h"

#include <stdbool.h>
#include <string.h>

enum { FLAT_MAX = 60 }; /* an object or a list so short stands on a line */

static void
new_line(int depth, FILE *out)
{
	fprintf(out, "\n%*s", 2 * depth, "");
}

static bool
is_empty_list(const char *text)
{
	return text[0] == '[' && text[1] == ']';
}

/* Where the object or list at `text` ends, if it is short and holds none but
 * empty lists. */
static const char *
flat_end(const char *text)
{
	const char *p = text + 1;

	while (p - text <= FLAT_MAX && *p != '\0' &&
	       (is_empty_list(p) || strchr("{[}]", *p) == NULL))
		p = *p == '"' ? doc_string_end(p) : p + 1 + is_empty_list(p);
	return p - text <= FLAT_MAX && (*p == '}' || *p == ']') ? p + 1 : NULL;
}

/* "{ "a": 1, "b": 2 }" */
static void
print_flat(const char *text, const char *end, FILE *out)
{
	bool padded = *text == '{' && end - text > 2;

	while (text < end) {
		const char *next =
		    *text == '"' ? doc_string_end(text) : text + 1;

		if (padded && *text == '}')
			putc(' ', out);
		fwrite(text, 1, (size_t)(next - text), out);
		if (*text == ':' || *text == ',' || (padded && *text == '{'))
			putc(' ', out);
		text = next;
	}
}

/* One character outside of strings and of what is flat. */
static int
print_mark(char c, int depth, FILE *out)
{
	if (c == '}' || c == ']')
		new_line(--depth, out);
	putc(c, out);
	if (c == '{' || c == '[')
		depth++;
	if (c == ':')
		putc(' ', out);
	else if (strchr(",{[", c) != NULL)
		new_line(depth, out);
	return depth;
}

/* JSON without spaces, read by people. */
static void
print_indented(const char *text, FILE *out)
{
	int depth = 0;

	while (*text != '\0') {
		const char *end = NULL;

		if (*text == '{' || *text == '[')
			end = flat_end(text);
		if (end != NULL) {
			print_flat(text, end, out);
		} else if (*text == '"') {
			end = doc_string_end(text);
			fwrite(text, 1, (size_t)(end - text), out);
		} else {
			depth = print_mark(*text, depth, out);
			end = text + 1;
		}
		text = end;
	}
	putc('\n', out);
}

static void
print(const struct conf *c, const struct auth *auth, FILE *out, struct err *e)
{
	struct openapi *o = openapi_new(c, auth);
	const char *text = NULL;
	size_t n;

	if (o != NULL)
		text = openapi_text(o, &n);
	if (text != NULL)
		print_indented(text, out);
	else
		err_set(e, ERR_BUG, "the description could not be made");
	openapi_free(&o);
}

int
openapi_print(const struct conf *c, FILE *out, FILE *complaints)
{
	const struct shared_options o = { .site = c->file, .private = true };
	struct err e = { 0 };
	struct shared *shared = shared_open(&o, &e);
	struct auth *auth = NULL;

	if (shared != NULL)
		auth = auth_new(c, shared, 0, &e);
	if (auth != NULL)
		print(c, auth, out, &e);
	if (e.text[0] != '\0')
		fprintf(complaints, "gatehouse: %s\n", e.text);
	auth_free(&auth);
	shared_free(&shared);
	return e.text[0] == '\0' ? 0 : 1;
}
