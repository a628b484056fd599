/* SPDX-License-Identifier: MIT */
/* obs/tracefile: whole lines, whatever becomes of the file. */
#include "tap.h"

#include "obs/metrics.h"
#include "obs/otlp.h"
#include "obs/tracefile.h"
#include "unit/child.h"
#include "unit/files.h"
#include "unit/recorded.h"
#include "unit/tallied.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOW = 1000000 };

static char path[500];
static struct metrics *metrics;
static struct tracefile *file;

static void
set_up(const char *name)
{
	snprintf(path, sizeof(path), "%s", files_path(name));
	metrics = metrics_new(new_tally(), route_name, &providers);
	file = tracefile_new(path, metrics);
}

static void
tear_down(void)
{
	tracefile_free(&file);
	CHECK(file == NULL);
	metrics_free(&metrics);
}

static void
add(size_t n, int64_t now)
{
	unsigned char record[RECORD_MAX];

	tracefile_add(file, record, recorded_make("a", n, record), now);
}

static void
line(int64_t now)
{
	add(0, now);
	tracefile_flush(file, now);
}

static uint64_t
counted(enum metric_trace outcome)
{
	return metrics_value(metrics, METRIC_TRACES, METRIC_AT((int)outcome));
}

/* Lines that are whole; -1: there is something else. */
static int
lines(const char *text)
{
	static const char head[] = "{\"resourceSpans\":", end[] = "]}]}]}";
	int n = 0;

	for (; *text != '\0'; n++) {
		const char *lf = strchr(text, '\n');

		if (lf == NULL || strncmp(text, head, strlen(head)) != 0 ||
		    memcmp(lf - strlen(end), end, strlen(end)) != 0)
			return -1;
		text = lf + 1;
	}
	return n;
}

static void
appends(void)
{
	struct stat st;

	set_up("new.json");
	umask(077);
	tracefile_flush(file, NOW);
	INTEQ(stat(path, &st), -1);
	line(NOW);
	line(NOW);
	INTEQ(lines(files_read("new.json")), 2);
	INTEQ(stat(path, &st), 0);
	INTEQ(st.st_mode & 0777, 0640);
	for (int i = 0; i < 3; i++)
		add(0, NOW);
	tracefile_flush(file, NOW);
	tracefile_flush(file, NOW);
	INTEQ(lines(files_read("new.json")), 3);
	INTEQ(counted(METRIC_TRACE_WRITTEN), 5);
	tear_down();
}

/* Many records at once become lines, each below the ceiling. */
static void
long_lines(void)
{
	static char text[2 * TRACEFILE_LINE_MAX];
	int seen = 0, n = 0;
	FILE *in;

	set_up("long.json");
	for (int i = 0; i < 200; i++)
		add(900, NOW);
	tracefile_flush(file, NOW);
	in = fopen(path, "r");
	for (; fgets(text, sizeof(text), in) != NULL; n++) {
		INTEQ(lines(text), 1);
		CHECK(strlen(text) <= TRACEFILE_LINE_MAX);
		for (const char *at = text; (at = strstr(at, "\"GET a\""));
		     at++)
			seen++;
	}
	fclose(in);
	CHECK(n > 3);
	INTEQ(seen, 200);
	tear_down();
}

static void
nonsense(void)
{
	set_up("none.json");
	tracefile_add(file, (const unsigned char *)"x", 1, NOW);
	line(NOW);
	INTEQ(lines(files_read("none.json")), 1);
	INTEQ(counted(METRIC_TRACE_DROPPED), 1);
	INTEQ(counted(METRIC_TRACE_WRITTEN), 1);
	tear_down();
}

static void
rotations(void)
{
	char old[500];

	set_up("moved.json");
	snprintf(old, sizeof(old), "%s", files_path("moved.json.1"));
	line(NOW);
	rename(path, old);
	line(NOW + TRACEFILE_LOOK_MS - 1);
	INTEQ(lines(files_read("moved.json.1")), 2);
	line(NOW + TRACEFILE_LOOK_MS);
	INTEQ(lines(files_read("moved.json.1")), 2);
	INTEQ(lines(files_read("moved.json")), 1);
	tap_row("%s", "told");
	rename(path, old);
	tracefile_reopen(file);
	line(NOW + TRACEFILE_LOOK_MS);
	INTEQ(lines(files_read("moved.json")), 1);
	tap_row("%s", "deleted");
	unlink(path);
	line(NOW + 5 * TRACEFILE_LOOK_MS);
	INTEQ(lines(files_read("moved.json")), 1);
	tap_row("%s", "copied and truncated");
	INTEQ(truncate(path, 0), 0);
	line(NOW + 5 * TRACEFILE_LOOK_MS);
	INTEQ(lines(files_read("moved.json")), 1);
	tear_down();
}

/* Somebody was killed in the middle of a line. */
static void
torn(void)
{
	const char *text;

	files_write("torn.json", "{\"resourceSp", 0600);
	set_up("torn.json");
	line(NOW);
	line(NOW);
	text = files_read("torn.json");
	CHECK(strncmp(text, "{\"resourceSp\n", 13) == 0);
	INTEQ(lines(text + 13), 2);
	tear_down();
}

static int
write_until_full(void *ctx)
{
	const struct rlimit most = { 2000, 2000 };

	(void)ctx;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &most);
	for (int i = 0; i < 50; i++)
		line(NOW);
	return counted(METRIC_TRACE_DROPPED) > 30 &&
		       counted(METRIC_TRACE_DROPPED) +
			       counted(METRIC_TRACE_WRITTEN) ==
			   50
		   ? 0
		   : 1;
}

/* The line that begins within the limit and does not end there is taken back.
 */
static void
full(void)
{
	int before;

	set_up("full.json");
	INTEQ(child_run(write_until_full, NULL), 0);
	before = lines(files_read("full.json"));
	CHECK(before > 2);
	tap_row("%s", "and then there is room again");
	line(NOW);
	INTEQ(lines(files_read("full.json")), before + 1);
	tear_down();
	tap_row("%s", "a device without any");
	set_up("x");
	snprintf(path, sizeof(path), "/dev/full");
	line(NOW);
	INTEQ(counted(METRIC_TRACE_DROPPED), 1);
	tear_down();
}

static void
looks(void)
{
	static const struct {
		const char *path;
		bool good;
	} t[] = {
		{ "/dev/null", true },
		{ "/nonexistent/trace.json", false },
		{ "/dev/null/trace.json", false },
		{ "trace.json", false },
		{ "/", false },
	};
	struct err e;

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].path);
		e = (struct err){ 0 };
		INTEQ(tracefile_look(t[i].path, &e), t[i].good ? 0 : -1);
		INTEQ(e.text[0] == '\0', t[i].good);
	}
	e = (struct err){ 0 };
	INTEQ(tracefile_look(files_path("will-be.json"), &e), 0);
	INTEQ(access(files_path("will-be.json"), F_OK), -1);
}

static const struct tap_case cases[] = {
	{ "a line is appended to a file that its group may read", appends },
	{ "no line is longer than readers of lines take", long_lines },
	{ "what makes no sense is counted", nonsense },
	{ "a file that was moved, deleted or cut short is made anew",
	    rotations },
	{ "a line that somebody left unfinished spoils no other", torn },
	{ "on a full disk a line is there or is not", full },
	{ "a look tells whether it can be written, and makes nothing", looks },
};
TAP_MAIN(cases)
