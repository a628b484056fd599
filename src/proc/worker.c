/* SPDX-License-Identifier: MIT */
/*
 * The accept loop.  Signals are let in at one place only, between requests:
 * Linux's ppoll does not deliver a blocked signal when a descriptor is ready,
 * and libfcgi's reads fail when a handler ran.
 */
#include "proc/worker.h"

#include "auth/auth.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "conf/conf.h"
#include "io/db.h"
#include "io/fcg.h"
#include "proc/replaced.h"
#include "route/request.h"
#include "route/route.h"
#include "shm/shared.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum wake { WAKE_NOTHING, WAKE_WORK, WAKE_LEAVE };

static volatile sig_atomic_t leave_flag, reopen_flag;
static struct fcg *at_work; /* for the alarm's handler */

static void
on_leave(int sig)
{
	(void)sig;
	leave_flag = 1;
}

static void
on_reopen(int sig)
{
	(void)sig;
	reopen_flag = 1;
}

static void
on_alarm(int sig)
{
	int saved = errno;

	(void)sig;
	fcg_abort(at_work);
	errno = saved;
}

/* Blocked: all but the alarm and faults.  Open: those that we wait for. */
static void
set_signals(sigset_t *blocked, sigset_t *open)
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGQUIT, SIGUSR1 };
	static const int never[] = { SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL,
		SIGABRT, SIGTRAP, SIGSYS };
	struct sigaction sa = { .sa_flags = SA_RESTART };

	sigemptyset(&sa.sa_mask);
	sigfillset(blocked);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		sigdelset(blocked, never[i]);
	*open = *blocked;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		sa.sa_handler = wanted[i] == SIGUSR1 ? on_reopen : on_leave;
		sigaction(wanted[i], &sa, NULL);
		sigdelset(open, wanted[i]);
	}
	sa.sa_handler = on_alarm;
	sigaction(SIGALRM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sigprocmask(SIG_SETMASK, blocked, NULL);
}

static void
let_signals_in(const sigset_t *blocked, const sigset_t *open)
{
	struct err e = { 0 };

	sigprocmask(SIG_SETMASK, open, NULL);
	sigprocmask(SIG_SETMASK, blocked, NULL);
	if (reopen_flag == 0)
		return;
	reopen_flag = 0;
	if (log_reopen(&e) == -1)
		log_event(LEVEL_ERROR, "log not reopened",
		    LOG_S("error", e.text));
}

static enum wake
wait_for_work(const struct worker *w, const sigset_t *open)
{
	int ms = w->lifeline == -1 ? WORKER_LOOK_MS : WORKER_IDLE_MS;
	const struct timespec t = { .tv_sec = ms / 1000 };
	struct pollfd p[] = {
		{ .fd = w->lifeline, .events = POLLIN },
		{ .fd = w->listener, .events = POLLIN },
	};

	if (ppoll(p, 2, &t, open) <= 0)
		return WAKE_NOTHING;
	if (p[0].revents != 0)
		return WAKE_LEAVE;
	return WAKE_WORK;
}

/* -1 when another worker was faster, or when there is nothing to be had. */
static int
accept_one(int listener)
{
	const struct timespec pause = { .tv_nsec = WORKER_PAUSE_MS * 1000000L };
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd == -1 &&
	    (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		errno == ENOBUFS))
		nanosleep(&pause, NULL);
	return fd;
}

static void
set_alarm(int64_t ms)
{
	const struct itimerval t = {
		.it_value = { .tv_sec = ms / 1000,
		    .tv_usec = ms % 1000 * 1000 },
	};

	setitimer(ITIMER_REAL, &t, NULL);
}

/* The supervisor may start one more when nobody is left to accept. */
static void
ring_if_tight(const struct worker *w)
{
	const struct board *b = &w->shared->board;
	int generation = atomic_load(&b->slot[w->slot].generation);

	if (w->bell != -1 && atomic_load(&b->may_grow) != 0 &&
	    board_count(b, generation).idle == 0 &&
	    write(w->bell, "", 1) == -1 && errno != EAGAIN)
		log_event(LEVEL_WARN, "bell broken");
}

static void
serve(const struct worker *w, const struct service *s, struct arena *a, int fd)
{
	struct board *board = &w->shared->board;
	struct fcg_request in;

	board_set(board, w->slot, BOARD_BUSY, clock_mono_ms());
	ring_if_tight(w);
	set_alarm(s->conf->workers.request_timeout + WORKER_ALARM_ABOVE_MS);
	if (fcg_begin(s->fcg, fd, a, &in) == 0)
		route_serve(s, &in, a);
	set_alarm(0);
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

static void
loop(const struct worker *w, const struct service *s, struct arena *a)
{
	bool single = w->lifeline == -1;
	int64_t left = quota(w->conf);
	sigset_t blocked, open;

	set_signals(&blocked, &open);
	board_set(
	    &w->shared->board, w->slot, BOARD_IDLE, clock_mono_ms());
	while (left > 0) {
		enum wake wake;
		int fd;

		let_signals_in(&blocked, &open);
		if (leave_flag != 0 || (single && replaced_since_start()))
			return;
		wake = wait_for_work(w, &open);
		if (wake == WAKE_LEAVE)
			return;
		if (wake == WAKE_NOTHING && single)
			db_close_idle(s->db, WORKER_DB_IDLE_MS);
		if (wake != WAKE_WORK || (fd = accept_one(w->listener)) == -1)
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

int
worker_run(const struct worker *w)
{
	struct db_options database;
	struct service s = { .conf = w->conf, .shared = w->shared };
	struct arena *arena = arena_new(WORKER_ARENA);
	struct err e = { 0 };
	int status = 1;

	limit_memory();
	conf_db_options(w->conf, &database);
	if (arena != NULL && fcg_init(&e) == 0) {
		s.fcg = at_work = fcg_new();
		s.db = db_new(&database);
		s.auth = auth_new(w->conf, w->shared, w->slot, &e);
	}
	if (s.fcg == NULL || s.db == NULL || s.auth == NULL) {
		log_event(LEVEL_ERROR, "worker cannot start",
		    LOG_S("error", e.text));
	} else {
		loop(w, &s, arena);
		status = 0;
	}
	auth_free(&s.auth);
	db_free(&s.db);
	fcg_free(&s.fcg);
	arena_free(&arena);
	return status;
}
