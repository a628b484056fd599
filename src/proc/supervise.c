/* SPDX-License-Identifier: MIT */
/* The loop: hear, reap, do the one thing the policy says, sleep. */
#include "proc/supervise.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "obs/metrics.h"
#include "proc/crew.h"
#include "proc/exporter.h"
#include "proc/former.h"
#include "proc/listen.h"
#include "proc/migrator.h"
#include "proc/pool.h"
#include "proc/queue.h"
#include "proc/replaced.h"
#include "proc/subscriber.h"
#include "route/count.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 1000 }; /* to retire and to kill late ones */

struct state {
	struct supervise *s;
	struct crew crew;
	struct pool_state pool;
	/* files of ours, "" for none; a reload frees the configuration */
	char *socket_file, *pid_file;
	pid_t migrator; /* 0: none runs */
	bool migrator_is_old;
	struct subscriber subscriber;
	struct exporter exporter;
	struct former former;
	struct queue queue;
	struct metrics *metrics;
	bool full;   /* as many workers as there may be, all of them busy */
	int signals; /* signalfd */
	bool stopping;
};

static void
set_limits(struct state *st)
{
	const struct conf *c = st->s->conf;
	int fixed = st->s->fixed;

	st->pool.min = fixed > 0 ? fixed : (int)c->workers.min;
	st->pool.max = fixed > 0 ? fixed : (int)c->workers.max;
	atomic_store(&st->crew.shared->board->limit, st->pool.max);
}

/* Both may die at any time, and who is stopped or stuck hears nothing else. */
static void
end_helpers(struct state *st)
{
	if (st->migrator > 0) {
		st->migrator_is_old = true;
		kill(st->migrator, SIGKILL);
	}
	subscriber_renew(&st->subscriber);
}

/* An older one is reaped first, and reap() comes back here. */
static void
start_migrator(struct state *st)
{
	if (st->migrator == 0 && st->s->conf->database.migrate)
		st->migrator = migrator_start(st->s->conf);
}

static int
begin_generation(struct state *st)
{
	if (crew_renew(&st->crew, st->s->conf) == -1) {
		log_event(LEVEL_ERROR, "no pipe for workers",
		    LOG_S("error", strerror(errno)));
		return -1;
	}
	set_limits(st);
	board_begin(st->crew.shared->board, st->crew.generation,
	    clock_mono_ms());
	end_helpers(st);
	exporter_renew(&st->exporter, &st->crew);
	start_migrator(st);
	return 0;
}

static void
report_problems(const struct conf_problems *p)
{
	for (int i = 0; i < p->n; i++)
		log_event(LEVEL_ERROR, "configuration refused",
		    LOG_S("problem", p->text[i]));
}

static int
open_log(const struct conf *c, struct err *e)
{
	struct log_options o;

	conf_log_options(c, &o);
	return log_open(&o, e);
}

static void
log_advice(void *ctx, const char *key, const char *advice)
{
	(void)ctx;
	log_event(LEVEL_WARN, "configuration", LOG_S("key", key),
	    LOG_S("advice", advice));
}

void
supervise_advise(const struct conf *c)
{
	conf_advise(c, log_advice, NULL);
}

static void
reload(struct state *st)
{
	struct conf *was = st->s->conf, *is;
	struct conf_problems p;
	struct err e = { 0 };
	const char *key;

	is = conf_load(was->file, &p);
	if (is == NULL || open_log(is, &e) == -1) {
		report_problems(&p);
		log_event(LEVEL_ERROR, "reload failed, nothing changed",
		    LOG_S("file", was->file),
		    LOG_S("error", is == NULL ? NULL : e.text));
		conf_free(&is);
		return;
	}
	if ((key = conf_needs_restart(was, is)) != NULL)
		log_event(LEVEL_WARN, "a key takes effect at a restart only",
		    LOG_S("key", key));
	st->s->conf = is;
	if (begin_generation(st) == -1) {
		st->s->conf = was;
		conf_free(&is);
		return;
	}
	conf_free(&was);
	supervise_advise(is);
	log_event(LEVEL_INFO, "configuration reloaded",
	    LOG_S("file", st->s->conf->file),
	    LOG_I("generation", st->crew.generation));
}

/* Our workers see the lifeline end and leave, the exporter after them; the new
 * program reaps all, and kills those that are still there after their time. */
static void
execute_anew(struct state *st)
{
	if (!replaced_is_sound(st->s->conf->file)) {
		log_event(LEVEL_ERROR, "new program refused, nothing changed",
		    LOG_S("program", replaced_program()));
		return;
	}
	log_event(LEVEL_INFO, "executing the program anew",
	    LOG_S("program", replaced_program()));
	dup2(st->crew.listener, STDIN_FILENO);
	if (st->socket_file[0] != '\0')
		setenv(LISTEN_OURS, "1", 1);
	end_helpers(st);
	if (former_leave(&st->crew, st->exporter.helper.pid) == -1)
		log_event(LEVEL_WARN, "workers not handed on",
		    LOG_S("error", strerror(errno)));
	/* The signals stay blocked: what comes meanwhile waits for it. */
	execv(replaced_program(), st->s->argv);
	log_event(LEVEL_ERROR, "exec failed", LOG_S("error", strerror(errno)));
}

static void
stop(struct state *st, int sig)
{
	if (st->stopping)
		return;
	st->stopping = true;
	log_event(LEVEL_INFO, "stopping", LOG_S("signal", strsignal(sig)));
	crew_dismiss(&st->crew, st->s->conf->workers.stop_timeout);
	crew_close_traces(&st->crew);
	exporter_expect_end(&st->exporter);
	end_helpers(st);
}

static void
reopen_logs(struct state *st)
{
	log_reopen();
	crew_signal(&st->crew, SIGUSR1);
	helper_signal(&st->subscriber.helper, SIGUSR1);
	helper_signal(&st->exporter.helper, SIGUSR1);
	if (st->migrator > 0)
		kill(st->migrator, SIGUSR1);
}

static void
hear(struct state *st)
{
	struct signalfd_siginfo info;

	while (read(st->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGTERM:
		case SIGINT:
		case SIGQUIT:
			stop(st, (int)info.ssi_signo);
			break;
		case SIGHUP:
			if (!st->stopping)
				reload(st);
			break;
		case SIGUSR1:
			reopen_logs(st);
			break;
		case SIGUSR2:
			if (!st->stopping)
				execute_anew(st);
			break;
		default:
			break; /* SIGCHLD: reap() looks anyway */
		}
	}
}

/*
 * Else they would all die of it, again and again.  What was known of
 * revocations may be lost with the rest: it is read from its beginning.
 */
static void
mend(struct state *st, int status)
{
	struct shared *shared = st->crew.shared;

	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGBUS ||
	    !shmfile_mend(shared->file))
		return;
	atomic_store(&shared->news->read_ms, 0);
	atomic_store(&shared->news->cursor, 0);
	log_event(LEVEL_WARN, "shared file was cut short and is mended",
	    LOG_S("file", shared->where));
}

/* A worker that dies before it served anything is a young death. */
static void
bury(struct state *st, pid_t pid, int status)
{
	char route[BOARD_NAME_SIZE];
	bool asked = false;
	int64_t served = crew_reap(&st->crew, pid, &asked, route);
	bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (served == -1)
		return;
	atomic_fetch_add(&st->crew.shared->board->deaths, !clean && !asked);
	metrics_add(st->metrics, METRIC_DEATHS, METRIC_AT(0), !clean && !asked);
	if (!clean)
		log_event(LEVEL_WARN, "worker died", LOG_I("pid", pid),
		    LOG_S("route", route[0] == '\0' ? NULL : route),
		    LOG_S("signal", WIFSIGNALED(status)
					? strsignal(WTERMSIG(status))
					: NULL),
		    LOG_I("status",
			WIFEXITED(status) ? WEXITSTATUS(status) : -1),
		    LOG_I("served", served));
	if (served > 0 || asked) {
		st->pool.young_deaths = 0;
		return;
	}
	st->pool.young_deaths++;
	st->pool.died_ms = clock_mono_ms();
}

static void
reap(struct state *st)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		mend(st, status);
		if (subscriber_reap(&st->subscriber, pid, status) ||
		    exporter_reap(&st->exporter, pid, status) ||
		    former_reap(&st->former, pid))
			continue;
		if (pid != st->migrator) {
			bury(st, pid, status);
			continue;
		}
		st->migrator = 0;
		if (st->migrator_is_old && !st->stopping)
			start_migrator(st);
		st->migrator_is_old = false;
	}
}

/* How often that came about: once for each time, however long it lasts. */
static void
note_full(struct state *st, bool full)
{
	atomic_fetch_add(&st->crew.shared->board->full, full && !st->full);
	st->full = full;
}

/* Looks at the board and does what the policy says, until it says "hold". */
static void
adjust(struct state *st)
{
	struct board *board = st->crew.shared->board;
	enum pool_step step = POOL_SPAWN;

	while (step == POOL_SPAWN && !st->stopping) {
		struct board_count n = board_count(board, st->crew.generation);

		st->pool.now_ms = clock_mono_ms();
		st->pool.starting = n.starting;
		st->pool.idle = n.idle;
		st->pool.busy = n.busy;
		if (n.idle == 0)
			st->pool.tight_ms = st->pool.now_ms;
		step = pool_step(&st->pool);
		if (step == POOL_SPAWN && crew_spawn(&st->crew) == -1)
			return;
		if (step == POOL_RETIRE)
			crew_retire(&st->crew);
		atomic_store(&board->may_grow,
		    n.starting + n.idle + n.busy < st->pool.max);
		note_full(st, n.busy >= st->pool.max);
	}
}

static int
next_wait_ms(const struct state *st)
{
	int64_t retry = st->pool.died_ms +
			pool_retry_ms(st->pool.young_deaths) - clock_mono_ms();
	int most = TICK_MS;

	if (st->stopping) /* nobody is started any more */
		return most;
	most = helper_wait_ms(&st->subscriber.helper, most);
	most = helper_wait_ms(&st->exporter.helper, most);
	if (st->pool.young_deaths > 0 && retry > 0 && retry < most)
		return (int)retry + 1;
	return most;
}

static void
wait_for_news(struct state *st)
{
	struct pollfd p[] = {
		{ .fd = st->signals, .events = POLLIN },
		{ .fd = st->crew.bell[0], .events = POLLIN },
	};
	char rung[256];

	if (poll(p, 2, next_wait_ms(st)) <= 0)
		return;
	if (p[1].revents != 0 &&
	    read(st->crew.bell[0], rung, sizeof(rung)) == -1)
		return; /* somebody's bell was heard already */
}

static int
open_signals(void)
{
	static const int wanted[] = { SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGHUP,
		SIGUSR1, SIGUSR2 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		sigaddset(&set, wanted[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int
name_files(struct state *st)
{
	const char *made = st->s->made_socket;

	st->socket_file = strdup(made == NULL ? "" : made);
	st->pid_file = strdup(st->s->conf->pid_file);
	return st->socket_file == NULL || st->pid_file == NULL ? -1 : 0;
}

static void
write_pid_file(const char *path)
{
	FILE *f;

	if (path[0] == '\0')
		return;
	f = fopen(path, "we");
	if (f == NULL || fprintf(f, "%ld\n", (long)getpid()) < 0)
		log_event(LEVEL_WARN, "pid file not written",
		    LOG_S("path", path), LOG_S("error", strerror(errno)));
	if (f != NULL)
		fclose(f);
}

static void
remove_files(const struct state *st)
{
	/* A socket file that we made would only be refused connections. */
	if (st->socket_file[0] != '\0')
		unlink(st->socket_file);
	if (st->pid_file[0] != '\0')
		unlink(st->pid_file);
}

static void
state_free(struct state *st)
{
	if (st == NULL)
		return;
	metrics_free(&st->metrics);
	free(st->socket_file);
	free(st->pid_file);
	free(st);
}

static void
tend_helpers(struct state *st)
{
	if (!st->stopping) {
		subscriber_keep(&st->subscriber, &st->crew);
		exporter_keep(&st->exporter, &st->crew);
	} else if (st->crew.size == 0) {
		exporter_end(&st->exporter);
	}
	subscriber_kill_stuck(&st->subscriber, &st->crew);
	exporter_kill_late(&st->exporter, clock_mono_ms());
}

int
supervise_run(struct supervise *s)
{
	struct state *st = calloc(1, sizeof(*st));

	if (st != NULL)
		*st = (struct state){ .s = s, .queue.listener = s->listener };
	if (st == NULL || name_files(st) == -1 ||
	    crew_open(&st->crew, s->shared, s->listener) == -1 ||
	    (st->signals = open_signals()) == -1) {
		log_event(LEVEL_ERROR, "supervisor cannot start",
		    LOG_S("error", strerror(errno)));
		state_free(st);
		return 1;
	}
	st->metrics = count_new(NULL, s->shared);
	former_take(&st->former, clock_mono_ms(), s->conf->workers.stop_timeout,
	    EXPORTER_KILL_MS);
	write_pid_file(st->pid_file);
	if (begin_generation(st) == -1) {
		state_free(st);
		return 1;
	}
	log_event(LEVEL_INFO, "started", LOG_S("version", PACKAGE_VERSION),
	    LOG_S("file", s->conf->file), LOG_I("pid", getpid()));
	while (!st->stopping || st->crew.size > 0 || st->migrator > 0 ||
	       st->subscriber.helper.pid > 0 ||
	       exporter_is_there(&st->exporter)) {
		adjust(st);
		tend_helpers(st);
		wait_for_news(st);
		hear(st);
		reap(st);
		crew_kill_late(&st->crew, clock_mono_ms());
		former_kill_late(&st->former, clock_mono_ms());
		queue_look(&st->queue, st->crew.shared->board, clock_mono_ms());
		metrics_lost_lines(st->metrics, log_dropped());
	}
	remove_files(st);
	conf_free(&s->conf);
	log_event(LEVEL_INFO, "stopped", LOG_I("pid", getpid()));
	state_free(st);
	return 0;
}
