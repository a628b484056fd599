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
};

/* Flat: it goes into shared memory as it is. */
struct clerk_user {
	/* gone, banned or deprovisioned: 1.  No bool: others can write it */
	unsigned char refused;
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

#endif
