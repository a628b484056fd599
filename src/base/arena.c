/* SPDX-License-Identifier: MIT */
/* One mapping a worker, a moving mark, and a wipe between requests. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct arena {
	char *mem;
	size_t used;
	size_t latest; /* where the latest piece starts */
	size_t ceiling;
};

static size_t
round_up(size_t n)
{
	size_t unit = alignof(max_align_t);

	return (n + unit - 1) / unit * unit;
}

struct arena *
arena_new(size_t ceiling)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->mem = mmap(NULL, ceiling, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (a->mem == MAP_FAILED) {
		free(a);
		return NULL;
	}
	a->ceiling = ceiling;
	return a;
}

void
arena_free(struct arena **a)
{
	if (*a == NULL)
		return;
	arena_reset(*a);
	munmap((*a)->mem, (*a)->ceiling);
	free(*a);
	*a = NULL;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	size_t left = a->ceiling - a->used;

	if (n > left || round_up(n) > left)
		return NULL;
	a->latest = a->used;
	a->used += round_up(n);
	return a->mem + a->latest;
}

void
arena_trim(struct arena *a, void *p, size_t n)
{
	if (p == a->mem + a->latest && round_up(n) < a->used - a->latest)
		a->used = a->latest + round_up(n);
}

char *
arena_dupn(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *
arena_dup(struct arena *a, const char *s)
{
	return arena_dupn(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap, again;
	char *text = NULL;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	if (n >= 0)
		text = arena_alloc(a, (size_t)n + 1);
	if (text != NULL)
		vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	va_end(ap);
	return text;
}

void
arena_reset(struct arena *a)
{
	explicit_bzero(a->mem, a->used);
	a->used = 0;
	a->latest = 0;
}
