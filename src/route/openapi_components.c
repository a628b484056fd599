/* SPDX-License-Identifier: MIT */
/*
 * A file of api/ holds one component; a text "@word" in it is filled in by
 * openapi_words.c.
 */
#include "route/openapi_components.h"

#include "base/arena.h"
#include "base/buf.h"
#include "route/openapi_doc.h"
#include "route/openapi_refusals.h"
#include "route/openapi_words.h"

#include <stdlib.h>
#include <string.h>

struct api_file {
	const char *kind; /* its folder */
	const char *name;
	const char *text;
};

#include "generated/api.h"

enum {
	FILES = sizeof(api_files) / sizeof(api_files[0]),
	COMPONENTS_MAX = FILES + 2 * REFUSALS,
	WORD_MAX = 32,
};

struct component {
	const char *kind; /* its place below components */
	const char *name;
	const char *text;
	bool used;
};

/* A file's text without what is for readers, and with its words filled in. */
static const char *
fill_in(const struct openapi_site *s, const char *text, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, strlen(text));
	while (*text != '\0') {
		size_t n =
		    *text == '"' ? (size_t)(doc_string_end(text) - text) : 1;

		if (n > 3 && n < WORD_MAX && text[1] == '@') {
			char word[WORD_MAX];

			memcpy(word, text + 2, n - 3);
			word[n - 3] = '\0';
			words_write(s, word, &b);
		} else if (n > 1 || strchr(" \t\n", *text) == NULL) {
			buf_add(&b, text, n);
		}
		text += n;
	}
	return buf_text(&b);
}

static int
read_files(const struct openapi_site *s, struct component *c, struct arena *a)
{
	int n = 0;

	for (int i = 0; i < FILES; i++) {
		const struct api_file *f = &api_files[i];

		if (strcmp(f->kind, "api") == 0)
			continue;
		c[n++] = (struct component){
			.kind = strcmp(f->kind, "security") == 0
				    ? "securitySchemes"
				    : f->kind,
			.name = f->name,
			.text = fill_in(s, f->text, a),
		};
	}
	return n;
}

static int
add_refusals(struct component *c, int n, struct arena *a)
{
	for (int r = REFUSAL_NONE + 1; r < REFUSALS; r++) {
		const char *name = refusal_row((enum refusal)r)->name;
		struct buf schema, response;

		buf_init(&schema, a, 512);
		refusal_schema((enum refusal)r, &schema);
		c[n++] = (struct component){ "schemas", name, buf_text(&schema),
			false };
		buf_init(&response, a, 512);
		refusal_response((enum refusal)r, &response);
		c[n++] = (struct component){ "responses", name,
			buf_text(&response), false };
	}
	return n;
}

static int
compare(const void *left, const void *right)
{
	const struct component *l = left, *r = right;
	int kind = strcmp(l->kind, r->kind);

	return kind != 0 ? kind : strcmp(l->name, r->name);
}

/* Schemes of security are named by requirements, all else by references. */
static bool
is_named(const struct component *c, const char *text)
{
	bool scheme = strcmp(c->kind, "securitySchemes") == 0;
	char name[128];
	struct buf b;

	buf_init_fixed(&b, name, sizeof(name));
	buf_str(&b, scheme ? "{\"" : "\"#/components/");
	buf_str(&b, scheme ? "" : c->kind);
	buf_str(&b, scheme ? "" : "/");
	buf_str(&b, c->name);
	buf_str(&b, scheme ? "\":[]}" : "\"");
	return buf_text(&b) != NULL && strstr(text, name) != NULL;
}

static void
mark(struct component *c, int n, const char *text)
{
	bool more = true;

	for (int i = 0; i < n; i++)
		c[i].used = is_named(&c[i], text);
	while (more) {
		more = false;
		for (int i = 0; i < n; i++)
			for (int by = 0; by < n && !c[i].used; by++)
				if (c[by].used && is_named(&c[i], c[by].text))
					c[i].used = more = true;
	}
}

/* Sorted as they are. */
static void
add_all(const struct component *c, int n, struct buf *b)
{
	const char *kind = NULL;

	buf_char(b, '{');
	for (int i = 0; i < n; i++) {
		if (!c[i].used)
			continue;
		if (kind != NULL && strcmp(kind, c[i].kind) == 0) {
			buf_char(b, ',');
		} else {
			buf_str(b, kind == NULL ? "" : "},");
			buf_json(b, c[i].kind);
			buf_str(b, ":{");
			kind = c[i].kind;
		}
		buf_json(b, c[i].name);
		buf_char(b, ':');
		buf_str(b, c[i].text);
	}
	buf_str(b, kind == NULL ? "}" : "}}");
}

void
components_write(const struct openapi_site *s, const char *text, struct buf *b)
{
	struct component c[COMPONENTS_MAX];
	int n = add_refusals(c, read_files(s, c, b->arena), b->arena);

	for (int i = 0; i < n; i++) {
		if (c[i].text == NULL) {
			b->failed = true;
			return;
		}
	}
	qsort(c, (size_t)n, sizeof(c[0]), compare);
	mark(c, n, text);
	add_all(c, n, b);
}

void
components_about(struct buf *b)
{
	for (int i = 0; i < FILES; i++)
		if (strcmp(api_files[i].kind, "api") == 0)
			buf_json(b, api_files[i].text);
}
