/* SPDX-License-Identifier: MIT */
/*
 * Where a worker's records go: into the pipe of the exporter, or, of a single
 * process, which has none, into the file.
 */
#ifndef OBS_SINKS_H
#define OBS_SINKS_H

#include "obs/trace.h"

struct metrics;
struct tracefile;

struct sinks {
	int pipe;               /* its writing end, non-blocking; -1: none */
	struct tracefile *file; /* lent; NULL: none */
	const struct metrics *metrics;
};

/*
 * The sink for trace_new(); s is lent as long as it is used.  Its take is NULL
 * when there is neither.  Nobody waits: what the pipe has no room for is
 * dropped and counted.
 */
struct trace_sink sinks_open(struct sinks *s);

#endif
