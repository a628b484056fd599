/* SPDX-License-Identifier: MIT */
/* Read what is there, bring it on, wait a moment; and who starts that. */
#include "proc/exporter.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "conf/conf.h"
#include "obs/courier.h"
#include "obs/metrics.h"
#include "obs/otlp.h"
#include "obs/tracefile.h"
#include "proc/crew.h"
#include "route/count.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

/*
 * All that the pipe can hold: a reading, which no writing can come into, ends
 * where a record does, so that whoever reads next begins with one.
 */
enum { CHUNK = CREW_TRACES_SIZE };

struct work {
	const struct conf *conf;
	int in; /* -1: nothing more is read */
	int signals;
	char *chunk;
	struct metrics *metrics;
	struct tracefile *file;  /* NULL: there is none */
	struct courier *courier; /* NULL: there is none */
	int64_t end_ms;          /* to be gone by then; 0: not known */
};

static void
take_record(struct work *w, const char *record, size_t n, int64_t now)
{
	if (!otlp_is_record(record, n)) {
		metrics_add(w->metrics, METRIC_TRACES,
		    METRIC_AT(METRIC_TRACE_DROPPED), 1);
		return;
	}
	if (w->file != NULL)
		tracefile_add(w->file, record, n, now);
	if (w->courier != NULL)
		courier_put(w->courier, record, n, now);
}

static void
take_chunk(struct work *w, size_t n)
{
	int64_t now = clock_mono_ms();

	for (size_t at = 0; at < n;) {
		const char *record = w->chunk + at;
		const char *end = memchr(record, '\n', n - at);
		size_t len = end == NULL ? n - at : (size_t)(end - record);

		take_record(w, record, len, now);
		at += len + 1;
	}
	if (w->file != NULL)
		tracefile_flush(w->file, now);
}

/* Nothing more is read: what we have is brought, without patience. */
static void
stop_reading(struct work *w)
{
	int64_t end = clock_mono_ms() + EXPORTER_END_MS;

	if (w->in == -1)
		return;
	close(w->in);
	w->in = -1;
	if (w->end_ms == 0 || end < w->end_ms)
		w->end_ms = end;
	if (w->courier != NULL)
		courier_hurry(w->courier);
}

/* True: there was something. */
static bool
read_pipe(struct work *w)
{
	ssize_t n = w->in == -1 ? -1 : read(w->in, w->chunk, CHUNK);

	if (n == 0)
		stop_reading(w);
	if (n <= 0)
		return false;
	take_chunk(w, (size_t)n);
	return true;
}

static void
reopen_files(const struct work *w)
{
	log_reopen();
	if (w->file != NULL)
		tracefile_reopen(w->file);
}

/*
 * A service that is stopped as a group: we stay until the workers have left,
 * which ends the pipe, but no longer than they may.
 */
static void
expect_end(struct work *w)
{
	if (w->end_ms == 0)
		w->end_ms = clock_mono_ms() + w->conf->workers.stop_timeout +
			    EXPORTER_END_MS;
}

static void
take_signals(struct work *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGUSR1:
			reopen_files(w);
			break;
		case SIGUSR2:
			stop_reading(w);
			break;
		default:
			expect_end(w);
		}
	}
}

/* busy: there will be more soon, which is better taken at once. */
static void
wait_for_more(struct work *w, bool busy)
{
	const int fds[] = { w->signals, w->in };
	int n = busy || w->in == -1 ? 1 : 2;
	int ms = busy ? EXPORTER_GATHER_MS : -1;
	struct pollfd p[] = {
		{ .fd = fds[0], .events = POLLIN },
		{ .fd = fds[1], .events = POLLIN },
	};

	if (w->end_ms != 0 && !busy)
		ms = clock_left_ms(w->end_ms);
	if (w->courier != NULL)
		courier_wait(w->courier, fds, n, ms);
	else
		poll(p, (nfds_t)n, ms);
}

static bool
is_over(const struct work *w)
{
	if (w->end_ms != 0 && clock_left_ms(w->end_ms) == 0)
		return true;
	return w->in == -1 &&
	       (w->courier == NULL || courier_is_done(w->courier));
}

static void
loop(struct work *w)
{
	bool busy;

	while (!is_over(w)) {
		busy = read_pipe(w);
		if (is_over(w))
			break;
		wait_for_more(w, busy);
		take_signals(w);
	}
}

/* The supervisor's mask stays: all of them are blocked before the fork. */
static int
open_signals(void)
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGQUIT, SIGUSR1,
		SIGUSR2 };
	sigset_t set;

	signal(SIGXFSZ, SIG_IGN); /* a file may be too long for a limit */
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		sigaddset(&set, wanted[i]);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int
run(const struct crew *c)
{
	const struct conf_trace *t = &c->conf->trace;
	struct work w = {
		.conf = c->conf,
		.in = c->traces[0],
		.signals = open_signals(),
		.chunk = malloc(CHUNK),
		.metrics = count_new(NULL, c->shared),
	};
	bool whole = w.chunk != NULL && w.signals != -1;

	if (t->file[0] != '\0') {
		w.file = tracefile_new(t->file, w.metrics);
		whole &= w.file != NULL;
	}
	if (t->endpoint[0] != '\0') {
		w.courier = courier_new(t->endpoint, w.metrics);
		whole &= w.courier != NULL;
	}
	if (whole)
		loop(&w);
	else
		log_event(LEVEL_ERROR, "exporter of traces cannot start",
		    LOG_S("error", "out of memory or descriptors"));
	courier_free(&w.courier);
	tracefile_free(&w.file);
	metrics_free(&w.metrics);
	free(w.chunk);
	return whole ? 0 : 1;
}

static void
limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__ /* its shadow would not fit */
	const struct rlimit most = { EXPORTER_MEMORY, EXPORTER_MEMORY };

	setrlimit(RLIMIT_DATA, &most);
#endif
}

void
exporter_keep(struct exporter *x, const struct crew *c)
{
	pid_t supervisor = getpid();

	if (!conf_traces(c->conf) || c->traces[0] == -1 ||
	    !helper_start(&x->helper, c, EXPORTER_NAME, c->traces[0]))
		return;
	/* Our workers leave as well, and then the pipe ends. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != supervisor)
		_exit(0);
	limit_memory();
	_exit(run(c));
}

void
exporter_renew(struct exporter *x, const struct crew *c)
{
	bool last = c->traces[0] == -1;

	if (x->helper.pid == 0)
		return;
	if (x->leaving != 0)
		kill(x->leaving, SIGKILL);
	x->leaving = x->helper.pid;
	x->leave_by = clock_mono_ms() + EXPORTER_KILL_MS;
	if (last)
		x->leave_by += c->conf->workers.stop_timeout;
	else
		helper_signal(&x->helper, SIGUSR2);
	x->helper = (struct helper){ 0 };
}

void
exporter_expect_end(struct exporter *x)
{
	x->helper.asked = true;
}

void
exporter_end(struct exporter *x)
{
	if (x->end_by == 0)
		x->end_by = clock_mono_ms() + EXPORTER_KILL_MS;
}

void
exporter_kill_late(struct exporter *x, int64_t now)
{
	if (x->leaving != 0 && now >= x->leave_by)
		kill(x->leaving, SIGKILL);
	if (x->end_by != 0 && now >= x->end_by)
		helper_kill(&x->helper);
}

bool
exporter_reap(struct exporter *x, pid_t pid, int status)
{
	if (pid != x->leaving || pid == 0)
		return helper_reap(&x->helper, pid, status,
		    "exporter of traces");
	x->leaving = 0;
	return true;
}

bool
exporter_is_there(const struct exporter *x)
{
	return x->helper.pid != 0 || x->leaving != 0;
}
