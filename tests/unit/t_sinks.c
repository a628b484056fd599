/* SPDX-License-Identifier: MIT */
/* obs/sinks: a record is handed over at once, or dropped. */
#include "tap.h"

#include "obs/metrics.h"
#include "obs/sinks.h"
#include "obs/tracefile.h"
#include "unit/files.h"
#include "unit/tallied.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define RECORD "{\"traceId\":\"1\"}"

static void
nowhere(void)
{
	struct sinks s = { .pipe = -1 };

	CHECK(sinks_open(&s).take == NULL);
}

static uint64_t
dropped(const struct metrics *m)
{
	return metrics_value(m, METRIC_TRACES, METRIC_AT(METRIC_TRACE_DROPPED));
}

/* Records of the largest size, until there is no room: all whole. */
static void
pipes(void)
{
	static char record[TRACE_RECORD_MAX], read_back[TRACE_RECORD_MAX + 1];
	struct metrics *m = metrics_new(new_tally(), route_name, &providers);
	int ends[2], sent = 0, got = 0;
	struct sinks s = { .metrics = m };
	struct trace_sink sink;

	INTEQ(pipe2(ends, O_NONBLOCK), 0);
	s.pipe = ends[1];
	sink = sinks_open(&s);
	memset(record, 'x', sizeof(record));
	for (; dropped(m) < 5 && sent < 1000; sent++)
		sink.take(sink.ctx, record, sizeof(record));
	CHECK(sent > 10);
	while (read(ends[0], read_back, sizeof(read_back)) > 0) {
		CHECK(memcmp(read_back, record, sizeof(record)) == 0);
		INTEQ(read_back[TRACE_RECORD_MAX], '\n');
		got++;
	}
	INTEQ(got, sent - 5);
	tap_row("%s", "nobody will read");
	signal(SIGPIPE, SIG_IGN);
	close(ends[0]);
	sink.take(sink.ctx, record, sizeof(record));
	INTEQ(dropped(m), 6);
	close(ends[1]);
	metrics_free(&m);
}

static void
files(void)
{
	struct tracefile *f = tracefile_new(files_path("t.json"), NULL);
	struct sinks s = { .pipe = -1, .file = f };
	struct trace_sink sink = sinks_open(&s);

	sink.take(sink.ctx, RECORD, strlen(RECORD));
	CHECK(strstr(files_read("t.json"), "\"spans\":[" RECORD "]") != NULL);
	tracefile_free(&f);
}

static const struct tap_case cases[] = {
	{ "without a place for them nobody takes records", nowhere },
	{ "a full pipe drops records, whole ones, and counts them", pipes },
	{ "a single process writes the line at once", files },
};
TAP_MAIN(cases)
