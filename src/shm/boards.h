/* SPDX-License-Identifier: MIT */
/*
 * The boards of a site's other processes, found below /proc: what `gatehouse
 * status` shows.
 */
#ifndef SHM_BOARDS_H
#define SHM_BOARDS_H

#include "base/err.h"
#include "shm/shared.h"

#include <sys/types.h>

enum { BOARDS_MAX = 256 }; /* more are not reported */

/* A supervisor with its workers, or a single process. */
struct boards_one {
	pid_t pid; /* who made it; when he is gone, the lowest who has it */
	const struct board *board; /* read-only */
	/* as shared_view() gives it, when it has no file but memory of its own;
	 * NULL: it has a file, or memory of another size */
	const struct shared *memory;
};

/*
 * Calls back once for each board of this site (shared_options.site) that we
 * may look at; what it gets is gone afterwards.  Boards of other layouts and
 * those that could shrink meanwhile do not count; one on which no slot was ever
 * taken (used is 0) belongs to a process that does not serve, or not yet.
 * When there are more than BOARDS_MAX, processes of our own user and of the
 * owner of the site's file come before others'.  Memory of another size than
 * shared_options.size says is not looked at: anybody can make some.
 * How many there were, or -1 and *e (ERR_DOWN) when /proc cannot be read.
 */
int boards_find(const struct shared_options *o,
    void (*call)(void *ctx, const struct boards_one *one), void *ctx,
    struct err *e);

#endif
