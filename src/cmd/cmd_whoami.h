/* SPDX-License-Identifier: MIT */
/* gatehouse whoami: what would a request with this credential get? */
#ifndef CMD_WHOAMI_H
#define CMD_WHOAMI_H

#include <stdio.h>

struct conf;

/*
 * Reads one token, or one cookie as name=value, from `in` and prints verdict
 * and identity.  The exit status: 0 allowed, 1 refused, 2 nothing to read,
 * 3 could not find out.
 */
int cmd_whoami(const struct conf *c, FILE *in, FILE *out);

#endif
