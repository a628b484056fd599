/* SPDX-License-Identifier: MIT */
/*
 * FastCGI requests, by libfcgi on connections that we accept ourselves:
 * parameters are capped and checked, and the whole answer goes out in one
 * piece or not at all.  Reads and writes wait for the peer: the caller sets an
 * alarm whose handler is fcg_abort(), the one deadline for all of them.
 */
#ifndef IO_FCG_H
#define IO_FCG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct fcg;

enum {
	FCG_PARAMS_MAX = 512,            /* parameters of one request */
	FCG_PARAMS_BYTES_MAX = 64 << 10, /* names and values together */
};

/*
 * The parameters that decide something, here or in front of us, and what a
 * second one of the name means.  nginx passes repeated request headers as
 * repeated parameters, and libfcgi's look-up returns the first: an attacker's
 * choice.
 *   REFUSE  the request is 400
 *   DENY    the request carries two credentials: 401
 *   COOKIE  values are joined with "; " (RFC 9113, 8.2.3)
 *   FIRST   the first one counts: no page of somebody else's can send two,
 *           and for the client itself it decides the form of an answer alone
 *   LIST    both make a list (RFC 9110, 5.3), which is no value of that name,
 *           so that neither counts
 *   SAME    one that says the same is none (mod_authnz_fcgi sends its role
 *           once more, as a parameter); else the request is 400
 */
#define FCG_PARAMS(X)                                                          \
	X(CONTENT_LENGTH, REFUSE)                                              \
	X(CONTENT_TYPE, REFUSE)                                                \
	X(FCGI_ROLE, SAME)                                                     \
	X(GATEHOUSE_ORIGINAL_METHOD, REFUSE)                                   \
	X(GATEHOUSE_ORIGINAL_URI, REFUSE)                                      \
	X(GATEHOUSE_ROLE, REFUSE)                                              \
	X(HTTPS, REFUSE)                                                       \
	X(HTTP_ACCEPT, FIRST)                                                  \
	X(HTTP_ACCESS_CONTROL_REQUEST_METHOD, REFUSE)                          \
	X(HTTP_AUTHORIZATION, DENY)                                            \
	X(HTTP_COOKIE, COOKIE)                                                 \
	X(HTTP_HOST, REFUSE)                                                   \
	X(HTTP_ORIGIN, REFUSE)                                                 \
	X(HTTP_ORY_WEBHOOK_TRIGGER_ID, REFUSE)                                 \
	X(HTTP_REFERER, FIRST)                                                 \
	X(HTTP_SEC_FETCH_MODE, REFUSE)                                         \
	X(HTTP_SEC_FETCH_SITE, REFUSE)                                         \
	X(HTTP_SVIX_ID, REFUSE)                                                \
	X(HTTP_SVIX_SIGNATURE, REFUSE)                                         \
	X(HTTP_SVIX_TIMESTAMP, REFUSE)                                         \
	X(HTTP_TRACEPARENT, LIST)                                              \
	X(HTTP_TRANSFER_ENCODING, REFUSE)                                      \
	X(HTTP_X_REQUEST_ID, REFUSE)                                           \
	X(HTTP_X_SESSION_TOKEN, DENY)                                          \
	X(REDIRECT_HTTP_AUTHORIZATION, DENY)                                   \
	X(REMOTE_ADDR, REFUSE)                                                 \
	X(REMOTE_USER, REFUSE)                                                 \
	X(REQUEST_METHOD, REFUSE)                                              \
	X(REQUEST_URI, REFUSE)

enum fcg_param {
#define X(name, second) FCG_##name,
	FCG_PARAMS(X)
#undef X
	    FCG_PARAM_COUNT
};

enum fcg_fault {
	FCG_FINE,
	FCG_BAD,      /* repeated, too many or too long parameters: 400 */
	FCG_TWO_KEYS, /* a repeated credential: 401 */
};

struct fcg_request {
	/* Lent until fcg_finish(); NULL when absent.  "" counts as absent. */
	const char *param[FCG_PARAM_COUNT];
	/* the web server asks for a permission: by the role of FastCGI, or of
	 * a server without that role by GATEHOUSE_ROLE */
	bool authorizer;
	enum fcg_fault fault;
	const char *why; /* with a fault: for the log */
};

/*
 * Sets libfcgi up, which installs signal handlers: call once, before any other
 * function here and before installing handlers of our own.
 */
int fcg_init(struct err *e);

/* Nothing to serve yet; one a worker.  NULL: no memory. */
struct fcg *fcg_new(void);
void fcg_free(struct fcg **f);

/*
 * Reads one request from the accepted connection fd, which is ours from here
 * on.  0 and *r, or -1 when there was none worth an answer (closed already).
 * Memory for joined values comes from the arena.
 */
int fcg_begin(struct fcg *f, int fd, struct arena *a, struct fcg_request *r);

/* Bytes of the body into *body (lent from the arena). */
enum fcg_body {
	FCG_BODY_OK,
	FCG_BODY_LONG, /* over max: 413 */
	FCG_BODY_CUT,  /* ended early or not as announced: 400 */
};
enum fcg_body fcg_read_body(struct fcg *f, const struct fcg_request *r,
    size_t max, struct arena *a, const char **body, size_t *len);

/*
 * Sends the answer (a CGI response, RFC 3875, 6) and closes the connection: at
 * once when nothing of the request is left, else when the peer has closed its
 * end or was silent for 200 ms.  In the Authorizer role no body is waited for.
 * n must not be 0: lighttpd takes an empty Authorizer answer for a yes.
 * 0, or -1 when the web server did not take it all.
 */
int fcg_finish(struct fcg *f, const char *answer, size_t n);

/*
 * From a signal handler: ends the connection under work, so that a peer that
 * trickles cannot hold the worker.  Async-signal-safe.
 */
void fcg_abort(struct fcg *f);

#endif
