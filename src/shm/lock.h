/* SPDX-License-Identifier: MIT */
/*
 * Locks on single bytes of the shared file (fcntl(2)): they vanish with the
 * process that holds them, however it ends, and nobody waits for ever.
 */
#ifndef SHM_LOCK_H
#define SHM_LOCK_H

#include <stdint.h>

struct shmfile;

/* What the bytes stand for. */
enum shm_area {
	SHM_LINES,      /* one: who has which upstream line */
	SHM_LINE_USED,  /* one a line, held as long as it is used */
	SHM_LINE_DATA,  /* one a line: its texts */
	SHM_LINE_FETCH, /* one a line: who fetches */
	SHM_FLIGHTS,    /* user look-ups under way: LOCK_FLIGHTS of them */
	SHM_SETS,       /* one a set of slots */
	SHM_REVOKED,    /* one: who writes to it */
	SHM_NEWS,       /* one: who reads the table */
	SHM_AREAS,
};

/* The index of a look-up in flight is any two bytes of its key. */
enum { LOCK_FLIGHTS = 65536 };

/*
 * Locks byte `index` of the area for us alone; tries until `deadline` (of
 * clock_mono_ms(); 0: once).  Returns 0; or -1 when it was not had, errno
 * EAGAIN: another process has it; else: there are no locks to be had.
 *
 * Locks belong to the process: it may take a byte twice and loses it with the
 * first unlock, and a forked child has none of its parent's.
 */
int shm_lock(const struct shmfile *f, enum shm_area area, uint32_t index,
    int64_t deadline);

/* The same for readers: several at once, no writer meanwhile. */
int shm_lock_reading(const struct shmfile *f, enum shm_area area,
    uint32_t index, int64_t deadline);
void shm_unlock(const struct shmfile *f, enum shm_area area, uint32_t index);

#endif
