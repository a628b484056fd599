/* SPDX-License-Identifier: MIT */
/* What is worth a line, but not a thousand of them a minute. */
#ifndef BASE_SELDOM_H
#define BASE_SELDOM_H

#include <stdint.h>

enum { SELDOM_MS = 60 * 1000 };

/* One kind of event; zeros at first. */
struct seldom {
	int64_t said_ms;
	int64_t n; /* since it was said */
};

/*
 * It happened once more.  How often since it was last said, when it is time to
 * say so (the first time is); else 0.
 */
int64_t seldom_count(struct seldom *s, int64_t now);

#endif
