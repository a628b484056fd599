/* SPDX-License-Identifier: MIT */
/* The child that applies migrations, so that serving need not wait. */
#ifndef PROC_MIGRATOR_H
#define PROC_MIGRATOR_H

#include <sys/types.h>

struct conf;

/* Its name for ps and top, at most 15 characters. */
#define MIGRATOR_NAME "gatehouse-sql"

/*
 * Forks a child that applies what is missing and ends; while the database is
 * away it tries again every second.  Its process id, or 0.  It may be killed at
 * any time, and is when its parent ends.
 */
pid_t migrator_start(const struct conf *c);

#endif
