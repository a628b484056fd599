/* SPDX-License-Identifier: MIT */
/* Made once, in an arena of its own, when somebody first asks. */
#include "route/openapi.h"

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "route/openapi_components.h"
#include "route/openapi_doc.h"
#include "route/openapi_operations.h"
#include "route/openapi_paths.h"
#include "route/openapi_words.h"

#include <stdbool.h>

/* The document has about 40 KiB; its pieces live beside it until it is done. */
enum { OPENAPI_ARENA = 2 << 20, FIRST = 64 << 10 };

struct openapi {
	struct openapi_site site;
	struct arena *arena; /* where it lives itself */
	bool made;
	const char *text;
	size_t len;
};

static void
add_head(const struct openapi_site *s, struct buf *b)
{
	const char *base = s->conf->base_path;
	struct buf url;

	buf_str(b, "\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Gatehouse\","
		   "\"version\":");
	buf_json(b, PACKAGE_VERSION);
	buf_str(b, ",\"description\":");
	components_about(b);
	buf_str(b, ",\"license\":{\"name\":\"MIT\",\"identifier\":\"MIT\"}},"
		   "\"servers\":[{\"url\":");
	buf_init(&url, b->arena, 64);
	buf_str(&url, s->conf->public_url);
	buf_str(&url, base);
	if (url.len == 0)
		buf_char(&url, '/');
	buf_jsonn(b, url.data, url.len);
	buf_str(b, "}],\"tags\":[");
	for (const struct operation_tag *t = operation_tags; t->name != NULL;
	     t++) {
		doc_part(b);
		buf_char(b, '{');
		doc_text(b, "name", t->name);
		doc_text(b, "description", t->about);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void
write_document(struct openapi *o, struct buf *b)
{
	struct buf paths;

	buf_init(&paths, b->arena, FIRST);
	paths_write(&o->site, &paths);
	buf_char(b, '{');
	add_head(&o->site, b);
	buf_str(b, ",\"paths\":");
	if (buf_text(&paths) == NULL) {
		b->failed = true;
		return;
	}
	buf_str(b, paths.data);
	buf_str(b, ",\"components\":");
	components_write(&o->site, paths.data, b);
	buf_char(b, '}');
}

struct openapi *
openapi_new(const struct conf *c, const struct auth *auth)
{
	struct arena *a = arena_new(OPENAPI_ARENA);
	struct openapi *o = a == NULL ? NULL : arena_alloc(a, sizeof(*o));

	if (o == NULL)
		arena_free(&a);
	else
		*o = (struct openapi){ .site = { c, auth }, .arena = a };
	return o;
}

void
openapi_free(struct openapi **o)
{
	struct arena *a = *o == NULL ? NULL : (*o)->arena;

	arena_free(&a);
	*o = NULL;
}

const char *
openapi_text(struct openapi *o, size_t *len)
{
	struct buf b;

	if (!o->made) {
		buf_init(&b, o->arena, FIRST);
		write_document(o, &b);
		o->text = buf_text(&b);
		o->len = b.len;
		o->made = true;
	}
	*len = o->len;
	return o->text;
}
