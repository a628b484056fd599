/* SPDX-License-Identifier: MIT */
/* io/js_scan: what is JSON (RFC 8259) and what only looks like it. */
#include "tap.h"

#include "io/js_scan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One array, so that the row's bytes may hold NUL. */
#define Y(s) { s, sizeof(s) - 1, true }
#define N(s) { s, sizeof(s) - 1, false }

static const struct row {
	const char *text;
	size_t n;
	bool good;
} structure[] = {
	Y("{}"), Y("[]"), Y("null"), Y("true"), Y("false"), Y("0"), Y("\"\""),
	Y(" {} "), Y("\t[\n]\r\n"), Y("{\"a\":1}"), Y("{\"a\":{\"b\":[]}}"),
	Y("[[],{},0,null]"), Y("{\"\":\"\"}"), Y("{\"a\" : 1 , \"b\" : 2}"),
	Y("{\"a\":1,\"a\":2}"), Y("[1,2,3]"), Y("[\"a\",[\"b\"]]"),
	Y("{\"a\":[{},{\"b\":[[]]}]}"), Y("  null"), Y("[ ]"), Y("{ }"),
	N(""), N(" "), N("{"), N("}"), N("["), N("]"), N("[}"), N("{]"),
	N("[1,]"), N("[,1]"), N("[,]"), N("[1,,2]"), N("[1 2]"), N("{,}"),
	N("{\"a\"}"), N("{\"a\":}"), N("{\"a\":1,}"), N("{:1}"), N("{1:1}"),
	N("{a:1}"), N("{'a':1}"), N("{\"a\"::1}"), N("{\"a\":1 \"b\":2}"),
	N("{\"a\",1}"), N("{\"a\":1}}"), N("[]]"), N("[] []"), N("{}{}"),
	N("{} x"), N("[1"), N("{\"a\":1"), N("{\"a\":[1}"), N("[\"a\":1]"),
	N("{null:1}"), N("{\"a\":1,null}"), N("// c\n{}"), N("{}/* c */"),
	N("# c\n{}"), N("[1]\0"), N("\0"), N("{\0}"), N("{}\0"), N("[1\0]"),
	N("\xef\xbb\xbf{}"), N("\x0b{}"), N("\x0c{}"), N("\xc2\xa0{}"),
	N("\xe2\x80\xa8{}"), N("\xff\xfe{\0}\0"),
};

static const struct row words[] = {
	N("nul"), N("nulll"), N("NULL"), N("True"), N("tru"), N("truee"),
	N("fals"), N("falsey"), N("undefined"), N("NaN"), N("Infinity"),
	N("-Infinity"), N("nan"), N("yes"), N("None"), N("n"), N("t"), N("f"),
	N("[nul]"), N("[true false]"), N("nulltrue"), N("n\0ll"),
};

static const struct row numbers[] = {
	Y("0"), Y("-0"), Y("1"), Y("-1"), Y("10"), Y("1234567890"), Y("0.0"),
	Y("-0.5"), Y("1.25"), Y("1e5"), Y("1E5"), Y("1e+5"), Y("1e-5"),
	Y("0e0"), Y("0.1e1"), Y("-1.5E-10"), Y("1e999"), Y("[0,-0]"),
	Y("123456789012345678901234567890"), Y("0.00000000000000000001"),
	N("-"), N("+1"), N("01"), N("-01"), N("00"), N("1."), N(".5"),
	N("-.5"), N("1.e5"), N("1e"), N("1e+"), N("1E-"), N("1ee5"),
	N("1.2.3"), N("1-2"), N("0x10"), N("1_000"), N("1,000"), N("--1"),
	N("- 1"), N("1 2"), N("1a"), N("1e5.5"), N("[1.]"), N("[-]"),
	N("\xd9\xa1"), N("1\0"), N("Inf"),
};

static const struct row strings[] = {
	Y("\"a\""), Y("\"\\\"\""), Y("\"\\\\\""), Y("\"\\/\""),
	Y("\"\\b\\f\\n\\r\\t\""), Y("\"\\u0041\""), Y("\"\\u00e9\""),
	Y("\"\\uFFFF\""), Y("\"\\u0001\""), Y("\"\\ud83d\\ude00\""),
	Y("\"\\uD800\\uDC00\""), Y("\"\\udbff\\udfff\""), Y("\"\x7f\""),
	Y("\"\xc3\xa9\""), Y("\"\xe2\x82\xac\""), Y("\"\xf0\x9f\x98\x80\""),
	Y("\"\xf4\x8f\xbf\xbf\""), Y("\"\xef\xbf\xbf\""), Y("\"'\""),
	Y("\"\xed\x9f\xbf\""), Y("\"//\""), Y("\"\xef\xbb\xbf\""),
	N("\""), N("\"a"), N("a\""), N("'a'"), N("\"\\\""), N("\"\\"),
	N("\"\\x41\""), N("\"\\a\""), N("\"\\0\""), N("\"\\'\""), N("\"\\ \""),
	N("\"\\u\""), N("\"\\u1\""), N("\"\\u12\""), N("\"\\u123\""),
	N("\"\\u123g\""), N("\"\\U0041\""), N("\"\\u 041\""), N("\"\\u+041\""),
	N("\"\\u0000\""), N("\"a\\u0000b\""), N("\"\0\""), N("\"a\0b\""),
	N("\"\\u00\0\"\""), N("\"\\\0\""),
	N("\"\\ud800\""), N("\"\\ud83d\""), N("\"\\ude00\""), N("\"\\udfff\""),
	N("\"\\ud83dx\""), N("\"\\ud83d\\n\""), N("\"\\ud83d\\u0041\""),
	N("\"\\ud83d\\ud83d\""), N("\"\\ude00\\ud83d\""), N("\"\\ud83d\\u\""),
	N("\"\\ud83d\\\""), N("\"\\ud83d\\ude0\""),
	N("\"\\ud83d\\ue000\""),
	N("\"\n\""), N("\"\t\""), N("\"\r\""), N("\"\x1f\""), N("\"\x01\""),
	N("\"\x80\""), N("\"\xc3\""), N("\"\xc3(\""), N("\"\xe2\x82\""),
	N("\"\xf0\x9f\x98\""), N("\"\xc0\xaf\""), N("\"\xc0\x80\""),
	N("\"\xc1\xbf\""), N("\"\xe0\x80\xaf\""), N("\"\xf0\x80\x80\xaf\""),
	N("\"\xed\xa0\x80\""), N("\"\xed\xbf\xbf\""),
	N("\"\xed\xa0\xbd\xed\xb8\x80\""), N("\"\xf4\x90\x80\x80\""),
	N("\"\xf5\x80\x80\x80\""), N("\"\xff\""), N("\"\xfe\""),
	N("\"\xf8\x88\x80\x80\x80\""), N("\"\xc3"), N("\"\xf0"),
	N("{\"\xff\":1}"), N("{\"\\u0000\":1}"), N("{\"a\\ud800\":1}"),
};

static void
judge(const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* a copy without a byte behind it: reads beyond show */
		char *exact = malloc(t[i].n + (t[i].n == 0));
		struct js_shape shape;
		struct err e = { 0 };
		int rc;

		tap_row("row %zu: %.60s", i, t[i].text);
		memcpy(exact, t[i].text, t[i].n);
		rc = js_scan(exact, t[i].n, 32, &shape, &e);
		INTEQ(rc == 0, t[i].good);
		INTEQ(e.kind, t[i].good ? ERR_NONE : ERR_INPUT);
		free(exact);
	}
}

#define JUDGE(name)                                                            \
	static void judge_##name(void)                                         \
	{                                                                      \
		judge(name, ROWS(name));                                       \
	}
JUDGE(structure)
JUDGE(words)
JUDGE(numbers)
JUDGE(strings)

/* Every row is complete: no proper beginning of a value is a value. */
static void
cut_short(void)
{
	static const char whole[] = "{\"a\":[true,null,-1.5e+3,\"\\u00e9\\ud83d"
				    "\\ude00 \xf0\x9f\x98\x80\",{\"b\":{}}]}";

	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		struct js_shape shape;
		struct err e = { 0 };

		tap_row("%zu bytes", n);
		INTEQ(js_scan(whole, n, 32, &shape, &e), -1);
	}
}

static void
depth(void)
{
	static const struct {
		int open, depth;
		bool good;
	} t[] = {
		{ 1, 1, true }, { 2, 1, false }, { 32, 32, true },
		{ 33, 32, false }, { 128, 128, true }, { 129, 128, false },
		{ 129, 1000, false }, { 100000, 32, false }, { 1, 0, false },
	};
	static char text[200000];

	for (size_t i = 0; i < ROWS(t); i++) {
		struct js_shape shape;
		struct err e = { 0 };
		size_t n = (size_t)t[i].open;

		tap_row("%d levels of %d", t[i].open, t[i].depth);
		memset(text, '[', n);
		memset(text + n, ']', n);
		INTEQ(js_scan(text, 2 * n, t[i].depth, &shape, &e) == 0,
		    t[i].good);
		if (t[i].good)
			INTEQ(shape.depth, t[i].open);
	}
}

static void
shapes(void)
{
	static const struct {
		const char *text;
		long members;
		int depth;
	} t[] = {
		{ "1", 0, 0 }, { "[]", 0, 1 }, { "{}", 0, 1 },
		{ "{\"a\":1}", 1, 1 }, { "{\"a\":1,\"a\":2}", 2, 1 },
		{ "{\"a\":{\"b\":1,\"c\":2}}", 3, 2 },
		{ "[{\"a\":1},{\"a\":1}]", 2, 2 },
		{ "{\"a\":[{\"b\":[{}]}]}", 2, 5 },
		{ "[[[]],[],[[],[[]]]]", 0, 4 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct js_shape shape = { false, -1, -1 };
		struct err e = { 0 };

		tap_row("%s", t[i].text);
		INTEQ(js_scan(t[i].text, strlen(t[i].text), 32, &shape, &e), 0);
		INTEQ(shape.members, t[i].members);
		INTEQ(shape.depth, t[i].depth);
		INTEQ(shape.object, t[i].text[0] == '{');
	}
}

static void
says_where(void)
{
	static const struct {
		const char *text, *problem;
	} t[] = {
		{ "{\"a\" 1}", "byte 6: expected a colon" },
		{ "{\"a\":1 \"b\":2}", "byte 8: expected a comma or }" },
		{ "[1 2]", "byte 4: expected a comma or ]" },
		{ "{\"a\":1} x", "byte 9: unexpected text after the value" },
		{ "", "byte 1: expected a value" },
		{ "{\"a\":\"\xff\"}", "byte 7: not UTF-8" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct js_shape shape;
		struct err e = { 0 };

		tap_row("%s", t[i].text);
		js_scan(t[i].text, strlen(t[i].text), 32, &shape, &e);
		STREQ(e.text, t[i].problem);
	}
}

static const struct tap_case cases[] = {
	{ "brackets, commas and space stand where RFC 8259 has them",
	    judge_structure },
	{ "true, false and null, to the letter", judge_words },
	{ "numbers have one form", judge_numbers },
	{ "strings are UTF-8, surrogates come in pairs, no U+0000",
	    judge_strings },
	{ "no proper beginning of a value is a value", cut_short },
	{ "nesting beyond the depth is refused, without recursion", depth },
	{ "members are counted at all levels, twice if they are there twice",
	    shapes },
	{ "problems name the byte", says_where },
};
TAP_MAIN(cases)
