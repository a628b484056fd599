/* SPDX-License-Identifier: MIT */
/* gatehouse migrate [status|up|to N]. */
#ifndef CMD_MIGRATE_H
#define CMD_MIGRATE_H

#include <stdio.h>

struct db_options;

/*
 * argv holds the argc words after "migrate"; none means status.  Writes for
 * people, progress as it happens.  The exit status:
 * 0  done; or status: this program can work with the schema
 * 1  failed; or status: pending or changed migrations
 * 2  wrong words
 */
int cmd_migrate(const struct db_options *o, int argc, char **argv, FILE *out,
    FILE *complaints);

#endif
