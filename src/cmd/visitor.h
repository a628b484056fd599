/* SPDX-License-Identifier: MIT */
/* A credential at a terminal, checked as a worker checks a request's. */
#ifndef CMD_VISITOR_H
#define CMD_VISITOR_H

#include "auth/auth.h"

#include <stdbool.h>
#include <stdio.h>

struct conf;

/* Of a line: cookies come as a browser sends them, foreign ones among them. */
enum { VISITOR_LINE_SIZE = 16 << 10 };

/*
 * Reads one line, without its end: a token, or cookies as name=value.  Who
 * sits at a terminal is told on `complaints` what is waited for.  False when
 * there is nothing, or an empty line; then it is "".
 */
bool visitor_read(FILE *in, FILE *complaints, char line[VISITOR_LINE_SIZE]);

struct visitor {
	struct arena *arena;
	struct shared *shared;
	struct auth *auth;
};

/*
 * What a worker has, and what was revoked, from the database; trouble with
 * that is told on `out` and ends nothing.  -1, as `out` tells: no memory, or a
 * provider cannot be set up.  visitor_close() in either case.
 */
int visitor_open(struct visitor *v, const struct conf *c, FILE *out);
void visitor_close(struct visitor *v);

/*
 * The answer to a request that brings this line, "" for none, within the
 * budget of one.  `contact`: email and name are wanted, though it may cost a
 * call.  Lent from v's arena.
 */
void visitor_check(struct visitor *v, const struct conf *c, const char *line,
    bool contact, struct auth_answer *answer);

/* "what         value"; nothing for a value of NULL or "". */
void visitor_print_line(FILE *out, const char *what, const char *value);

/* Verdict and identity, or why there is none; a line for each fact. */
void visitor_print(FILE *out, const struct auth_answer *answer);

/* The exit status: 0 allowed, 1 refused, 3 it could not be found out. */
enum { VISITOR_PASSES = 0, VISITOR_REFUSED = 1, VISITOR_UNKNOWN = 3 };
int visitor_status(enum auth_verdict verdict);

#endif
