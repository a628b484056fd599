/* SPDX-License-Identifier: MIT */
/* Read what is there, bring it on, wait a moment; and who starts that. */
#include "proc/exporter.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "obs/courier.h"
#include "obs/metrics.h"
#include "obs/tracefile.h"
#include "proc/crew.h"
#include "route/count.h"
#include "shm/rings.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct work {
	const struct conf *conf;
	struct rings *rings;
	bool reads; /* the rings are ours */
	int in;     /* wakes us; -1: nothing more is read */
	int signals;
	struct metrics *metrics;
	struct tracefile *file;  /* NULL: there is none */
	struct courier *courier; /* NULL: there is none */
	int64_t end_ms;          /* to be gone by then; 0: not known */
};

static void
take_record(struct work *w, const unsigned char *record, size_t n, int64_t now)
{
	if (w->file != NULL)
		tracefile_add(w->file, record, n, now);
	if (w->courier != NULL)
		courier_put(w->courier, record, n, now);
}

/* As much as a ring holds, and no more: its writer may be as fast as we are. */
static bool
read_ring(struct work *w, int i, int64_t now)
{
	unsigned char record[RINGS_PIECE_MAX];
	size_t got = 0;
	int n = 0;

	while (got < RINGS_SIZE && (n = rings_get(w->rings, i, record)) > 0) {
		take_record(w, record, (size_t)n, now);
		got += (size_t)n;
	}
	if (n == -1)
		metrics_traces(w->metrics, METRIC_TRACE_DROPPED, 1);
	return got > 0;
}

/* True: there was something. */
static bool
read_rings(struct work *w)
{
	int64_t now = clock_mono_ms();
	bool some = false;

	if (w->in == -1)
		return false;
	if (!w->reads)
		w->reads = rings_claim(w->rings, getpid());
	for (int i = 0; w->reads && i < rings_used(w->rings); i++)
		some |= read_ring(w, i, now);
	if (w->file != NULL)
		tracefile_flush(w->file, now);
	return some;
}

/* Nothing more is read: what we have is brought, without patience. */
static void
stop_reading(struct work *w)
{
	int64_t end = clock_mono_ms() + EXPORTER_END_MS;

	if (w->in == -1)
		return;
	if (w->reads)
		rings_release(w->rings, getpid());
	close(w->in);
	w->in = -1;
	if (w->end_ms == 0 || end < w->end_ms)
		w->end_ms = end;
	if (w->courier != NULL)
		courier_hurry(w->courier);
}

/* Its end is the end of all workers, and what they left is there. */
static void
read_bell(struct work *w)
{
	char rings[256];
	ssize_t n = 1;

	while (w->in != -1 && n > 0)
		n = read(w->in, rings, sizeof(rings));
	if (n != 0)
		return;
	read_rings(w);
	stop_reading(w);
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

/* Under load not for each request, and not for ever while another reads. */
static void
wait_for_more(struct work *w, bool busy)
{
	const int fds[] = { w->signals, w->in };
	int n = w->in == -1 ? 1 : 2, ms = -1;
	struct pollfd p[] = {
		{ .fd = fds[0], .events = POLLIN },
		{ .fd = fds[1], .events = POLLIN },
	};

	if (w->in != -1 && (busy || !w->reads || !rings_sleep(w->rings)))
		ms = EXPORTER_GATHER_MS;
	else if (w->end_ms != 0)
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
	while (!is_over(w)) {
		wait_for_more(w, read_rings(w));
		read_bell(w);
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
		.rings = c->rings,
		.in = c->traces[0],
		.signals = open_signals(),
		.metrics = count_new(NULL, c->shared),
	};
	bool whole = w.signals != -1;

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
	return whole ? 0 : 1;
}

/* Waking up it would drive others off their processor, and what they have in
 * its caches; a system that does not allow this is a little slower. */
static void
let_others_go_first(void)
{
	const struct sched_param none = { 0 };

	(void)sched_setscheduler(0, SCHED_BATCH, &none);
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

	x->rings = c->rings;
	if (!conf_traces(c->conf) || c->traces[0] == -1 ||
	    !helper_start(&x->helper, c, EXPORTER_NAME, c->traces[0]))
		return;
	/* Our workers leave as well, and then the pipe ends. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != supervisor)
		_exit(0);
	let_others_go_first();
	limit_memory();
	_exit(run(c));
}

static void
let_leave(struct exporter *x, const struct crew *c)
{
	if (x->leaving != 0)
		kill(x->leaving, SIGKILL);
	x->leaving = x->helper.pid;
	x->leave_by = clock_mono_ms() + EXPORTER_KILL_MS;
	if (c->traces[0] == -1) /* the last one */
		x->leave_by += c->conf->workers.stop_timeout;
	else
		helper_signal(&x->helper, SIGUSR2);
}

/* The deaths of the one before say nothing of the next. */
void
exporter_renew(struct exporter *x, const struct crew *c)
{
	if (x->helper.pid != 0)
		let_leave(x, c);
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
	if (x->rings != NULL)
		rings_release(x->rings, pid);
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
