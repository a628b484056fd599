/* SPDX-License-Identifier: MIT */
/* One write a record. */
#include "obs/sinks.h"

#include "base/clock.h"
#include "obs/metrics.h"
#include "obs/tracefile.h"

#include <limits.h>
#include <sys/uio.h>

_Static_assert(TRACE_RECORD_MAX + 1 <= PIPE_BUF,
    "a record and its line feed are whole in a pipe or not there");

static void
into_pipe(void *ctx, const char *record, size_t n)
{
	const struct sinks *s = ctx;
	const struct iovec part[] = {
		{ .iov_base = (char *)record, .iov_len = n },
		{ .iov_base = (char[]){ '\n' }, .iov_len = 1 },
	};

	if (writev(s->pipe, part, 2) == -1)
		metrics_add(s->metrics, METRIC_TRACES,
		    METRIC_AT(METRIC_TRACE_DROPPED), 1);
}

static void
into_file(void *ctx, const char *record, size_t n)
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

	if (s->pipe != -1)
		sink.take = into_pipe;
	else if (s->file != NULL)
		sink.take = into_file;
	return sink;
}
