/* SPDX-License-Identifier: MIT */
/* route/html: nothing gets out of its place, and the policy fits the style. */
#include "tap.h"

#include "base/arena.h"
#include "route/html.h"
#include "route/reply.h"
#include "unit/hashed.h"

#include <string.h>

static struct arena *arena;

static const char *
body_of(struct reply *r)
{
	const char *text = buf_text(&r->body);

	return text == NULL ? "" : text;
}

static void
escapes(void)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "", "" },
		{ "ada@example.org", "ada@example.org" },
		{ "<script>alert(1)</script>",
		    "&#60;script&#62;alert(1)&#60;/script&#62;" },
		{ "\" onclick=\"x", "&#34; onclick=&#34;x" },
		{ "' onclick='x", "&#39; onclick=&#39;x" },
		{ "a&b&amp;c", "a&#38;b&#38;amp;c" },
		{ "</title></style>", "&#60;/title&#62;&#60;/style&#62;" },
		{ "gr\xc3\xbc\xc3\x9f", "gr&#252;&#223;" },
		{ "\xd0\xb4 \xe2\x82\xac \xf0\x9f\x94\x91",
		    "&#1076; &#8364; &#128273;" },
		{ "a\xffz", "a&#65533;z" },
		{ "\xc0\xbcscript", "&#65533;&#65533;script" },
		{ "\x7f", "&#127;" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct reply r;
		const char *page;

		tap_row("%s", t[i].in);
		arena_reset(arena);
		reply_init(&r, arena);
		html_text(&r.body, t[i].in);
		STREQ(body_of(&r), t[i].out);
		html_begin(&r, t[i].in);
		html_button(&r.body, t[i].in, t[i].in);
		html_end(&r, t[i].in);
		page = body_of(&r);
		/* title, heading, address, label, footer */
		for (int n = 0; n < 5 && t[i].out[0] != '\0'; n++) {
			page = strstr(page, t[i].out);
			if (!CHECK(page != NULL))
				break;
			page += strlen(t[i].out);
		}
		if (strcmp(t[i].in, t[i].out) != 0)
			CHECK(strstr(body_of(&r), t[i].in) == NULL);
	}
}

static void
policy(void)
{
	struct reply r;

	arena_reset(arena);
	reply_init(&r, arena);
	r.status = 403;
	buf_str(&r.body, "{}");
	html_begin(&r, "T");
	html_end(&r, "id");
	INTEQ(r.status, 403);
	STREQ(r.type, "text/html; charset=utf-8");
	STREQ(hashed_element(body_of(&r), "style"), HTML_STYLE_HASH);
	CHECK(strstr(r.csp, "default-src 'none'; style-src '" HTML_STYLE_HASH
			    "'") == r.csp);
	CHECK(strstr(r.csp, "frame-ancestors 'none'") != NULL);
	CHECK(strstr(r.csp, "unsafe") == NULL);
	/* nothing from elsewhere, no script, no style but the one */
	CHECK(strncmp(body_of(&r), "<!doctype html>", 15) == 0);
	CHECK(strstr(body_of(&r), "<script") == NULL);
	CHECK(strstr(body_of(&r), "src=") == NULL);
	CHECK(strstr(body_of(&r), "url(") == NULL);
	CHECK(strstr(body_of(&r), " style=") == NULL);
	CHECK(strstr(body_of(&r), "{}") == NULL);
}

static const struct tap_case cases[] = {
	{ "text stays text in titles, links and attributes", escapes },
	{ "the page is whole in itself, its policy names its style", policy },
};

int
main(void)
{
	int rc;

	arena = arena_new(1 << 20);
	rc = tap_run(cases, ROWS(cases));
	arena_free(&arena);
	return rc;
}
