/* SPDX-License-Identifier: MIT */
/*
 * The accept loop.  libfcgi's reads fail when a signal's handler ran, so all
 * signals but the alarm stay blocked; what we wait for comes as a descriptor,
 * next to the listener's and the lifeline's.
 */
#include "proc/worker.h"

#include "auth/auth.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/seldom.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "io/db.h"
#include "io/fcg.h"
#include "obs/metrics.h"
#include "obs/trace.h"
#include "obs/tracefile.h"
#include "proc/queue.h"
#include "proc/replaced.h"
#include "route/count.h"
#include "route/limit.h"
#include "route/observer.h"
#include "route/openapi.h"
#include "route/request.h"
#include "route/route.h"
#include "shm/shared.h"
#include "user/reader.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum wake { WAKE_WORK = 1, WAKE_SIGNAL = 2, WAKE_LEAVE = 4 };

/* What the loop waits for. */
struct doors {
	int poll; /* epoll of the others */
	int signals;
	int64_t asked_ms; /* when we last did */
};

/*
 * The hard end of the request under work.  The timer is not set for each: it
 * runs out for an earlier one, and its handler sets it for what is left.
 */
static struct {
	struct fcg *fcg;
	atomic_int_fast64_t end_ms; /* 0: nothing is under work */
	atomic_bool runs;
} alarm_clock;

/* A system call and no more: safe in a handler. */
static void
set_timer(int64_t ms)
{
	const struct itimerval t = {
		.it_value = { .tv_sec = ms / 1000,
		    .tv_usec = ms % 1000 * 1000 },
	};

	setitimer(ITIMER_REAL, &t, NULL);
}

static void
on_alarm(int sig)
{
	int64_t end = atomic_load(&alarm_clock.end_ms);
	int64_t left = end == 0 ? 0 : end - clock_mono_ms();
	int saved = errno;

	(void)sig;
	if (left > 0) {
		set_timer(left);
	} else {
		atomic_store(&alarm_clock.runs, false);
		if (end != 0)
			fcg_abort(alarm_clock.fcg);
	}
	errno = saved;
}

/* The end is stored before the timer is looked at: its handler knows it. */
static void
set_alarm(int64_t now, int64_t ms)
{
	atomic_store(&alarm_clock.end_ms, now + ms);
	if (atomic_exchange(&alarm_clock.runs, true))
		return;
	set_timer(ms);
}

/* Blocks all but the alarm and faults.  A descriptor of those wanted. */
static int
open_signals(void)
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGQUIT, SIGUSR1 };
	static const int never[] = { SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL,
		SIGABRT, SIGTRAP, SIGSYS };
	struct sigaction sa = { .sa_handler = on_alarm,
		.sa_flags = SA_RESTART };
	sigset_t blocked, open;

	sigemptyset(&sa.sa_mask);
	sigaction(SIGALRM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		sigdelset(&blocked, never[i]);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	sigemptyset(&open);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		sigaddset(&open, wanted[i]);
	return signalfd(-1, &open, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int
watch(int epoll, int fd, uint32_t events, enum wake wake)
{
	struct epoll_event ev = { .events = events, .data.u32 = wake };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

/* EPOLLEXCLUSIVE: a connection wakes one idle worker, not all of them. */
static int
open_doors(struct doors *d, const struct worker *w)
{
	d->asked_ms = 0;
	d->signals = open_signals();
	d->poll = epoll_create1(EPOLL_CLOEXEC);
	if (d->signals == -1 || d->poll == -1 ||
	    watch(d->poll, d->signals, EPOLLIN, WAKE_SIGNAL) == -1 ||
	    watch(d->poll, w->listener, EPOLLIN | EPOLLEXCLUSIVE, WAKE_WORK) ==
		-1)
		return -1;
	return w->lifeline == -1
		   ? 0
		   : watch(d->poll, w->lifeline, EPOLLIN, WAKE_LEAVE);
}

/* True when we are told to leave. */
static bool
take_signals(const struct doors *d, const struct service *s)
{
	struct signalfd_siginfo info;
	bool leave = false;

	while (read(d->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGUSR1) {
			leave = true;
			continue;
		}
		log_reopen();
		if (s->sinks.file != NULL)
			tracefile_reopen(s->sinks.file);
	}
	return leave;
}

/*
 * Bits of enum wake; 0 when nothing came for a while.  *slept: we are the one
 * whom the kernel chose to wake, and nobody else was.
 */
static int
wait_for_work(struct doors *d, bool *slept)
{
	struct epoll_event ev[3];
	int n = epoll_wait(d->poll, ev, 3, 0), woke = 0;

	*slept = n == 0;
	if (*slept)
		n = epoll_wait(d->poll, ev, 3, WORKER_LOOK_MS);
	for (int i = 0; i < n; i++)
		woke |= (int)ev[i].data.u32;
	d->asked_ms = clock_mono_ms();
	return woke;
}

static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	       error == ENOBUFS;
}

/* -1 when another worker was faster, or when there is nothing to be had. */
static int
accept_one(int listener)
{
	static struct seldom shortages;
	const struct timespec pause = { .tv_nsec = WORKER_PAUSE_MS * 1000000L };
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), error = errno;
	int64_t n;

	if (fd != -1 || !is_shortage(error))
		return fd;
	if ((n = seldom_count(&shortages, clock_mono_ms())) > 0)
		log_event(LEVEL_ERROR, "connections not accepted",
		    LOG_S("error", strerror(error)), LOG_I("n", n));
	nanosleep(&pause, NULL);
	return -1;
}

/* The supervisor may start one more when nobody is left to accept. */
static void
ring_if_tight(const struct worker *w)
{
	const struct board *b = w->shared->board;
	int generation = atomic_load(&b->slot[w->slot].generation);

	if (w->bell != -1 && atomic_load(&b->may_grow) != 0 &&
	    board_count(b, generation).idle == 0 &&
	    write(w->bell, "", 1) == -1 && errno != EAGAIN)
		log_event(LEVEL_WARN, "bell broken");
}

/* A web server that speaks something else, a look whether the port is open. */
static void
note_no_request(void)
{
	static struct seldom connections;
	int64_t n = seldom_count(&connections, clock_mono_ms());

	if (n > 0)
		log_event(LEVEL_WARN, "connection without a FastCGI request",
		    LOG_I("n", n));
}

static void
serve(const struct worker *w, struct service *s, struct arena *a, int fd)
{
	struct board *board = w->shared->board;
	int64_t now = clock_mono_ms();
	struct fcg_request in;

	board_set(board, w->slot, BOARD_BUSY, now);
	ring_if_tight(w);
	set_alarm(now,
	    s->conf->workers.request_timeout + WORKER_ALARM_ABOVE_MS);
	if (fcg_begin(s->fcg, fd, a, &in) == 0)
		route_serve(s, &in, a);
	else
		note_no_request();
	atomic_store(&alarm_clock.end_ms, 0);
	reader_tend(s->reader, a);
	board_set(board, w->slot, BOARD_IDLE, clock_mono_ms());
}

/* max_requests and up to a tenth more, so that not all leave at once. */
static int64_t
quota(const struct conf *c)
{
	int64_t most = c->workers.max_requests;
	unsigned noise;

	if (most == 0)
		return INT64_MAX;
	rng_bytes(&noise, sizeof(noise));
	return most + (int64_t)(noise % (unsigned)(most / 10 + 1));
}

/* A connection, or -1; *leave: we are told to. */
static int
next_connection(const struct worker *w, struct service *s, struct doors *d,
    bool served, bool *leave)
{
	bool slept;
	int woke, fd;

	/* Under load the next one waits already, and the doors, asked a moment
	 * ago, need not be asked for each. */
	if (served && clock_mono_ms() - d->asked_ms < WORKER_GLANCE_MS &&
	    (fd = accept_one(w->listener)) != -1)
		return fd;
	woke = wait_for_work(d, &slept);
	if (woke == 0 && w->lifeline == -1)
		db_close_idle(s->db, WORKER_DB_IDLE_MS);
	*leave = (woke & WAKE_LEAVE) != 0 ||
		 ((woke & WAKE_SIGNAL) != 0 && take_signals(d, s));
	/* When leaving: what nobody else was woken for, and no more. */
	if ((woke & WAKE_WORK) == 0 || (*leave && !slept))
		return -1;
	return accept_one(w->listener);
}

static void
loop(const struct worker *w, struct service *s, struct arena *a,
    struct doors *d)
{
	bool single = w->lifeline == -1, leave = false;
	struct queue queue = { .listener = w->listener };
	int64_t left = quota(w->conf);
	int fd = -1;

	board_set(w->shared->board, w->slot, BOARD_IDLE, clock_mono_ms());
	while (left > 0 && !leave && !(single && replaced_since_start())) {
		fd = next_connection(w, s, d, fd != -1, &leave);
		if (single) /* nobody else looks */
			queue_look(&queue, w->shared->board, clock_mono_ms());
		if (fd == -1)
			continue;
		serve(w, s, a, fd);
		left--;
	}
}

/*
 * libfcgi keeps reading parameters as long as a peer sends them.  Beyond this
 * it gives up with the process, which is replaced.  The sanitizers' shadow
 * would not fit.
 */
static void
limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
	const struct rlimit most = { WORKER_MEMORY, WORKER_MEMORY };

	setrlimit(RLIMIT_DATA, &most);
#endif
}

/* Only a single process writes the file itself. */
static void
open_traces(struct service *s, const struct worker *w)
{
	const char *path = w->conf->trace.file;
	struct trace_options o = {
		.sample = w->conf->trace.sample,
		.slow_ms = w->conf->log.slow,
	};

	s->sinks = (struct sinks){
		.rings = w->rings,
		.slot = w->slot,
		.pipe = w->traces,
		.metrics = s->metrics,
	};
	if (w->lifeline == -1 && path[0] != '\0')
		s->sinks.file = tracefile_new(path, s->metrics);
	o.sink = sinks_open(&s->sinks);
	s->trace = trace_new(&o);
	s->spans = trace_spans(s->trace);
}

/* What must not be made before the fork; -1 and *e when a part is missing. */
static int
open_service(struct service *s, const struct worker *w, struct err *e)
{
	struct db_options database;

	conf_db_options(w->conf, &database);
	if (fcg_init(e) == -1)
		return -1;
	if (observer_on(w->conf)) /* else nobody counts what nobody reads */
		s->metrics = count_new(w->conf, w->shared);
	open_traces(s, w);
	database.spans = s->spans;
	s->fcg = alarm_clock.fcg = fcg_new();
	s->db = db_new(&database);
	s->auth = auth_new(w->conf, w->shared, w->slot, e);
	s->revoked_mac = shared_mac(w->shared, "revoked");
	s->rate_mac = shared_mac(w->shared, LIMIT_PURPOSE);
	s->openapi = openapi_new(w->conf, s->auth);
	rng_hex(s->id_head, sizeof(s->id_head) / 2);
	if (s->fcg == NULL || s->db == NULL || s->auth == NULL ||
	    s->revoked_mac == NULL || s->rate_mac == NULL)
		return err_set(e, ERR_DOWN, "out of memory");
	auth_trace(s->auth, s->spans);
	auth_count(s->auth, s->metrics);
	metrics_add(s->metrics, METRIC_STARTS, METRIC_AT(0), 1);
	return 0;
}

static void
close_service(struct service *s)
{
	openapi_free(&s->openapi);
	crypt_mac_free(&s->rate_mac);
	crypt_mac_free(&s->revoked_mac);
	auth_free(&s->auth);
	db_free(&s->db);
	fcg_free(&s->fcg);
	trace_free(&s->trace);
	tracefile_free(&s->sinks.file);
	metrics_free(&s->metrics);
}

int
worker_run(const struct worker *w)
{
	struct service s = {
		.conf = w->conf, .shared = w->shared, .slot = w->slot
	};
	struct reader reader = { .conf = w->conf, .shared = w->shared };
	struct arena *arena = arena_new(WORKER_ARENA);
	struct doors doors;
	struct err e = { 0 };
	int status = 1;

	limit_memory();
	if (arena == NULL || open_service(&s, w, &e) == -1) {
		log_event(LEVEL_ERROR, "worker cannot start",
		    LOG_S("error", e.text));
	} else if (open_doors(&doors, w) == -1) {
		log_event(LEVEL_ERROR, "worker cannot start",
		    LOG_S("error", strerror(errno)));
	} else {
		reader.db = s.db;
		reader.mac = s.revoked_mac;
		reader.alone = w->lifeline == -1;
		if (reader.alone) /* else no memory is needed for that */
			reader.seen = calloc(1, sizeof(*reader.seen));
		s.reader = &reader;
		loop(w, &s, arena, &doors);
		set_timer(0); /* its handler uses what is freed now */
		status = 0;
	}
	free(reader.seen);
	close_service(&s);
	arena_free(&arena);
	return status;
}
