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

/* What is counted of a provider, and its name for people and metrics. */
#define UPSTREAM_COUNTS_LIST(X)                                                \
	X(HITS, "hits")     /* a remembered verdict served */                  \
	X(MISSES, "misses") /* none was there */                               \
	X(JOINED, "joined") /* another's call in flight served */              \
	X(STALE, "stale")   /* a verdict past its life, provider down */       \
	X(CALLS_GOOD, "calls_good")                                            \
	X(CALLS_FAILED, "calls_failed")                                        \
	X(CALLS_LIMITED, "calls_limited") /* it asked for a pause */           \
	X(ALLOWED, "allowed")                                                  \
	X(DENIED, "denied")                                                    \
	X(STEPUP, "stepup")                                                    \
	X(UNSURE, "unsure")                                                    \
	X(ANONYMOUS, "anonymous")                                              \
	X(REVOKED, "revoked") /* denied as it is revoked */

#define UPSTREAM_COUNT_ENUM(id, name) UPSTREAM_##id,
enum upstream_count {
	UPSTREAM_COUNTS_LIST(UPSTREAM_COUNT_ENUM) UPSTREAM_COUNTS
};
#undef UPSTREAM_COUNT_ENUM

struct upstream {
	/* whose line it is; zeros: nobody's */
	_Alignas(64) unsigned char scope[UPSTREAM_SCOPE_SIZE];
	atomic_int_fast64_t used_ms; /* last found, monotonic */
	atomic_int part;             /* enum part_state of route/ready.h */
	struct gate gate;
	struct keyring ring;
	/* since the line is this scope's */
	_Alignas(64) atomic_uint_fast64_t count[UPSTREAM_COUNTS];
};

/* Counts one; costs an addition. */
static inline void
upstream_add(struct upstream *u, enum upstream_count which)
{
	atomic_fetch_add_explicit(&u->count[which], 1, memory_order_relaxed);
}

/* "hits" and so on. */
const char *upstream_count_name(enum upstream_count which);

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

/* The line of a scope when there is one; takes nothing, changes nothing. */
const struct upstream *upstream_look(const struct upstream_lines *l,
    const unsigned char scope[UPSTREAM_SCOPE_SIZE]);

/* Others see it as well; else its throttles hold for this process alone. */
bool upstream_is_common(const struct upstream_lines *l,
    const struct upstream *u);

/* As shm_lock(); nobody competes for a line of the process's own. */
int upstream_lock(const struct upstream_lines *l, const struct upstream *u,
    enum upstream_lock what, int64_t deadline);
void upstream_unlock(const struct upstream_lines *l, const struct upstream *u,
    enum upstream_lock what);

#endif
