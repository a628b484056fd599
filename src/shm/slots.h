/* SPDX-License-Identifier: MIT */
/*
 * The table of what a host's workers remember together: 32-byte keys, flat
 * values, each with its end.  Of fixed size: a full set loses what would end
 * first.
 */
#ifndef SHM_SLOTS_H
#define SHM_SLOTS_H

#include "io/crypt.h"

#include <stddef.h>
#include <stdint.h>

enum {
	SLOTS_KEY_SIZE = CRYPT_SHA256_SIZE,
	SLOTS_UNIT_SIZE = 256, /* a value has one to four of them */
	SLOTS_VALUE_MAX = 4 * SLOTS_UNIT_SIZE,
	SLOTS_UNITS = 64, /* of a set */
	SLOTS_HEAD_SIZE = 48,
	SLOTS_SET_SIZE = SLOTS_UNITS * (SLOTS_HEAD_SIZE + SLOTS_UNIT_SIZE),
	SLOTS_WAIT_MS = 50, /* for a set; a holder needs a microsecond */
	/* no entry lives longer; an end beyond is nonsense */
	SLOTS_LIFE_MAX_DAYS = 32,
};

struct shmfile;
struct slots;

/*
 * Uses as many whole sets as fit into `size` bytes (a multiple of 8 there),
 * zeros at first; `locks` guards them and gives the key.  Owned; may be made
 * before a fork.  NULL: no memory.
 */
struct slots *slots_new(void *mem, size_t size, const struct shmfile *locks);
void slots_free(struct slots **s);

/*
 * The key of these parts, under the file's own key: nothing in the table tells
 * which credential or user it is about.  The first part should name the kind
 * of entry ("user", "session").
 */
void slots_key(struct slots *s, const struct crypt_part *parts, size_t n,
    unsigned char key[SLOTS_KEY_SIZE]);

/* "Not there" and "could not look" are different answers. */
enum slots_answer { SLOTS_HIT, SLOTS_MISS, SLOTS_BROKEN };

/*
 * Copies the value of the key to `out` and its length to *len.  Entries end
 * at expires_ms, looked at with every get; one that was left half-written by a
 * writer that died, or makes no sense, is not there.  SLOTS_MISS as well when
 * it is longer than cap.  A value that nobody writes to meanwhile is found
 * without waiting, at no system call.  SLOTS_BROKEN: it was not found so, and
 * the set was not to be had within SLOTS_WAIT_MS (a stopped holder).
 */
enum slots_answer slots_get(struct slots *s,
    const unsigned char key[SLOTS_KEY_SIZE], void *out, size_t cap, size_t *len,
    int64_t now);

/*
 * Remembers len <= SLOTS_VALUE_MAX bytes until expires_ms (monotonic),
 * in the place of the key's former value or of the entries of its set that
 * end first, whenever that is.  Readers find the former value, nothing or the
 * new one, also of a writer that dies.  SLOTS_HIT: it is there.  SLOTS_MISS: it
 * is past its end, or too long; a former value is gone then, too.
 * SLOTS_BROKEN: as above, and a former value may still be there.
 */
enum slots_answer slots_put(struct slots *s,
    const unsigned char key[SLOTS_KEY_SIZE], const void *value, size_t len,
    int64_t expires_ms, int64_t now);

/*
 * The same of what anybody could have us remember, as often as he likes: it
 * takes the place only of entries that end before it does.  SLOTS_MISS also: no
 * room.
 */
enum slots_answer slots_offer(struct slots *s,
    const unsigned char key[SLOTS_KEY_SIZE], const void *value, size_t len,
    int64_t expires_ms, int64_t now);

/*
 * Forgets the key.  SLOTS_HIT: it was there; SLOTS_MISS: it was not;
 * SLOTS_BROKEN: it may still be there.
 */
enum slots_answer slots_drop(struct slots *s,
    const unsigned char key[SLOTS_KEY_SIZE]);

/* How full it is, for people: a look without locks. */
struct slots_usage {
	size_t entries;     /* that are still to be had */
	size_t used, units; /* units they take, of how many */
};
struct slots_usage slots_usage(const struct slots *s, int64_t now);

/*
 * The same guessed from at most SLOTS_GLANCE sets, evenly apart: keys are
 * hashes, so all are about as full.
 */
enum { SLOTS_GLANCE = 1024 };
struct slots_usage slots_glance(const struct slots *s, int64_t now);

#endif
