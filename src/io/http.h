/* SPDX-License-Identifier: MIT */
/*
 * Outward HTTP, by libcurl: one kept connection, a deadline, a ceiling, no
 * redirects, no proxy, no cookies of its own.
 */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct http;
struct spans;

enum {
	HTTP_CONNECT_MS = 1000, /* ceiling for DNS, TCP and TLS */
	HTTP_HEADERS_MAX = 64,  /* header fields kept of a reply */
	HTTP_REQUEST_HEADERS_MAX = 8,
	HTTP_WAIT_MAX = 4,             /* descriptors of http_wait() */
	HTTP_WAIT_LONG_MS = 60 * 1000, /* "not by time": curl wants one */
};

struct http_options {
	const char *ca_file; /* "" or NULL: the system's bundle */
	bool insecure_http;  /* allow http:// to more than loopback */
};

enum {
	HTTP_ALLOW_PLAIN = 1, /* http to more than loopback */
	HTTP_ALLOW_QUERY = 2,
};

/*
 * Judges a URL from the configuration or from a provider: https, or http to
 * loopback; no user information, fragment or query, but for what `allow` has.
 */
int http_check_url(const char *url, unsigned allow, struct err *e);

/*
 * For who will fork: what libcurl and its TLS library set up once a process is
 * set up here, so that the children have it in common.  Opens nothing.  Not
 * needed by http_new(), which does so by itself.
 */
void http_prepare(void);

/* One upstream of one worker.  Make it after the fork.  NULL: no memory. */
struct http *http_new(const struct http_options *o);
void http_free(struct http **h);

struct http_call {
	const char *url;
	/* "Name: value", NULL ends it; values must be header safe. */
	const char *headers[HTTP_REQUEST_HEADERS_MAX + 1];
	int timeout_ms;
	size_t body_max; /* of the answer's */
	/* what http_start() POSTs, of the type that `headers` tell */
	const char *body;
	size_t body_len;
	/* refuse, once connected, to ask anybody at an address that is not
	 * public (io/address.h): a name must not lead into our network */
	bool public_only;
	/* who records the call (base/span.h) or NULL, and its name there: a
	 * provider's or NULL, and what it is for.  The one asked is told the
	 * trace (W3C Trace Context) */
	struct spans *spans;
	const char *of, *name;
};

/* All of it lent from the arena of the call. */
struct http_reply {
	int status;
	const char *body; /* ended by NUL */
	size_t body_len;
	const char *header[HTTP_HEADERS_MAX]; /* "name: value", as received */
	int n_headers;
	bool public_peer; /* it came from a public address */
};

/*
 * GETs call->url.  0 and *r whatever the status; -1 and *e (ERR_DOWN) when no
 * whole answer came in time: the text never holds header values.
 */
int http_get(struct http *h, const struct http_call *call, struct arena *a,
    struct http_reply *r, struct err *e);

/*
 * Begins to POST call->body, which goes on in http_wait(), beside other work;
 * an earlier one is given up.  Until it is over, what `call` points to and *r
 * stay where they are, and a is not reset.  It is no span.  -1 and *e: nothing
 * is under way.
 */
int http_start(struct http *h, const struct http_call *call, struct arena *a,
    struct http_reply *r, struct err *e);

enum http_progress {
	HTTP_UNDER_WAY,
	HTTP_OVER,   /* its *r is as http_get() leaves it */
	HTTP_FAILED, /* *e says why */
	HTTP_NONE,   /* there is no call */
};

/*
 * Waits until one of the n descriptors can be read or has ended, the call
 * under way has moved, or ms are over (-1: not by time).
 */
enum http_progress http_wait(struct http *h, const int *fds, int n, int ms,
    struct err *e);

/*
 * The value of the i-th field of that name (RFC 9110: any case), without the
 * space around it; NULL when there is none.
 */
const char *http_header(const struct http_reply *r, const char *name, int i);

/*
 * Milliseconds to wait by a field such as Retry-After: whole seconds or an
 * HTTP date (RFC 9110, 10.2.3); 0 when absent or not understood.
 */
int64_t http_retry_ms(const struct http_reply *r, const char *name);

/* Microseconds spent in calls since the last take. */
int64_t http_take_spent_us(struct http *h);

#endif
