/* SPDX-License-Identifier: MIT */
/* Which credential a request carries: exactly one counts. */
#ifndef AUTH_CRED_H
#define AUTH_CRED_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct conf_list;
struct fcg_request;

enum cred_kind {
	CRED_NONE,
	CRED_REFUSED,       /* something was presented that can never be good */
	CRED_SESSION_TOKEN, /* X-Session-Token */
	CRED_BEARER,        /* Authorization: Bearer */
	CRED_COOKIE,        /* value: "name=value" pairs joined by "; " */
};

enum {
	CRED_TOKEN_MAX = 8192,
	/* all pairs of the session cookie together: Clerk's come twice, of up
	 * to 4 KiB each, with a time beside each */
	CRED_COOKIE_MAX = 9216,
};

/* "cookie" and so on; NULL of CRED_NONE and CRED_REFUSED. */
const char *cred_name(enum cred_kind kind);

/* Lent from the request. */
struct cred {
	enum cred_kind kind;
	const char *value;
	size_t len;
	int owner; /* CRED_COOKIE: the provider, by its place */
	/* for the log, of CRED_REFUSED; of CRED_NONE: what was presented was
	 * empty, which some providers take for nothing and others do not */
	const char *why;
};

/*
 * The credential in a header: X-Session-Token, else Authorization: Bearer
 * (any case, RFC 6750; from REDIRECT_HTTP_AUTHORIZATION too).  A refused
 * header credential never falls back to a cookie.  Other schemes are not
 * ours: sites behind Basic authentication send them along.
 */
struct cred cred_from_headers(const struct fcg_request *in);

/*
 * The pairs of a Cookie header whose name is one of `names`, in their order,
 * bytes untouched (RFC 6265; Apache joins repeated headers with ", ").
 * CRED_NONE when there is none.
 */
struct cred cred_from_cookies(const char *header, const struct conf_list *names,
    struct arena *a);

#endif
