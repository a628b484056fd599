/* SPDX-License-Identifier: MIT */
/* A request to another application, in each way that web servers ask us. */
#ifndef UNIT_GUARDED_H
#define UNIT_GUARDED_H

#include "unit/peer.h"

#include <stdbool.h>

enum guarded_form {
	GUARDED_ROLE,  /* FastCGI's own role: lighttpd, Apache */
	GUARDED_PARAM, /* GATEHOUSE_ROLE */
	GUARDED_ROUTE, /* /auth/check: nginx */
	GUARDED_FORMS,
};

extern const char *const guarded_names[GUARDED_FORMS];

enum { GUARDED_PAIRS = 4 };

struct guarded {
	const char *method, *uri; /* NULL: not passed at all */
	const char *pairs[GUARDED_PAIRS][2];
};

/* A world of these lines that serves; its log is files_path("log"). */
struct world;
void guarded_open(struct world *w, const char *more);

/* Fills p with the whole request. */
void guarded_ask(struct peer *p, enum guarded_form form,
    const struct guarded *g);

/*
 * The answer in p is a yes: no body, and no field but the identity's (without
 * the role: those that every answer has); known: of WORLD_USER.
 */
void guarded_check_yes(const struct peer *p, enum guarded_form form,
    bool known);

#endif
