/* SPDX-License-Identifier: MIT */
/* io/js: documents behind the strict door, getters that never convert. */
#include "tap.h"

#include "io/js.h"

#include <math.h>
#include <stdio.h>
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
		{ "\xef\xbb\xbf{}", "byte 1: expected a value" },
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
	char text[3 * JS_DEPTH_MAX];
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
		{ "d", JS_REAL }, { "n", JS_NULL }, { "o", JS_OBJECT },
		{ "a", JS_ARRAY }, { "o.s", JS_STRING }, { "o.o.i", JS_INT },
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

static void
numbers(void)
{
	static const struct {
		const char *text;
		enum js_kind kind;
		int64_t num;
		double real;
	} t[] = {
		{ "0", JS_INT, 0, 0 }, { "-0", JS_INT, 0, 0 },
		{ "1785426082", JS_INT, 1785426082, 0 },
		/* 2^53 + 1, which is no double */
		{ "9007199254740993", JS_INT, INT64_C(9007199254740993), 0 },
		{ "9223372036854775806", JS_INT, INT64_MAX - 1, 0 },
		{ "-9223372036854775807", JS_INT, INT64_MIN + 1, 0 },
		/* what json-c clamps, and the two it clamps to */
		{ "9223372036854775807", JS_HUGE, 0, 0 },
		{ "-9223372036854775808", JS_HUGE, 0, 0 },
		{ "9223372036854775808", JS_HUGE, 0, 0 },
		{ "-9223372036854775809", JS_HUGE, 0, 0 },
		{ "18446744073709551615", JS_HUGE, 0, 0 },
		{ "18446744073709551616", JS_HUGE, 0, 0 },
		{ "123456789012345678901234567890", JS_HUGE, 0, 0 },
		{ "1.0", JS_REAL, 0, 1 }, { "-1.5", JS_REAL, 0, -1.5 },
		{ "1e3", JS_REAL, 0, 1000 }, { "0e0", JS_REAL, 0, 0 },
		{ "1e400", JS_REAL, 0, INFINITY },
		{ "-1e400", JS_REAL, 0, -INFINITY },
		{ "1e-400", JS_REAL, 0, 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char text[64];
		struct err e;
		struct json_object *doc;
		struct js_value v;

		tap_row("%s", t[i].text);
		snprintf(text, sizeof(text), "{\"a\":%s}", t[i].text);
		doc = parse(text, &e);
		if (!CHECK(doc != NULL))
			continue;
		v = js_get(doc, "a");
		INTEQ(v.kind, t[i].kind);
		if (v.kind == JS_INT)
			INTEQ(v.num, t[i].num);
		if (v.kind == JS_REAL)
			CHECK(v.real == t[i].real);
		js_free(&doc);
	}
}

static void
whole_names(void)
{
	char text[400], name[201];
	struct err e;
	struct json_object *doc;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text),
	    "{\"a.b\":1,\"a\":{\"b\":2},\"https://x.example/a.b\":\"3\","
	    "\"\":4,\"n\":null,\"%s\":5}",
	    name);
	doc = parse(text, &e);
	if (!CHECK(doc != NULL))
		return;
	INTEQ(js_member(doc, "a.b").num, 1);
	INTEQ(js_get(doc, "a.b").num, 2);
	STREQ(js_member(doc, "https://x.example/a.b").str, "3");
	INTEQ(js_member(doc, "").num, 4);
	INTEQ(js_member(doc, "n").kind, JS_NULL);
	INTEQ(js_member(doc, "a.").kind, JS_ABSENT);
	INTEQ(js_member(doc, "b").kind, JS_ABSENT);
	INTEQ(js_member(doc, name).num, 5);
	name[199] = '\0';
	INTEQ(js_member(doc, name).kind, JS_ABSENT);
	INTEQ(js_member(NULL, "a").kind, JS_ABSENT);
	js_free(&doc);
}

static void
arrays(void)
{
	struct err e;
	struct json_object *doc =
	    parse("{\"a\":[\"x\",7,null,[true],{\"b\":1.5}],\"o\":{}}", &e);
	struct js_value a = js_get(doc, "a"), o = js_get(doc, "o"), v;

	INTEQ(a.kind, JS_ARRAY);
	INTEQ(a.n_items, 5);
	STREQ(js_element(&a, 0).str, "x");
	INTEQ(js_element(&a, 1).num, 7);
	INTEQ(js_element(&a, 2).kind, JS_NULL);
	v = js_element(&a, 3);
	INTEQ(v.n_items, 1);
	CHECK(js_element(&v, 0).flag);
	v = js_element(&a, 4);
	CHECK(js_member(v.object, "b").real == 1.5);
	INTEQ(js_element(&a, 5).kind, JS_ABSENT);
	INTEQ(js_element(&a, SIZE_MAX).kind, JS_ABSENT);
	INTEQ(js_element(&o, 0).kind, JS_ABSENT);
	INTEQ(js_element(&v, 0).kind, JS_ABSENT);
	js_free(&doc);
}

static const struct tap_case cases[] = {
	{ "only objects without a member twice come in", refused },
	{ "what the scan accepts is parsed", accepted },
	{ "the deepest document that may come is read", deepest },
	{ "getters say what is there and never convert", getters },
	{ "numbers that do not fit are not clamped into ones that do",
	    numbers },
	{ "a whole name may hold dots and be of any length", whole_names },
	{ "arrays are read element by element, within their bounds", arrays },
};
TAP_MAIN(cases)
