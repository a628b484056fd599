/* SPDX-License-Identifier: MIT */
/*
 * A verdict as it is kept in shared memory: flat, without the credential, and
 * not believed when it comes back.
 */
#ifndef AUTH_KEPT_H
#define AUTH_KEPT_H

#include "auth/auth.h"
#include "shm/slots.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { KEPT_HEAD = 72, KEPT_TEXT_MAX = SLOTS_VALUE_MAX - KEPT_HEAD };

/* Times of a call are monotonic microseconds, so that two are never one. */
struct kept {
	int64_t began_us; /* of the call that found it out */
	int64_t ended_us;
	int64_t fresh_us; /* used by who comes before that */
	int64_t expires_s;
	int64_t issued_s;
	uint64_t session, user;     /* tags, of AUTH_ALLOW: see shm/revoked.h */
	uint32_t first_s, second_s; /* of the factors; 0: not known */
	uint16_t len;               /* of text, as far as it is used */
	uint16_t texts;             /* a bit for each there is */
	unsigned char verdict;
	unsigned char verified; /* the email address */
	unsigned char roles;    /* as many more texts behind the others */
	unsigned char unused;
	char text[KEPT_TEXT_MAX]; /* each ended by NUL */
};

/*
 * Fills in what the answer holds: everything but times of the call and tags.
 * Cookies to be passed on are not part of it.  The length of what is to be
 * stored; 0: it is not one to be kept (AUTH_UNSURE, AUTH_ANON, too long, with
 * permissions or more than ROLES_MAX roles).
 */
size_t kept_pack(struct kept *k, const struct auth_answer *answer);

/*
 * Is it, of len bytes, such as kept_pack() makes, its times in their order and
 * none later than now_us?  Anybody of our user may have written it.
 */
bool kept_is_sound(const struct kept *k, size_t len, int64_t now_us);

/*
 * The answer again, of one that is sound; its texts are copied.  False: no
 * memory.
 */
bool kept_unpack(const struct kept *k, struct arena *a,
    struct auth_answer *answer);

#endif
