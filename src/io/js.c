/* SPDX-License-Identifier: MIT */
/* Typed reading of json-c documents. */
#include "io/js.h"

#include "io/js_scan.h"

#include <json-c/json.h>
#include <limits.h>
#include <string.h>

enum { NAME_MAX_LEN = 64 };

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

static int
check_object(struct json_object *doc, long members, struct err *e)
{
	/* The text is JSON, so json-c has no other reason to fail; a plain
	 * null is a NULL here, too. */
	if (doc == NULL && members > 0)
		return err_set(e, ERR_BUG, "out of memory");
	if (!json_object_is_type(doc, json_type_object))
		return err_set(e, ERR_INPUT, "must be a JSON object");
	/* json-c keeps the last of two: then the tree has fewer. */
	if (count_members(doc) != members)
		return err_set(e, ERR_INPUT, "a member name appears twice");
	return 0;
}

struct json_object *
js_parse(const char *text, size_t n, struct err *e)
{
	struct json_object *doc = NULL;
	struct json_tokener *t;
	long members;

	if (n > INT_MAX) {
		err_set(e, ERR_INPUT, "too long");
		return NULL;
	}
	members = js_scan(text, n, JS_DEPTH_MAX, e);
	if (members == -1)
		return NULL;
	t = json_tokener_new_ex(JS_DEPTH_MAX + 1);
	if (t == NULL) {
		err_set(e, ERR_BUG, "out of memory");
		return NULL;
	}
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	doc = json_tokener_parse_ex(t, text, (int)n);
	/* A bare number is complete only at the end of the text. */
	if (doc == NULL && json_tokener_get_error(t) == json_tokener_continue)
		doc = json_tokener_parse_ex(t, "", 1);
	json_tokener_free(t);
	if (check_object(doc, members, e) == -1)
		js_free(&doc);
	return doc;
}

void
js_free(struct json_object **doc)
{
	json_object_put(*doc);
	*doc = NULL;
}

static struct js_value
describe(struct json_object *v)
{
	struct js_value r = { .kind = JS_OTHER };

	switch (json_object_get_type(v)) {
	case json_type_null:
		r.kind = JS_NULL;
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
		r.kind = JS_INT;
		r.num = json_object_get_int64(v);
		break;
	case json_type_object:
		r.kind = JS_OBJECT;
		r.object = v;
		break;
	default:
		break;
	}
	return r;
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

	if (walk(doc, path, &v) == -1)
		return (struct js_value){ .kind = JS_ABSENT };
	return describe(v);
}

struct js_value
js_item(struct json_object *doc, const char *path, size_t i)
{
	struct json_object *v;

	if (walk(doc, path, &v) == -1 ||
	    !json_object_is_type(v, json_type_array) ||
	    i >= json_object_array_length(v))
		return (struct js_value){ .kind = JS_ABSENT };
	return describe(json_object_array_get_idx(v, i));
}
