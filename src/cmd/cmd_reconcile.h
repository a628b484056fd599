/* SPDX-License-Identifier: MIT */
/* gatehouse reconcile: profiles of users that the provider no longer has. */
#ifndef CMD_RECONCILE_H
#define CMD_RECONCILE_H

#include <stdio.h>

struct conf;

enum {
	RECONCILE_GRACE_MS = 2000, /* from the first confirmation to the last */
	RECONCILE_LIMIT_MAX = 100000,
};

/*
 * argv holds the argc words after "reconcile": --apply, --limit N, --provider
 * NAME.  Without --apply nothing is changed.  Results go to `out`, progress
 * and complaints to `complaints`.  The exit status:
 * 0  nothing to remove; or with --apply: all of it was removed
 * 1  could not find out, could not remove, or more are missing than is
 *    plausible: nothing was removed, or not all of it; it may be run again
 * 2  wrong words
 * 3  without --apply: there are profiles to remove
 */
int cmd_reconcile(const struct conf *c, int argc, char **argv, FILE *out,
    FILE *complaints);

#endif
