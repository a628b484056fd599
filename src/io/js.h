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
enum { JS_DEPTH_MAX = 128 };

/*
 * Parses n bytes whose value must be an object.  The result is owned: end it
 * with js_free().  NULL and *e (ERR_INPUT, text in plain words, e.g. "byte 17:
 * expected a comma") for everything else.
 */
struct json_object *js_parse(const char *text, size_t n, struct err *e);
void js_free(struct json_object **doc);

/* The same document for one more owner, who ends it with js_free() as well. */
struct json_object *js_share(struct json_object *doc);

/* What a value turned out to be; the getters never convert. */
enum js_kind {
	JS_ABSENT,
	JS_NULL,
	JS_STRING,
	JS_BOOL,
	JS_INT,
	JS_HUGE, /* an integer that int64_t may not hold: there is no number */
	JS_REAL, /* written with a fraction or exponent; 1e400 is infinite */
	JS_OBJECT,
	JS_ARRAY
};

/*
 * Out values are set only for the kind that is returned; strings are lent by
 * the document.
 */
struct js_value {
	enum js_kind kind;
	bool flag;
	const char *str;
	size_t len; /* of the string */
	int64_t num;
	double real;
	size_t n_items;             /* of the array */
	struct json_object *object; /* JS_OBJECT and JS_ARRAY: itself */
};

/* The member at `path`, names joined by "." ("traits.email"). */
struct js_value js_get(struct json_object *doc, const char *path);

/* The member of that whole name, which may hold dots and be of any length. */
struct js_value js_member(struct json_object *doc, const char *name);

/* Element i of an array; JS_ABSENT beyond its end and for other kinds. */
struct js_value js_element(const struct js_value *array, size_t i);

/* Element i of the array at `path`, JS_ABSENT when there is none. */
struct js_value js_item(struct json_object *doc, const char *path, size_t i);

#endif
