/* SPDX-License-Identifier: MIT */
/* What an identity provider must be able to do. */
#ifndef AUTH_PROVIDER_H
#define AUTH_PROVIDER_H

#include "auth/auth.h"

struct conf_list;
struct http_reply;

/*
 * How the provider took a call, for the gate that stands before it.  A denial
 * is a good call.
 */
enum call_outcome {
	CALL_NONE, /* nobody was asked */
	CALL_GOOD,
	CALL_FAILED, /* an answer that is of no use */
	CALL_BROKEN, /* no answer: connection, time */
	CALL_LIMIT,  /* too many calls: pause */
};

struct provider_answer {
	struct auth_answer *answer;
	enum call_outcome outcome;
	int64_t pause_ms; /* CALL_LIMIT; 0: it named none */
	/* AUTH_DENY that an outage at the provider looks like as well */
	bool doubtful;
};

/*
 * A row of auth.c's table.  open() runs in the worker and connects to
 * nothing; check() blocks no longer than its timeout and the deadline; every
 * member is set.
 */
struct auth_provider {
	const char *name;
	void *(*open)(const struct conf *c, struct err *e);
	void (*close)(void **state);
	/* the names of its session cookie; an empty list: no cookies */
	const struct conf_list *(*cookies)(const void *state);
	/* could it be a credential of this provider at all?  asks nobody */
	bool (*takes)(const void *state, const struct cred *c);
	void (*check)(void *state, const struct auth_request *rq,
	    struct provider_answer *pa);
	bool (*probe)(void *state, int64_t deadline, struct arena *arena);
	void (*login_info)(const void *state, const char *return_to,
	    struct buf *b);
	int64_t (*take_spent_us)(void *state);
};

extern const struct auth_provider auth_ory;

#endif
