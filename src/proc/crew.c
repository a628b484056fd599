/* SPDX-License-Identifier: MIT */
/* Forking workers and letting them go. */
#include "proc/crew.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "proc/worker.h"
#include "shm/rings.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { STUCK_ABOVE_MS = 3000 }; /* above the request's budget: see alarm */

int
crew_open(struct crew *c, struct shared *shared, int listener)
{
	c->shared = shared;
	c->listener = listener;
	c->lifeline[0] = c->lifeline[1] = -1;
	c->traces[0] = c->traces[1] = -1;
	return pipe2(c->bell, O_CLOEXEC | O_NONBLOCK);
}

static void
ask_to_leave(struct member *m, int64_t by)
{
	m->leaving = true;
	if (m->leave_by == 0 || by < m->leave_by)
		m->leave_by = by;
}

void
crew_dismiss(struct crew *c, int64_t ms)
{
	int64_t by = clock_mono_ms() + ms;

	if (c->lifeline[1] != -1)
		close(c->lifeline[1]);
	if (c->lifeline[0] != -1)
		close(c->lifeline[0]);
	c->lifeline[0] = c->lifeline[1] = -1;
	for (int i = 0; i < CREW_MAX; i++)
		if (c->member[i].pid != 0)
			ask_to_leave(&c->member[i], by);
}

static int
open_traces(struct crew *c, const struct conf *conf)
{
	if (c->traces[0] != -1 || !conf_traces(conf))
		return 0;
	if (c->rings == NULL && (c->rings = rings_new(CREW_MAX)) == NULL)
		return -1;
	return pipe2(c->traces, O_CLOEXEC | O_NONBLOCK);
}

void
crew_close_traces(struct crew *c)
{
	for (int i = 0; i < 2; i++) {
		if (c->traces[i] != -1)
			close(c->traces[i]);
		c->traces[i] = -1;
	}
}

int
crew_renew(struct crew *c, const struct conf *conf)
{
	int fresh[2];

	if (!conf_traces(conf))
		crew_close_traces(c);
	if (open_traces(c, conf) == -1 || pipe2(fresh, O_CLOEXEC) == -1)
		return -1;
	if (c->conf != NULL)
		crew_dismiss(c, c->conf->workers.stop_timeout);
	memcpy(c->lifeline, fresh, sizeof(fresh));
	c->conf = conf;
	c->generation++;
	return 0;
}

static _Noreturn void
be_worker(struct crew *c, int slot, pid_t supervisor)
{
	const struct worker w = {
		.conf = c->conf,
		.shared = c->shared,
		.slot = slot,
		.listener = c->listener,
		.lifeline = c->lifeline[0],
		.bell = c->bell[1],
		.rings = conf_traces(c->conf) ? c->rings : NULL,
		.traces = c->traces[1],
	};

	/* Siblings that hold the writing end would keep each other alive. */
	close(c->lifeline[1]);
	close(c->bell[0]);
	if (c->traces[0] != -1)
		close(c->traces[0]);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != supervisor)
		_exit(0);
	_exit(worker_run(&w));
}

int
crew_spawn(struct crew *c)
{
	int slot = board_take(c->shared->board, c->generation);
	pid_t supervisor = getpid(), pid;

	if (slot == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		be_worker(c, slot, supervisor);
	if (pid == -1) {
		log_event(LEVEL_ERROR, "fork failed",
		    LOG_S("error", strerror(errno)));
		board_release(c->shared->board, slot);
		return -1;
	}
	atomic_store(&c->shared->board->slot[slot].pid, pid);
	c->member[slot] = (struct member){
		.pid = pid,
		.generation = c->generation,
		.longest = c->conf->workers.request_timeout + STUCK_ABOVE_MS,
	};
	c->size++;
	return 0;
}

void
crew_retire(struct crew *c)
{
	for (int i = CREW_MAX - 1; i >= 0; i--) {
		struct member *m = &c->member[i];

		if (m->pid == 0 || m->leaving ||
		    m->generation != c->generation ||
		    atomic_load(&c->shared->board->slot[i].state) != BOARD_IDLE)
			continue;
		/* It finishes what it may have begun meanwhile. */
		kill(m->pid, SIGTERM);
		ask_to_leave(m,
		    clock_mono_ms() + c->conf->workers.stop_timeout);
		return;
	}
}

void
crew_signal(const struct crew *c, int sig)
{
	for (int i = 0; i < CREW_MAX; i++)
		if (c->member[i].pid != 0)
			kill(c->member[i].pid, sig);
}

void
crew_kill_late(struct crew *c, int64_t now)
{
	for (int i = 0; i < CREW_MAX; i++) {
		const struct board_slot *s = &c->shared->board->slot[i];
		const struct member *m = &c->member[i];
		char route[BOARD_NAME_SIZE];
		bool stuck;

		if (m->pid == 0)
			continue;
		stuck = atomic_load(&s->state) == BOARD_BUSY &&
			now - atomic_load(&s->since_ms) > m->longest;
		if (!stuck && (!m->leaving || now < m->leave_by))
			continue;
		board_route(c->shared->board, atomic_load(&s->route) - 1,
		    route);
		log_event(LEVEL_WARN, "worker killed", LOG_I("pid", m->pid),
		    LOG_S("why", stuck ? "stuck" : "did not leave in time"),
		    LOG_S("route", route[0] == '\0' ? NULL : route));
		kill(m->pid, SIGKILL);
	}
}

int64_t
crew_reap(struct crew *c, pid_t pid, bool *asked, char route[BOARD_NAME_SIZE])
{
	struct board *b = c->shared->board;

	for (int i = 0; i < CREW_MAX; i++) {
		if (c->member[i].pid != pid)
			continue;
		*asked = c->member[i].leaving;
		c->member[i].pid = 0;
		c->size--;
		board_route(b, atomic_load(&b->slot[i].route) - 1, route);
		board_release(b, i);
		return atomic_load(&b->slot[i].served);
	}
	return -1;
}
