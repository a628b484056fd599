/* SPDX-License-Identifier: MIT */
/*
 * The users of the bench, the same for every program in it.  User i's token
 * is "ory_st_", i in eight hex digits, and a filler; bench.py makes the same.
 */
#ifndef BENCH_USERS_H
#define BENCH_USERS_H

#include <stdio.h>
#include <string.h>

enum { BENCH_USERS = 1000, BENCH_TEXT = 64 };

#define BENCH_TOKEN_HEAD "ory_st_"
#define BENCH_TOKEN_TAIL "BenchBenchBenchBenchBenc"

struct bench_user {
	char subject[BENCH_TEXT];
	char email[BENCH_TEXT];
	char name[BENCH_TEXT];
};

/* The number in a token of ours, -1 for every other text. */
static inline int
bench_index(const char *token, size_t len)
{
	enum { HEAD = sizeof(BENCH_TOKEN_HEAD) - 1, DIGITS = 8,
		TAIL = sizeof(BENCH_TOKEN_TAIL) - 1 };
	static const char hex[] = "0123456789abcdef";
	int n = 0;

	if (len != HEAD + DIGITS + TAIL ||
	    memcmp(token, BENCH_TOKEN_HEAD, HEAD) != 0 ||
	    memcmp(token + HEAD + DIGITS, BENCH_TOKEN_TAIL, TAIL) != 0)
		return -1;
	for (int i = HEAD; i < HEAD + DIGITS; i++) {
		const char *digit = memchr(hex, token[i], sizeof(hex) - 1);

		if (digit == NULL || n >= BENCH_USERS)
			return -1;
		n = n * 16 + (int)(digit - hex);
	}
	return n < BENCH_USERS ? n : -1;
}

/* 0 and *u, or -1 for a token that is nobody's. */
static inline int
bench_user(const char *token, size_t len, struct bench_user *u)
{
	int i = bench_index(token, len);

	if (i == -1)
		return -1;
	snprintf(u->subject, BENCH_TEXT, "%08x-0000-4000-8000-%012x",
	    (unsigned)i, (unsigned)i);
	snprintf(u->email, BENCH_TEXT, "user%d@example.com", i);
	snprintf(u->name, BENCH_TEXT, "User Number%d", i);
	return 0;
}

#endif
