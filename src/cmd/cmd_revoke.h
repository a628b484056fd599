/* SPDX-License-Identifier: MIT */
/* gatehouse revoke: an operator's word against a session or a user. */
#ifndef CMD_REVOKE_H
#define CMD_REVOKE_H

#include <stdio.h>

struct conf;

/*
 * argv holds the argc words after "revoke": --session ID or --user ID, and
 * --provider NAME, which may be left out when one alone is configured.  A
 * session is refused as long as revocation.keep says; of a user what was issued
 * before now is.  The exit status:
 * 0  stored: every host knows within revocation.bound
 * 1  not stored, as `complaints` tells
 * 2  wrong words
 */
int cmd_revoke(const struct conf *c, int argc, char **argv, FILE *out,
    FILE *complaints);

#endif
