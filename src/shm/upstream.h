/* SPDX-License-Identifier: MIT */
/*
 * Upstream lines: what a host's workers know together about one provider as
 * one configuration describes it.  Another configuration has another line.
 */
#ifndef SHM_UPSTREAM_H
#define SHM_UPSTREAM_H

#include "shm/gate.h"
#include "shm/keyring.h"

#include <stddef.h>
#include <stdint.h>

enum { UPSTREAM_LINES = 16, UPSTREAM_SCOPE_SIZE = 32 };

struct upstream {
	/* whose line it is; zeros: nobody's */
	_Alignas(64) unsigned char scope[UPSTREAM_SCOPE_SIZE];
	atomic_int_fast64_t used_ms; /* last found, monotonic */
	atomic_int part;             /* enum part_state of route/ready.h */
	struct gate gate;
	struct keyring ring;
};

/* Two independent locks a line. */
enum upstream_lock { UPSTREAM_DATA, UPSTREAM_FETCH };

struct shmfile;

/* One process's view of the lines; a forked child starts with none taken. */
struct upstream_lines;

/*
 * The UPSTREAM_LINES lines at mem.  Owned; made before the fork.  NULL: no
 * memory.
 */
struct upstream_lines *upstream_lines_new(struct upstream *mem,
    const struct shmfile *locks);
void upstream_lines_free(struct upstream_lines **l);

/*
 * The line of a scope, zeroed when it is new.  It stays ours until the process
 * ends or upstream_lines_free(): others may share it, nobody takes it away.
 * Without one: the longest unused line that no living process uses.  When all
 * are in use, or the lock is not to be had, a line of this process's own.
 * NULL: no memory.  Call it after the fork.
 */
struct upstream *upstream_find(struct upstream_lines *l,
    const unsigned char scope[UPSTREAM_SCOPE_SIZE], int64_t now);

/* Others see it as well; else its throttles hold for this process alone. */
bool upstream_is_common(const struct upstream_lines *l,
    const struct upstream *u);

/* As shm_lock(); nobody competes for a line of the process's own. */
int upstream_lock(const struct upstream_lines *l, const struct upstream *u,
    enum upstream_lock what, int64_t deadline);
void upstream_unlock(const struct upstream_lines *l, const struct upstream *u,
    enum upstream_lock what);

#endif
