/* SPDX-License-Identifier: MIT */
/* Handed over at once. */
#include "obs/sinks.h"

#include "base/clock.h"
#include "obs/metrics.h"
#include "obs/record.h"
#include "obs/tracefile.h"
#include "shm/rings.h"

#include <unistd.h>

_Static_assert((int)RECORD_MAX <= (int)RINGS_PIECE_MAX,
    "a ring takes any record");

static void
into_ring(void *ctx, const unsigned char *record, size_t n)
{
	const struct sinks *s = ctx;

	switch (rings_put(s->rings, s->slot, record, n)) {
	case RINGS_FULL:
		metrics_traces(s->metrics, METRIC_TRACE_DROPPED, 1);
		break;
	case RINGS_WAKE:
		/* Full: it will wake anyway.  Nobody there: nor is it now. */
		(void)!write(s->pipe, "", 1);
		break;
	case RINGS_TAKEN:
		break;
	}
}

static void
into_file(void *ctx, const unsigned char *record, size_t n)
{
	const struct sinks *s = ctx;
	int64_t now = clock_mono_ms();

	tracefile_add(s->file, record, n, now);
	tracefile_flush(s->file, now);
}

struct trace_sink
sinks_open(struct sinks *s)
{
	struct trace_sink sink = { .ctx = s };

	if (s->rings != NULL)
		sink.take = into_ring;
	else if (s->file != NULL)
		sink.take = into_file;
	return sink;
}
