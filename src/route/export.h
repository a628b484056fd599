/* SPDX-License-Identifier: MIT */
/* The identity for the application behind us: one table of names. */
#ifndef ROUTE_EXPORT_H
#define ROUTE_EXPORT_H

#include <stdbool.h>

struct request;

enum export_form {
	EXPORT_HEADERS,   /* X-Auth-User: …, for nginx */
	EXPORT_VARIABLES, /* Variable-AUTH_USER: …, FastCGI 1.0, 6.3 */
};

/*
 * Adds what is known of rq->auth.who to the reply's fields, encoded so that
 * each value is printable ASCII without space: see doc/guard.md.  All of it or
 * nothing: false when who it is does not fit, so that nobody may pass.
 */
bool export_identity(struct request *rq, enum export_form form);

#endif
