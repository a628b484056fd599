/* SPDX-License-Identifier: MIT */
/* What the API's description says of each route, beside its row in routes[]. */
#ifndef ROUTE_OPENAPI_OPERATIONS_H
#define ROUTE_OPENAPI_OPERATIONS_H

#include "route/openapi_refusals.h"

enum {
	OPERATION_ANSWERS = 2,
	OPERATION_FIELDS = 10,
	OPERATION_PARAMETERS = 3,
	OPERATION_REFUSALS = 6,
	OPERATION_TYPES = 2,
	OPERATION_PAGES = 3,
};

/* Of pages for people: see route/html. */
#define OPERATION_PAGE_TYPE "text/html; charset=utf-8"

/* A yes.  Names are of components; lists end by NULL or fill their room. */
struct operation_answer {
	int status; /* 0 ends the list */
	const char *about;
	const char *schema;                   /* of application/json; or NULL */
	const char *types[OPERATION_TYPES];   /* media types of plain text */
	const char *fields[OPERATION_FIELDS]; /* of the header */
	const char *header;                   /* which component these are */
};

struct operation {
	const char *route; /* its name in routes[] */
	const char *id;    /* stable: programs are made of it */
	const char *tag;
	const char *summary; /* a line, without a full stop */
	const char *about;   /* more of it; or NULL */
	int also;            /* needs that its handler sees to itself */
	const char *scheme;  /* of security, when it is no user's; or NULL */
	const char *parameters[OPERATION_PARAMETERS];
	const char *body; /* schema; or NULL */
	struct operation_answer good[OPERATION_ANSWERS];
	/* beyond those that follow from the needs */
	enum refusal refusals[OPERATION_REFUSALS];
	/* statuses of refusals that a person's browser gets as a page */
	int pages[OPERATION_PAGES];
	/* of refusals, to a web server that asks */
	bool tells_server;
};

/* In the order of routes[]; a route of NULL ends it. */
extern const struct operation operations[];

/* Of the route with that name; NULL: nobody has described it. */
const struct operation *operation_find(const char *route);

struct operation_tag {
	const char *name, *about;
};

/* A name of NULL ends it. */
extern const struct operation_tag operation_tags[];

#endif
