/* SPDX-License-Identifier: MIT */
/* One style, small enough to be read on a phone and in the dark. */
#include "route/html.h"

#include "base/buf.h"
#include "base/str.h"
#include "route/reply.h"

#include <string.h>

/* Its hash is HTML_STYLE_HASH: t_html.c tells the new one. */
static const char style[] =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1c2430;--soft:#556070;"
    "--line:#d5dae1;--deep:#1f5f8b;--on-deep:#fff}"
    "@media(prefers-color-scheme:dark){:root{--paper:#151a21;--ink:#e6eaf0;"
    "--soft:#a3adba;--line:#39424f;--deep:#8cc4ea;--on-deep:#10151b}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;"
    "grid-template-columns:minmax(0,1fr);"
    "padding:1.5rem;background:var(--paper);color:var(--ink);"
    "font:1rem/1.5 system-ui,sans-serif}"
    "main{width:100%;max-width:30rem;overflow-wrap:anywhere}"
    "h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}"
    "p{margin:0 0 1rem}"
    "a{color:var(--deep)}"
    "a.button{display:inline-block;margin:.25rem .5rem .25rem 0;"
    "padding:.6rem 1.1rem;border-radius:.4rem;background:var(--deep);"
    "color:var(--on-deep);text-decoration:none;font-weight:600}"
    "a.button:hover{text-decoration:underline}"
    "a:focus-visible{outline:3px solid var(--ink);outline-offset:2px}"
    "[hidden]{display:none}"
    "main:has(table){max-width:64rem}"
    ".wide{overflow-x:auto;margin:0 0 1.5rem}"
    ".wide:focus-visible{outline:3px solid var(--ink)}"
    "table{width:100%;border-collapse:collapse;overflow-wrap:normal;"
    "font-variant-numeric:tabular-nums}"
    "caption{text-align:left;font-weight:600;padding:.25rem 0}"
    "th,td{padding:.3rem .75rem .3rem 0;text-align:left;"
    "vertical-align:top;border-top:1px solid var(--line)}"
    "th{font-weight:400;color:var(--soft)}"
    "footer{margin-top:2rem;padding-top:.75rem;"
    "border-top:1px solid var(--line);font-size:.8rem;color:var(--soft)}";

/* &#1076; for a character of `width` bytes; for one that is none, U+FFFD. */
static void
add_number(struct buf *b, const char *s, size_t width)
{
	unsigned code = width == 0 ? 0xfffd : (unsigned char)s[0];

	if (width > 1)
		code &= 0xffU >> (width + 1);
	for (size_t i = 1; i < width; i++)
		code = code << 6 | ((unsigned char)s[i] & 0x3f);
	buf_str(b, "&#");
	buf_int(b, code);
	buf_char(b, ';');
}

void
html_text(struct buf *b, const char *s)
{
	size_t n = strlen(s), width;

	for (size_t i = 0; i < n; i += width == 0 ? 1 : width) {
		unsigned char c = (unsigned char)s[i];

		width = c < 0x80 ? 1 : str_utf8_width(s + i, n - i);
		if (c >= 0x7f || strchr("<>&\"'", s[i]) != NULL)
			add_number(b, s + i, width);
		else
			buf_char(b, s[i]);
	}
}

void
html_button(struct buf *b, const char *href, const char *label)
{
	buf_str(b, "<a class=\"button\" href=\"");
	html_text(b, href);
	buf_str(b, "\">");
	html_text(b, label);
	buf_str(b, "</a>\n");
}

void
html_begin(struct reply *r, const char *title)
{
	struct buf *b = &r->body;

	r->type = "text/html; charset=utf-8";
	r->csp = HTML_CSP;
	b->len = 0;
	buf_str(b, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
		   "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
		   "content=\"width=device-width, initial-scale=1\">\n"
		   "<meta name=\"robots\" content=\"noindex\">\n<title>");
	html_text(b, title);
	buf_str(b, "</title>\n<style>");
	buf_str(b, style);
	buf_str(b, "</style>\n</head>\n<body>\n<main>\n<h1>");
	html_text(b, title);
	buf_str(b, "</h1>\n");
}

void
html_end(struct reply *r, const char *id)
{
	struct buf *b = &r->body;

	buf_str(b, "<footer>Request ");
	html_text(b, id);
	buf_str(b, "</footer>\n</main>\n</body>\n</html>\n");
}
