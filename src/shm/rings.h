/* SPDX-License-Identifier: MIT */
/*
 * Bytes from many writers to one reader, without a system call: a ring each,
 * in memory of a supervisor and its children.  A writer that is killed leaves
 * its ring as if it had not begun; a reader that is killed, as if it had not
 * read the last.  Nobody waits for anybody.
 */
#ifndef SHM_RINGS_H
#define SHM_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	RINGS_SIZE = 128 << 10, /* of one; memory is used as it is written */
	RINGS_PIECE_MAX = 4096,
};

struct rings;

/* n of them, before the fork.  NULL: no memory. */
struct rings *rings_new(int n);
void rings_free(struct rings **r);

enum rings_put {
	RINGS_FULL, /* it was not taken */
	RINGS_TAKEN,
	RINGS_WAKE, /* it was; the reader sleeps and should be woken */
};

/* Puts a piece of 1 to RINGS_PIECE_MAX bytes into ring i, whose only writer we
 * are. */
enum rings_put rings_put(struct rings *r, int i, const void *data, size_t n);

/*
 * There is one reader at a time: who has claimed them, until it releases them
 * or somebody does so for it when it is dead.  False: another has them.
 */
bool rings_claim(struct rings *r, pid_t reader);
void rings_release(struct rings *r, pid_t reader);

/* No ring from here on was ever written to. */
int rings_used(const struct rings *r);

/*
 * Takes the oldest piece out of ring i, into RINGS_PIECE_MAX bytes.  Returns
 * its size; 0: there is none; -1: what stood there makes no sense, and is gone
 * with all behind it.
 */
int rings_get(struct rings *r, int i, void *out);

/*
 * The reader is about to sleep: the next piece, or of a reader that is busy one
 * that makes a ring half full, wakes it.  False: there are some already.
 */
bool rings_sleep(struct rings *r);

#endif
