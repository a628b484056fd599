/* SPDX-License-Identifier: MIT */
/* io/js: documents behind the strict door, getters that never convert. */
#include "tap.h"

#include "io/js.h"

#include <string.h>

static struct json_object *
parse(const char *text, struct err *e)
{
	*e = (struct err){ 0 };
	return js_parse(text, strlen(text), e);
}

static void
refused(void)
{
	static const struct {
		const char *text, *problem;
	} t[] = {
		{ "[]", "must be a JSON object" },
		{ "null", "must be a JSON object" },
		{ "\"{}\"", "must be a JSON object" },
		{ "1", "must be a JSON object" },
		{ "true", "must be a JSON object" },
		{ "", "byte 1: expected a value" },
		{ "{\"a\":1,\"a\":1}", "a member name appears twice" },
		{ "{\"a\":1,\"\\u0061\":1}", "a member name appears twice" },
		{ "{\"x\":[{\"a\":1,\"b\":2,\"a\":3}]}",
		    "a member name appears twice" },
		{ "{\"\":1,\"\":2}", "a member name appears twice" },
		{ "{\"\xc3\xa9\":1,\"\\u00e9\":2}",
		    "a member name appears twice" },
		{ "{\"a\":\"\\u0000\"}",
		    "byte 13: the character U+0000 is not allowed" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e;
		struct json_object *doc = parse(t[i].text, &e);

		tap_row("%s", t[i].text);
		CHECK(doc == NULL);
		INTEQ(e.kind, ERR_INPUT);
		STREQ(e.text, t[i].problem);
		js_free(&doc);
	}
}

/* What the scan lets through json-c must take as well. */
static void
accepted(void)
{
	static const char *const t[] = {
		"{}", "{\"a\":1e999}", "{\"a\":-0}", "{\"a\":-0.0e-0}",
		"{\"a\":123456789012345678901234567890}", "{\"a\":1E+5}",
		"{\"a\":0.1e1}", "{\"a\":\"\\ud83d\\ude00\"}",
		"{\"a\":\"\x7f\"}", "{\"a\":\"\\/\"}", "{\"\":{}}",
		"{\"a\":[[],{},[{}]]}", "  {\"a\" : null }\r\n\t",
		"{\"a\":\"\\uffff\"}", "{\"a\":{\"b\":1},\"b\":{\"a\":1}}",
		"{\"a\":0}", "{\"a\":1.5}", "{\"a\":\"\xef\xbb\xbf\"}",
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e;
		struct json_object *doc = parse(t[i], &e);

		tap_row("%s", t[i]);
		CHECK(doc != NULL);
		STREQ(e.text, "");
		js_free(&doc);
		CHECK(doc == NULL);
	}
}

static void
deepest(void)
{
	char text[256];
	struct err e;
	struct json_object *doc;

	for (int depth = JS_DEPTH_MAX - 2; depth <= JS_DEPTH_MAX + 1; depth++) {
		size_t n = (size_t)depth - 1;

		tap_row("%d levels", depth);
		memcpy(text, "{\"a\":", 5);
		memset(text + 5, '[', n);
		text[5 + n] = '1';
		memset(text + 6 + n, ']', n);
		memcpy(text + 6 + 2 * n, "}", 2);
		doc = parse(text, &e);
		INTEQ(doc != NULL, depth <= JS_DEPTH_MAX);
		js_free(&doc);
	}
}

static void
getters(void)
{
	static const struct {
		const char *path;
		enum js_kind kind;
	} t[] = {
		{ "s", JS_STRING }, { "b", JS_BOOL }, { "i", JS_INT },
		{ "d", JS_OTHER }, { "n", JS_NULL }, { "o", JS_OBJECT },
		{ "a", JS_OTHER }, { "o.s", JS_STRING }, { "o.o.i", JS_INT },
		{ "x", JS_ABSENT }, { "o.x", JS_ABSENT }, { "s.x", JS_ABSENT },
		{ "a.0", JS_ABSENT }, { "n.x", JS_ABSENT }, { "S", JS_ABSENT },
		{ "o..s", JS_ABSENT }, { ".s", JS_ABSENT },
	};
	struct err e;
	struct json_object *doc = parse(
	    "{\"s\":\"5\",\"b\":true,\"i\":7,\"d\":1.5,\"n\":null,"
	    "\"o\":{\"s\":\"\\u00e9\",\"o\":{\"i\":-1}},\"a\":[1,\"x\"]}",
	    &e);
	char name[200];

	if (!CHECK(doc != NULL))
		return;
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].path);
		INTEQ(js_get(doc, t[i].path).kind, t[i].kind);
	}
	STREQ(js_get(doc, "o.s").str, "\xc3\xa9");
	INTEQ(js_get(doc, "o.s").len, 2);
	INTEQ(js_get(doc, "o.o.i").num, -1);
	CHECK(js_get(doc, "b").flag);
	STREQ(js_item(doc, "a", 1).str, "x");
	INTEQ(js_item(doc, "a", 2).kind, JS_ABSENT);
	INTEQ(js_item(doc, "a", SIZE_MAX).kind, JS_ABSENT);
	INTEQ(js_item(doc, "o", 0).kind, JS_ABSENT);
	INTEQ(js_item(doc, "x", 0).kind, JS_ABSENT);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	INTEQ(js_get(doc, name).kind, JS_ABSENT);
	js_free(&doc);
}

static const struct tap_case cases[] = {
	{ "only objects without a member twice come in", refused },
	{ "what the scan accepts is parsed", accepted },
	{ "the deepest document that may come is read", deepest },
	{ "getters say what is there and never convert", getters },
};
TAP_MAIN(cases)
