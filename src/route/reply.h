/* SPDX-License-Identifier: MIT */
/* Answers: status, safe header fields, JSON bodies, the error triple. */
#ifndef ROUTE_REPLY_H
#define ROUTE_REPLY_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* The header block must fit the smallest buffer in front of us (nginx's). */
enum { REPLY_HEADERS_MAX = 3900 };

struct reply {
	int status;
	struct buf headers; /* "Name: value\r\n" each */
	struct buf body;    /* JSON, or empty */
	const char *reason; /* of a problem, as in its details; or NULL */
	const char *type;   /* of the body; NULL: JSON */
	const char *csp;    /* Content-Security-Policy; NULL: nothing at all */
	bool head;          /* the body is announced, not sent */
	/* a yes of the Authorizer role: the answer will be the guarded
	 * application's, so it carries no field of ours */
	bool bare;
};

/* Starts as 500, so that a forgotten answer is never a grant. */
void reply_init(struct reply *r, struct arena *a);

/* Adds a field.  False: its value is not header safe, or does not fit, and is
 * left out. */
bool reply_header(struct reply *r, const char *name, const char *value);

/*
 * The CGI response (RFC 3875, 6): Status first, then the fields that every
 * answer carries, exact Content-Length.  Whatever went wrong before, the
 * result is a whole answer; never empty.
 */
const char *reply_render(struct reply *r, struct arena *a, size_t *len);

/* 303 (RFC 9110, 15.4.4) to an absolute URL; 500 when it is not one to send. */
void reply_redirect(struct reply *r, const char *url);

/* What details.reason may be: for programs, and for the API's description. */
#define REASON_CROSS_SITE "cross_site"
#define REASON_DATABASE "database_unavailable"
#define REASON_INVALID_FIELDS "invalid_fields"
#define REASON_NOT_ALLOWED "not_allowed"
#define REASON_PROVIDER "provider_unavailable"
#define REASON_RATE "rate_limited"
#define REASON_STEP_UP "second_factor_required"

/* The errors of the API: a name, a status, a default message. */
enum problem {
	PROBLEM_BAD_REQUEST,
	PROBLEM_UNAUTHENTICATED,
	PROBLEM_FORBIDDEN,
	PROBLEM_NOT_FOUND,
	PROBLEM_METHOD,
	PROBLEM_TOO_LARGE,
	PROBLEM_MEDIA_TYPE,
	PROBLEM_LIMITED,
	PROBLEM_INTERNAL,
	PROBLEM_UNAVAILABLE,
	PROBLEMS,
};

struct reply_fact {
	int status;
	const char *code;
	const char *message; /* the default */
};

/* What a problem is; p is one, not PROBLEMS. */
const struct reply_fact *reply_fact(enum problem p);

/*
 * {"code","message","details"} with its status.  message NULL: the default;
 * details: a JSON object's text, or NULL for null.
 */
void reply_problem(struct reply *r, enum problem p, const char *message,
    const char *details);

/* The same with {"reason":…} for details; reason is a static word. */
void reply_refusal(struct reply *r, enum problem p, const char *message,
    const char *reason);

/* 503 with Retry-After (whole seconds, 1..60) and details.reason. */
void reply_unavailable(struct reply *r, const char *reason, int64_t retry_ms);

/* 429 in the same way, with reason rate_limited. */
void reply_limited(struct reply *r, int64_t retry_ms);

#endif
