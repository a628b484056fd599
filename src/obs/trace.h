/* SPDX-License-Identifier: MIT */
/*
 * A request's trace: its id, W3C Trace Context in and out, which requests are
 * kept, and what their own span says.
 *
 * What a trace holds is what is put into it here and in the notes of
 * base/span.h: routes, statuses, times, names of providers and statements, and
 * a digest instead of a user.
 */
#ifndef OBS_TRACE_H
#define OBS_TRACE_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct access;
struct buf;
struct trace;

enum { TRACE_USER_DIGITS = 16 };

/* Takes a record of obs/record, of n bytes. */
struct trace_sink {
	void (*take)(void *ctx, const unsigned char *record, size_t n);
	void *ctx;
};

struct trace_options {
	struct trace_sink sink; /* take NULL: nobody keeps traces */
	int64_t sample;         /* in CONF_SHARE_ALL */
	int64_t slow_ms;        /* a request over this is kept */
};

/* One a worker, made after the fork.  NULL: no memory. */
struct trace *trace_new(const struct trace_options *o);
void trace_free(struct trace **t);

/* Its recorder, for all who wait for somebody; as long as the trace.  NULL of
 * NULL. */
struct spans *trace_spans(struct trace *t);

/*
 * A request begins.  traceparent: the field's value as it came, or NULL; one
 * that is not valid (W3C Trace Context, 3.2.2) counts as absent.  Its flag
 * decides nothing; the end of the trace-id does, so that of a trace all parts
 * are kept or none.  Who chooses an id chooses that as well, but no more than
 * what sample = 1.0 costs, and no error stays out.
 */
void trace_begin(struct trace *t, const char *traceparent);

/* 32 hexadecimal digits; of the request under way or the latest one. */
const char *trace_id(const struct trace *t);

/* What the request's own span says, besides the access line. */
struct trace_request {
	const char *path;    /* of the route: a template; NULL: no route */
	const char *subject; /* goes into user.hash; NULL: nobody */
};

/*
 * The request has ended: its spans go to the sink if it is one to be kept.
 * Nothing is recorded until the next begins.
 */
void trace_end(struct trace *t, const struct access *a,
    const struct trace_request *rq);

/*
 * Reads a traceparent.  False: it is not valid.  trace: 32 digits and NUL;
 * parent: the span-id.
 */
bool trace_parse_parent(const char *text, char trace[SPAN_TRACE_DIGITS + 1],
    uint64_t *parent);

/*
 * user.hash: the first digits of SHA-256 over "provider:subject", for finding
 * a known user's requests.
 */
void trace_user(const char *provider, const char *subject,
    char out[TRACE_USER_DIGITS + 1]);

/*
 * Where the time went, in words, for the log line of a slow request:
 * "authenticate 1204.1 ms, ory whoami 1203.2 ms, profile_get 0.3 ms".
 */
void trace_tell(const struct trace *t, struct buf *b);

#endif
