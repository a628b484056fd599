/* SPDX-License-Identifier: MIT */
/* gatehouse status: what this site's processes on this host do now. */
#ifndef CMD_STATUS_H
#define CMD_STATUS_H

#include <stdio.h>

struct conf;

/*
 * argv holds the argc words after "status": none, or --json.  Changes nothing
 * and asks no provider.  The exit status:
 * 0  it runs
 * 1  what runs could not be looked at
 * 2  wrong words
 * 3  it does not run
 */
int cmd_status(const struct conf *c, int argc, char **argv, FILE *out,
    FILE *complaints);

#endif
