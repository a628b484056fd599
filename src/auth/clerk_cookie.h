/* SPDX-License-Identifier: MIT */
/*
 * Which of Clerk's cookies counts.  An instance sets each under its plain
 * name and under one with a suffix of its own; sites that share a domain see
 * the plain ones of each other.
 */
#ifndef AUTH_CLERK_COOKIE_H
#define AUTH_CLERK_COOKIE_H

#include "conf/conf.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct cred;

enum { CLERK_SUFFIX_SIZE = 8 + 1, CLERK_COOKIE_NAMES = 4 };

struct clerk_cookies {
	bool suffixed;                /* there is a publishable key */
	bool development;             /* a pk_test_ one */
	struct conf_list names;       /* session and client_uat, plain first */
	const struct conf_list *ours; /* issuers of this instance */
	char text[CLERK_COOKIE_NAMES][32]; /* behind names */
};

/*
 * The names, out of the publishable key ("": plain ones alone): its suffix is
 * the first eight characters of base64url(SHA-1(key)).  `issuers` is lent.
 */
void clerk_cookies_init(struct clerk_cookies *c, const char *publishable_key,
    const struct conf_list *issuers);

/* Is a session among the pairs?  Without one they are no credential. */
bool clerk_cookies_has_session(const struct clerk_cookies *c,
    const struct cred *cred);

/*
 * The browser is signed in at this instance, as its script says: __client_uat
 * is a time and not 0, whatever became of __session, which lasts a minute.
 */
bool clerk_cookies_is_client(const struct clerk_cookies *c,
    const struct cred *cred);

/* What the pairs come to. */
enum clerk_choice {
	CLERK_TOKEN,      /* to be judged like one in a header */
	CLERK_NO_SESSION, /* nobody is signed in */
	CLERK_REFUSED,
	CLERK_NO_MEMORY,
};

struct clerk_chosen {
	const char *token;    /* CLERK_TOKEN; lent from the arena */
	int64_t client_uat_s; /* its iat must not be before this */
	const char *why;      /* otherwise */
};

/* Chooses as Clerk's own libraries do; now_ms is wall-clock time. */
enum clerk_choice clerk_cookies_choose(const struct clerk_cookies *c,
    const struct cred *cred, int64_t now_ms, struct arena *a,
    struct clerk_chosen *chosen);

#endif
