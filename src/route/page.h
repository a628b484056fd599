/* SPDX-License-Identifier: MIT */
/* Answers for people: small HTML pages, and where a browser is to go next. */
#ifndef ROUTE_PAGE_H
#define ROUTE_PAGE_H

#include <stdbool.h>

struct request;

/*
 * The request is of a browser that opens a page or sends a form, not of a
 * program or a script: it navigates, and asks for HTML by name.
 */
bool page_is_wanted(const struct request *rq);

/*
 * The guarded URL, absolute, to return to when somebody has signed in.  NULL:
 * none is guarded, it is not one to be opened again (a write, too long), or
 * public_url is not configured.
 */
const char *page_return_to(struct request *rq);

/*
 * The absolute URL of one of our own routes for browsers, with return_to (an
 * absolute URL, or NULL).  Without public_url it is a path.  Lent from the
 * arena; NULL without memory.
 */
const char *page_own_url(struct request *rq, const char *route,
    const char *return_to);

/*
 * Where the browser that got the refusal in rq->reply is to go: /auth/login
 * for 401, the step-up page where a second factor is missing, both with
 * page_return_to().  NULL: nowhere, as there is no such page; it was a write,
 * of which nothing would be left; public_url is not configured.
 *
 * Nobody is sent round in circles: a provider that takes them for signed in
 * sends them back at once.  So whose session is revoked here ends it by
 * /auth/logout first; whoever shows another cookie that is no good, and cannot
 * be renewed, is sent nowhere; and so it is when no provider's cookies count.
 */
const char *page_way_in(struct request *rq);

/*
 * Turns a refusal, already in rq->reply, into one for people: a redirect to
 * page_way_in(), or a page that says what is the matter and what can be done,
 * of the same status.
 */
void page_refusal(struct request *rq);

/* What page_show() shows: texts are plain; href and label may be NULL. */
struct page_text {
	const char *title, *text;
	const char *href, *label;
};

/* A page of its own, with the status that rq->reply has. */
void page_show(struct request *rq, const struct page_text *t);

#endif
