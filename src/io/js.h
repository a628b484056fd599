/* SPDX-License-Identifier: MIT */
/*
 * JSON in, by json-c behind a strict door: RFC 8259 to the last byte, UTF-8,
 * no member twice, no U+0000, bounded depth.  json-c alone lets several of
 * these pass, so the text is scanned before it is parsed.
 */
#ifndef IO_JS_H
#define IO_JS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json_object;

/* Deepest nesting accepted from anybody. */
enum { JS_DEPTH_MAX = 32 };

/*
 * Parses n bytes whose value must be an object.  The result is owned: end it
 * with js_free().  NULL and *e (ERR_INPUT, text in plain words, e.g. "byte 17:
 * expected a comma") for everything else.
 */
struct json_object *js_parse(const char *text, size_t n, struct err *e);
void js_free(struct json_object **doc);

/* What a member turned out to be; the getters never convert. */
enum js_kind {
	JS_ABSENT,
	JS_NULL,
	JS_STRING,
	JS_BOOL,
	JS_INT,
	JS_OBJECT,
	JS_OTHER
};

/*
 * The member at `path`, names joined by "." ("traits.email").  Out values are
 * set only for the kind that is returned; strings are lent by the document.
 */
struct js_value {
	enum js_kind kind;
	const char *str;
	size_t len;
	bool flag;
	int64_t num;
	struct json_object *object;
};
struct js_value js_get(struct json_object *doc, const char *path);

/* Element i of the array at `path`, JS_ABSENT when there is none. */
struct js_value js_item(struct json_object *doc, const char *path, size_t i);

#endif
