/* SPDX-License-Identifier: MIT */
/*
 * trace.file: lines of OTLP, each one whole and by one write.  It may be moved,
 * truncated or deleted at any time, and the disk may be full: what cannot be
 * written is lost, counted, and told in the log once in a while.
 */
#ifndef OBS_TRACEFILE_H
#define OBS_TRACEFILE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct metrics;
struct tracefile;

enum {
	/* what readers of lines take at least; and one record with its frame */
	TRACEFILE_LINE_MAX = 60 << 10,
	TRACEFILE_LOOK_MS = 1000, /* after that: is it still the same file? */
};

/*
 * path: lent as long as it.  It is opened by the first line.  metrics: may be
 * NULL.  NULL: no memory.
 */
struct tracefile *tracefile_new(const char *path, const struct metrics *m);
void tracefile_free(struct tracefile **f);

/* Gathers a record; now: of clock_mono_ms(). */
void tracefile_add(struct tracefile *f, const unsigned char *record, size_t n,
    int64_t now);

/* Writes what is gathered, as a line. */
void tracefile_flush(struct tracefile *f, int64_t now);

/* The next line opens it anew. */
void tracefile_reopen(struct tracefile *f);

/* Could we write it, and make it if it is not there?  Nothing is made.  -1 and
 * *e: no. */
int tracefile_look(const char *path, struct err *e);

#endif
