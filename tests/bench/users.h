/* SPDX-License-Identifier: MIT */
/*
 * The users of the bench, the same for every program in it.  User i's opaque
 * token is "ory_st_", i in eight hex digits, and a filler; people.py makes the
 * same.  At Clerk the user's id is "user_2bench", the digits, and a filler.
 */
#ifndef BENCH_USERS_H
#define BENCH_USERS_H

#include <stdio.h>
#include <string.h>

enum { BENCH_USERS = 10000, BENCH_TEXT = 64 };

#define BENCH_TOKEN_HEAD "ory_st_"
#define BENCH_TOKEN_TAIL "BenchBenchBenchBenchBenc"
#define BENCH_ID_HEAD "2bench"
#define BENCH_ID_TAIL "BenchBenchBen"

struct bench_user {
	char subject[BENCH_TEXT];
	char email[BENCH_TEXT];
	char name[BENCH_TEXT];
};

/* The number between head and tail, -1 for every other text. */
static inline int
bench_index(const char *text, size_t len, const char *head, const char *tail)
{
	enum { DIGITS = 8 };
	static const char hex[] = "0123456789abcdef";
	size_t before = strlen(head), behind = strlen(tail);
	int n = 0;

	if (len != before + DIGITS + behind ||
	    memcmp(text, head, before) != 0 ||
	    memcmp(text + before + DIGITS, tail, behind) != 0)
		return -1;
	for (size_t i = before; i < before + DIGITS; i++) {
		const char *digit = memchr(hex, text[i], sizeof(hex) - 1);

		if (digit == NULL || n >= BENCH_USERS)
			return -1;
		n = n * 16 + (int)(digit - hex);
	}
	return n < BENCH_USERS ? n : -1;
}

static inline void
bench_nth(int i, struct bench_user *u)
{
	snprintf(u->subject, BENCH_TEXT, "%08x-0000-4000-8000-%012x",
	    (unsigned)i, (unsigned)i);
	snprintf(u->email, BENCH_TEXT, "user%d@example.com", i);
	snprintf(u->name, BENCH_TEXT, "User Number%d", i);
}

/* The user of an opaque token: 0 and *u, or -1 when it is nobody's. */
static inline int
bench_user(const char *token, size_t len, struct bench_user *u)
{
	int i = bench_index(token, len, BENCH_TOKEN_HEAD, BENCH_TOKEN_TAIL);

	if (i == -1)
		return -1;
	bench_nth(i, u);
	return 0;
}

/* User i's id at Clerk: prefix "user_", or "" for the letters behind it. */
static inline void
bench_clerk_id(int i, const char *prefix, char out[BENCH_TEXT])
{
	snprintf(out, BENCH_TEXT, "%s" BENCH_ID_HEAD "%08x" BENCH_ID_TAIL,
	    prefix, (unsigned)i);
}

#endif
