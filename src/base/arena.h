/* SPDX-License-Identifier: MIT */
/* Memory with the lifetime of one request: taken in pieces, wiped at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

/*
 * Reserves `ceiling` bytes of address space; pages cost nothing before they
 * are used.  NULL when the system refuses.
 */
struct arena *arena_new(size_t ceiling);
void arena_free(struct arena **a);

/*
 * n bytes, aligned for any type, not cleared; NULL when the ceiling is
 * reached.  The memory is lent: it is gone at the next arena_reset().
 */
void *arena_alloc(struct arena *a, size_t n);

/* Copies, each ended by NUL; NULL when the ceiling is reached. */
char *arena_dup(struct arena *a, const char *s);
char *arena_dupn(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Gives back what lies behind the first n bytes of p, the latest piece taken;
 * for buffers whose size was a guess.  Does nothing for an older piece.
 */
void arena_trim(struct arena *a, void *p, size_t n);

/* Ends the lifetime of all of it and wipes it: credentials lived here. */
void arena_reset(struct arena *a);

#endif
