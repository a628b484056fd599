/* SPDX-License-Identifier: MIT */
/* Typed reading of json-c documents. */
#include "io/js.h"

#include "io/js_scan.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 256, MEMORY_PROBE = 64 << 10 };

/* Members of the tree at all levels; bounded by JS_DEPTH_MAX. */
static long
count_members(struct json_object *v)
{
	long n = 0;

	if (json_object_is_type(v, json_type_object)) {
		json_object_object_foreach(v, key, child)
		{
			(void)key;
			n += 1 + count_members(child);
		}
	} else if (json_object_is_type(v, json_type_array)) {
		size_t len = json_object_array_length(v);

		for (size_t i = 0; i < len; i++)
			n += count_members(json_object_array_get_idx(v, i));
	}
	return n;
}

/* json-c's reading of a text that is JSON: it fails without memory only. */
static struct json_object *
read_tree(const char *text, size_t n, const struct js_shape *shape)
{
	struct json_tokener *t = json_tokener_new_ex(shape->depth + 1);
	struct json_object *doc;

	if (t == NULL)
		return NULL;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	doc = json_tokener_parse_ex(t, text, (int)n);
	json_tokener_free(t);
	return doc;
}

/*
 * json-c keeps the last of two members of one name; then its tree has fewer
 * than the text.  So it has when a table of it could not grow for want of
 * memory, of which json-c says nothing: hence a second look, and where it had
 * too little both times, this is too much.
 */
static void
refuse_fewer(struct err *e)
{
	/* volatile, or a compiler may take it for granted */
	void *volatile more_than_it_needs = malloc(MEMORY_PROBE);

	if (more_than_it_needs == NULL)
		err_set(e, ERR_BUG, "out of memory");
	else
		err_set(e, ERR_INPUT, "a member name appears twice");
	free(more_than_it_needs);
}

/* The tree when it has all members of the text. */
static struct json_object *
read_whole_tree(const char *text, size_t n, const struct js_shape *shape,
    struct err *e)
{
	for (int look = 0; look < 2; look++) {
		struct json_object *doc = read_tree(text, n, shape);

		if (doc == NULL) {
			err_set(e, ERR_BUG, "out of memory");
			return NULL;
		}
		if (count_members(doc) == shape->members)
			return doc;
		js_free(&doc);
	}
	refuse_fewer(e);
	return NULL;
}

struct json_object *
js_parse(const char *text, size_t n, struct err *e)
{
	struct js_shape shape;

	if (n > INT_MAX)
		err_set(e, ERR_INPUT, "too long");
	else if (js_scan(text, n, JS_DEPTH_MAX, &shape, e) == -1)
		return NULL;
	else if (!shape.object)
		err_set(e, ERR_INPUT, "must be a JSON object");
	else
		return read_whole_tree(text, n, &shape, e);
	return NULL;
}

void
js_free(struct json_object **doc)
{
	json_object_put(*doc);
	*doc = NULL;
}

struct json_object *
js_share(struct json_object *doc)
{
	return json_object_get(doc);
}

static struct js_value
describe(struct json_object *v)
{
	struct js_value r = { .kind = JS_NULL };

	switch (json_object_get_type(v)) {
	case json_type_null:
		break;
	case json_type_string:
		r.kind = JS_STRING;
		r.str = json_object_get_string(v);
		r.len = (size_t)json_object_get_string_len(v);
		break;
	case json_type_boolean:
		r.kind = JS_BOOL;
		r.flag = json_object_get_boolean(v);
		break;
	case json_type_int:
		r.num = json_object_get_int64(v);
		/* json-c clamps without a word. */
		r.kind =
		    r.num == INT64_MAX || r.num == INT64_MIN ? JS_HUGE : JS_INT;
		break;
	case json_type_double:
		r.kind = JS_REAL;
		r.real = json_object_get_double(v);
		break;
	case json_type_object:
		r.kind = JS_OBJECT;
		r.object = v;
		break;
	case json_type_array:
		r.kind = JS_ARRAY;
		r.object = v;
		r.n_items = json_object_array_length(v);
		break;
	}
	return r;
}

static struct js_value
absent(void)
{
	return (struct js_value){ .kind = JS_ABSENT };
}

/* Walks to the member at path; 0 and *found, or -1 when it is absent. */
static int
walk(struct json_object *doc, const char *path, struct json_object **found)
{
	while (*path != '\0') {
		char name[NAME_MAX_LEN + 1];
		size_t n = strcspn(path, ".");

		if (n > NAME_MAX_LEN ||
		    !json_object_is_type(doc, json_type_object))
			return -1;
		memcpy(name, path, n);
		name[n] = '\0';
		if (!json_object_object_get_ex(doc, name, &doc))
			return -1;
		path += n + (path[n] == '.');
	}
	*found = doc;
	return 0;
}

struct js_value
js_get(struct json_object *doc, const char *path)
{
	struct json_object *v;

	return walk(doc, path, &v) == -1 ? absent() : describe(v);
}

struct js_value
js_member(struct json_object *doc, const char *name)
{
	struct json_object *v;

	if (!json_object_is_type(doc, json_type_object) ||
	    !json_object_object_get_ex(doc, name, &v))
		return absent();
	return describe(v);
}

struct js_value
js_element(const struct js_value *array, size_t i)
{
	if (array->kind != JS_ARRAY || i >= array->n_items)
		return absent();
	return describe(json_object_array_get_idx(array->object, i));
}

struct js_value
js_item(struct json_object *doc, const char *path, size_t i)
{
	struct js_value array = js_get(doc, path);

	return js_element(&array, i);
}
