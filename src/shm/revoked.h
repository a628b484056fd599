/* SPDX-License-Identifier: MIT */
/*
 * What this host knows to be revoked: sessions and users, by keyed tags.  The
 * truth is the table `revocation` in the database (user/revocation.h); this is
 * what every request can afford to look at.
 */
#ifndef SHM_REVOKED_H
#define SHM_REVOKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypt_mac;
struct shmfile;

/* What becomes of what is revoked. */
enum revoked_effect {
	REVOKED_RECHECK, /* what was found out before now is asked again */
	REVOKED_OLDER,   /* what was issued before `at_s` is refused */
	REVOKED_ALL,     /* refused, whenever it was issued */
	REVOKED_EFFECTS,
};

enum revoked_kind { REVOKED_SESSION, REVOKED_USER, REVOKED_KINDS };

/* An entry to be put. */
struct revoked_entry {
	uint64_t tag; /* revoked_tag() of session or user */
	enum revoked_effect effect;
	uint64_t row; /* its number in the database; 0: not known */
	/* seconds since 1970; of REVOKED_OLDER: what it means; of a brief one:
	 * when it was revoked, 0 or later than now: now */
	int64_t at_s;
	bool brief;      /* of REVOKED_ALL: matters for an hour, and is kept
			  * longer only where there is room */
	int64_t until_s; /* seconds since 1970: it means nothing after */
};

/* Lies in shared memory; readers take no lock. */
struct revoked;

/*
 * The table in `size` bytes at `mem` (zeros at first): owned handle, may be
 * made before a fork.  NULL: no memory.
 */
struct revoked *revoked_new(void *mem, size_t size,
    const struct shmfile *locks);
void revoked_free(struct revoked **r);

/*
 * The tag of a session or user of one provider; never 0.  mac: one of
 * shared_mac(…, "revoked").
 */
uint64_t revoked_tag(struct crypt_mac *mac, const char *provider,
    enum revoked_kind kind, const char *id);

/*
 * Adds to what is known of the tag; what was known stays, the later end and
 * the later time win.  The row that was put last for a tag changes nothing when
 * it is put again.  A writer that dies in here leaves the old entry or none.
 * 0; -1: the table's lock was not to be had in time (a stopped holder): nothing
 * was changed.
 *
 * A full set loses what hurts least: what is over; what was to be asked again
 * before an hour or longer, longest ago first; brief ones of an hour ago or
 * longer, likewise; then the younger of both, in this order; then the others
 * that refuse, first to end.  What does not refuse, or is brief and old, takes
 * no better one's place.  Of what was to be asked again, and of all that
 * refused and still mattered, verdicts found before it was put are asked again.
 */
int revoked_put(struct revoked *r, const struct revoked_entry *entry,
    int64_t now_ms, int64_t now_s);

/* A verdict or token to be judged. */
struct revoked_question {
	uint64_t session; /* tag; 0: it has none */
	uint64_t user;    /* tag */
	int64_t issued_s; /* since 1970, as the provider says; 0: unknown,
			   * older than anything */
	int64_t found_ms; /* monotonic: when the provider was asked for it;
			   * INT64_MAX: this very moment */
};

enum revoked_answer {
	REVOKED_NOT,
	REVOKED_ASK,    /* found out too long ago: ask again */
	REVOKED_REFUSE, /* no */
};

/*
 * What the most severe thing known of session or user means for it.  A look
 * without locks or calls.
 */
enum revoked_answer revoked_look(const struct revoked *r,
    const struct revoked_question *q, int64_t now_s);

/* Nothing at all is revoked: tags need not be made. */
bool revoked_is_empty(const struct revoked *r, int64_t now_s);

/* How many entries mean something now; for people. */
int revoked_count(const struct revoked *r, int64_t now_s);

/*
 * How many were lost, or found no room, while they mattered; since the table
 * was made.  More than a few: it is too small.
 */
uint64_t revoked_lost(const struct revoked *r);

#endif
