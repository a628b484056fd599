/* SPDX-License-Identifier: MIT */
/*
 * Is it Clerk that speaks?  The Svix scheme (standard-webhooks): HMAC-SHA256
 * over id, time and body.  Pure: no clock, no database.
 */
#ifndef HOOK_SVIX_H
#define HOOK_SVIX_H

#include <stddef.h>
#include <stdint.h>

struct conf_list;

enum {
	SVIX_SKEW_S = 300,    /* how far its time may be from ours, inclusive */
	SVIX_ID_MAX = 255,    /* longest svix-id that is remembered */
	SVIX_SECRET_MAX = 96, /* bytes of a decoded secret */
};

/* Header fields as sent, surrounding blanks and all; NULL: missing. */
struct svix_message {
	const char *id;
	const char *timestamp;
	const char *signature;
	const char *body;
	size_t body_len;
};

/* NULL: all three fields are there; else which is not, for the log. */
const char *svix_missing(const struct svix_message *m);

/*
 * NULL: one of the secrets ("whsec_" and base64) signed it, not longer ago
 * than SVIX_SKEW_S; else why not, for the log.  Compares in constant time.
 */
const char *svix_check(const struct svix_message *m,
    const struct conf_list *secrets, int64_t now_s);

/*
 * The message's id without the blanks around it, as it is stored and logged:
 * visible ASCII, in `id`.  NULL: it is none of ours.
 */
const char *svix_id(const struct svix_message *m, char id[SVIX_ID_MAX + 1]);

/* The decoded key of a secret; its length, or -1: it is none. */
int svix_secret(const char *secret, unsigned char key[SVIX_SECRET_MAX]);

#endif
