/* SPDX-License-Identifier: MIT */
/* Pages for people: whole in themselves, of plain text that is escaped here. */
#ifndef ROUTE_HTML_H
#define ROUTE_HTML_H

struct buf;
struct reply;

/* Of a Content-Security-Policy: what each page needs, and may not. */
#define HTML_STYLE_HASH "sha256-bDEdcsiDoEgEexrlzkq773dpz2GE5N+ER5lWUL88AW0="
#define HTML_CSP                                                               \
	"default-src 'none'; style-src '" HTML_STYLE_HASH "'; "                \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/*
 * Appends text, or the value of an attribute in double quotes.  What means
 * something in HTML is escaped, and so is all that is not ASCII: some web
 * servers send our pages on under a charset of their own.
 */
void html_text(struct buf *b, const char *s);

/* Appends a link that looks like a button. */
void html_button(struct buf *b, const char *href, const char *label);

/*
 * The page up to its heading, which is `title`, and its end.  begin() makes
 * the reply's body HTML of that policy; the status stays as it is.  `id` of the
 * request, for who asks for help.
 */
void html_begin(struct reply *r, const char *title);
void html_end(struct reply *r, const char *id);

#endif
