/* SPDX-License-Identifier: MIT */
/*
 * Memory that fails: this defines malloc(), so exactly one file of a program
 * includes it, and none of what tests share.
 */
#ifndef UNIT_SCARCE_H
#define UNIT_SCARCE_H

#include "tap.h"

#include "unit/child.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* The allocator below us: libc's, or the sanitizer's before it. */
#ifdef __SANITIZE_ADDRESS__
#define BELOW(name) __interceptor_##name
#else
#define BELOW(name) __libc_##name
#endif
void *BELOW(malloc)(size_t n);
void *BELOW(calloc)(size_t n, size_t size);
void *BELOW(realloc)(void *p, size_t n);

/*
 * The `fail`-th from now fails, 0: none; `all`: those behind it as well.  Or
 * all that ask for more than `most`, 0: any size.
 */
static long fail, seen;
static bool all;
static size_t most;

static bool
fails(size_t n)
{
	if (fail == 0)
		return most != 0 && n > most;
	seen++;
	if (seen != fail && !(all && seen > fail))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t n)
{
	return fails(n) ? NULL : BELOW(malloc)(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails(n * size) ? NULL : BELOW(calloc)(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails(n) ? NULL : BELOW(realloc)(p, n);
}

/* What one try came to: the child's exit status, over those of others. */
enum came_to { RIGHT = 70, UNKNOWN, WRONG };

struct tries {
	enum came_to (*run)(void);
	long i;
	size_t most;
	long *used; /* allocations there were, from the child */
};

static int
try_once(void *ctx)
{
	const struct rlimit none = { 0, 0 };
	struct tries *t = ctx;
	enum came_to came_to;

	setrlimit(RLIMIT_CORE, &none);
	fail = t->i;
	most = t->most;
	came_to = t->run();
	fail = 0;
	most = 0;
	*t->used = seen;
	return came_to;
}

/*
 * As many tries as there are allocations.  json-c itself may not survive one
 * that fails (the worker is started anew then): that is no answer.
 */
static inline void
try_each(enum came_to (*run)(void))
{
	struct tries t = { .run = run };
	int right = 0, unknown = 0, last = 0;

	t.used = mmap(NULL, sizeof(*t.used), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (t.i = 1;; t.i++) {
		*t.used = t.i;
		last = child_run(try_once, &t);
		tap_row("%s %ld", all ? "from" : "only", t.i);
		CHECK(last != WRONG);
		right += last == RIGHT;
		unknown += last == UNKNOWN;
		if (*t.used < t.i)
			break;
	}
	INTEQ(last, RIGHT);
	CHECK(unknown > 10);
	CHECK(all || right > 10);
	munmap(t.used, sizeof(*t.used));
}

/* Memory is left in small pieces alone. */
static inline void
try_sizes(enum came_to (*run)(void))
{
	struct tries t = { .run = run };
	int came_to = 0, unknown = 0;
	long used;

	t.used = &used;
	for (t.most = 32; t.most <= 256 << 10; t.most += t.most / 8) {
		came_to = child_run(try_once, &t);
		tap_row("no more than %zu", t.most);
		CHECK(came_to != WRONG);
		unknown += came_to == UNKNOWN;
	}
	INTEQ(came_to, RIGHT);
	CHECK(unknown > 5);
}

/* Under valgrind the allocator is its own. */
static inline bool
is_ours(void)
{
	/* compilers know what malloc() looks at, and that is not `most` */
	void *(*volatile get)(size_t) = malloc;
	void *p;

	most = 1;
	p = get(2);
	most = 0;
	free(p);
	return p == NULL;
}

#endif
