/* SPDX-License-Identifier: MIT */
/* obs/sinks: a record is handed over at once, or dropped. */
#include "tap.h"

#include "obs/metrics.h"
#include "obs/sinks.h"
#include "obs/tracefile.h"
#include "shm/rings.h"
#include "unit/files.h"
#include "unit/recorded.h"
#include "unit/tallied.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void
nowhere(void)
{
	struct sinks s = { .rings = NULL };

	CHECK(sinks_open(&s).take == NULL);
}

static uint64_t
dropped(const struct metrics *m)
{
	return metrics_value(m, METRIC_TRACES, METRIC_AT(METRIC_TRACE_DROPPED));
}

/* Until there is no room: all whole, and the reader is woken once at half. */
static void
full_rings(void)
{
	unsigned char record[RECORD_MAX], got[RECORD_MAX];
	size_t n = recorded_make("a", 500, record);
	struct metrics *m = metrics_new(new_tally(), route_name, &providers);
	int ends[2], sent = 0, read_back = 0;
	struct sinks s = { .metrics = m, .rings = rings_new(2), .slot = 1 };
	struct trace_sink sink;

	INTEQ(pipe2(ends, O_NONBLOCK), 0);
	s.pipe = ends[1];
	sink = sinks_open(&s);
	for (; dropped(m) < 5 && sent < 1000; sent++)
		sink.take(sink.ctx, record, n);
	CHECK(sent > 50);
	INTEQ(read(ends[0], got, sizeof(got)), 1);
	while (rings_get(s.rings, 1, got) == (int)n) {
		CHECK(memcmp(got, record, n) == 0);
		read_back++;
	}
	INTEQ(read_back, sent - 5);
	tap_row("%s", "nobody will read");
	signal(SIGPIPE, SIG_IGN);
	close(ends[0]);
	CHECK(rings_sleep(s.rings));
	sink.take(sink.ctx, record, n);
	INTEQ(dropped(m), 5);
	close(ends[1]);
	rings_free(&s.rings);
	metrics_free(&m);
}

static void
files(void)
{
	unsigned char record[RECORD_MAX];
	struct tracefile *f = tracefile_new(files_path("t.json"), NULL);
	struct sinks s = { .file = f };
	struct trace_sink sink = sinks_open(&s);

	sink.take(sink.ctx, record, recorded_make("a name", 0, record));
	CHECK(strstr(files_read("t.json"), "\"name\":\"GET a name\"") != NULL);
	tracefile_free(&f);
}

static const struct tap_case cases[] = {
	{ "without a place for them nobody takes records", nowhere },
	{ "a full ring drops records, whole ones, and counts them",
	    full_rings },
	{ "a single process writes the line at once", files },
};
TAP_MAIN(cases)
