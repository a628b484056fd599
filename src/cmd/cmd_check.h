/* SPDX-License-Identifier: MIT */
/* gatehouse check: would it work? */
#ifndef CMD_CHECK_H
#define CMD_CHECK_H

#include <stdio.h>

struct conf;

/*
 * Tries database, migrations and providers with a valid configuration; one
 * line each.  The exit status: 0 all well, 1 not.
 */
int cmd_check(const struct conf *c, FILE *out);

#endif
