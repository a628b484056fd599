/* SPDX-License-Identifier: MIT */
/* The refusals of the API as its description names them: one row each. */
#ifndef ROUTE_OPENAPI_REFUSALS_H
#define ROUTE_OPENAPI_REFUSALS_H

#include "route/reply.h"

enum refusal {
	REFUSAL_NONE, /* ends lists of them */
	REFUSAL_BAD_REQUEST,
	REFUSAL_INVALID_FIELDS,
	REFUSAL_UNAUTHENTICATED,
	REFUSAL_STEP_UP,
	REFUSAL_NOT_ALLOWED,
	REFUSAL_CROSS_SITE,
	REFUSAL_FORBIDDEN,
	REFUSAL_NO_PAGE,
	REFUSAL_TOO_LARGE,
	REFUSAL_MEDIA_TYPE,
	REFUSAL_LIMITED,
	REFUSAL_INTERNAL,
	REFUSAL_PROVIDER,
	REFUSAL_DATABASE,
	REFUSAL_NOT_READY,
	REFUSAL_UNAVAILABLE,
	REFUSALS,
};

/* Of a status and a reason there is one row an operation at most. */
struct refusal_row {
	const char *name; /* of its schema and its response */
	enum problem problem;
	const char *reason; /* NULL: details are null */
	/* what details have beside the reason, and its schema; or NULL */
	const char *member, *schema;
	const char *when; /* for the reader, a sentence */
};

/* The row of r, which is one. */
const struct refusal_row *refusal_row(enum refusal r);

/*
 * Those that follow from what is checked before, and beside, the handler:
 * need is `enum need` of route/route.h, together.
 */
bool refusal_follows(enum refusal r, int need);

/* Appends its schema: the error triple, narrowed down. */
void refusal_schema(enum refusal r, struct buf *b);

/* Appends its response in full: what it is, header fields, schema. */
void refusal_response(enum refusal r, struct buf *b);

/* Appends the header fields that all with this problem bring, as members. */
void refusal_headers(enum problem p, struct buf *b);

#endif
