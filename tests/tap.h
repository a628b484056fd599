/* SPDX-License-Identifier: MIT */
/* A little TAP for C: named cases, checks that go on, diagnostics by row. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tap_case {
	const char *name; /* a sentence about behaviour */
	void (*run)(void);
};

/* Runs all cases; the exit status of the test program. */
int tap_run(const struct tap_case *cases, size_t n);

#define TAP_MAIN(cases)                                                        \
	int main(void)                                                         \
	{                                                                      \
		return tap_run((cases), sizeof(cases) / sizeof((cases)[0]));   \
	}

/* Names the row of a table that the checks from here on are about. */
void tap_row(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The case cannot be run here; its checks up to now still count. */
void tap_skip(const char *why);

/* True when the condition holds; else the case fails, and goes on. */
bool tap_check(bool good, const char *file, int line, const char *text);
bool tap_streq(const char *got, const char *want, const char *file, int line);
bool tap_inteq(int64_t got, int64_t want, const char *file, int line,
    const char *text);

#define CHECK(condition) tap_check((condition), __FILE__, __LINE__, #condition)
#define STREQ(got, want) tap_streq((got), (want), __FILE__, __LINE__)
#define INTEQ(got, want)                                                       \
	tap_inteq((int64_t)(got), (int64_t)(want), __FILE__, __LINE__, #got)

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#endif
