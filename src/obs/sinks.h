/* SPDX-License-Identifier: MIT */
/*
 * Where a worker's records go: into its ring, for the exporter, or, of a single
 * process, which has none, into the file.
 */
#ifndef OBS_SINKS_H
#define OBS_SINKS_H

#include "obs/trace.h"

struct metrics;
struct rings;
struct tracefile;

struct sinks {
	struct rings *rings;    /* lent; NULL: there is no exporter */
	int slot;               /* ours of the rings */
	int pipe;               /* wakes the exporter; non-blocking */
	struct tracefile *file; /* lent; NULL: none */
	const struct metrics *metrics;
};

/*
 * The sink for trace_new(); s is lent as long as it is used.  Its take is NULL
 * when there is neither.  Nobody waits: what the ring has no room for is
 * dropped and counted.
 */
struct trace_sink sinks_open(struct sinks *s);

#endif
