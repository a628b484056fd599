/* SPDX-License-Identifier: MIT */
/* A Clerk user as its Backend API tells it: what of that is kept.  Pure. */
#ifndef AUTH_CLERK_USER_H
#define AUTH_CLERK_USER_H

#include <stdbool.h>
#include <stddef.h>

struct http_reply;

enum {
	CLERK_USER_MAX = 256 << 10, /* longest answer */
	CLERK_EMAIL_SIZE = 320 + 1, /* a longer address is none */
	CLERK_NAME_SIZE = 512 + 1,
	CLERK_PACKED_MAX = 1 + CLERK_EMAIL_SIZE + CLERK_NAME_SIZE,
};

struct clerk_user {
	bool refused;                 /* gone, banned or deprovisioned */
	char email[CLERK_EMAIL_SIZE]; /* primary and verified, else "" */
	char name[CLERK_NAME_SIZE];   /* "" when there is none */
};

enum clerk_found {
	CLERK_USER,   /* *user is filled in; see refused */
	CLERK_LIMIT,  /* too many calls: pause */
	CLERK_OURS,   /* our secret key or version was refused */
	CLERK_NO_USE, /* an answer that tells nothing about the user */
};

/*
 * What the answer to GET /v1/users/{id} says.  Only the answer that is about
 * this user counts; *why is static text when it is not CLERK_USER, and when
 * the user is refused.
 */
enum clerk_found clerk_user_judge(const struct http_reply *r, const char *id,
    struct clerk_user *user, const char **why);

/*
 * The user for shared memory, no longer than need be: some 60 bytes mostly.
 * The length.
 */
size_t clerk_user_pack(const struct clerk_user *user,
    unsigned char packed[CLERK_PACKED_MAX]);

/* The user again; false: it is none such as clerk_user_pack() makes. */
bool clerk_user_unpack(struct clerk_user *user, const unsigned char *packed,
    size_t len);

#endif
