/* SPDX-License-Identifier: MIT */
/* Read, wait for a notice or the time, again; and who starts that. */
#include "proc/subscriber.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "io/db.h"
#include "proc/crew.h"
#include "shm/sane.h"
#include "user/reader.h"
#include "user/revocation.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { ARENA = 64 << 10 }; /* of pruning */

static volatile sig_atomic_t logs_moved;

static void
on_usr1(int sig)
{
	logs_moved = sig;
}

static void
rest(int ms)
{
	const struct timespec pause = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&pause, NULL);
}

static void
reopen_log(void)
{
	logs_moved = 0;
	log_reopen();
}

static int
tick_ms(const struct conf *c)
{
	int64_t tick = c->revocation.bound / 4;

	if (tick < SUBSCRIBER_TICK_MIN_MS)
		return SUBSCRIBER_TICK_MIN_MS;
	return tick > SUBSCRIBER_TICK_MAX_MS ? SUBSCRIBER_TICK_MAX_MS
					     : (int)tick;
}

static void
loop(struct reader *r, struct arena *a, pid_t supervisor)
{
	static const int pauses[] = {
		[DB_NOTICE_NONE] = 0,
		[DB_NOTICE_CAME] = SUBSCRIBER_GATHER_MS,
		[DB_NOTICE_LOST] = SUBSCRIBER_RETRY_MS,
	};
	int tick = tick_ms(r->conf);

	while (getppid() == supervisor) {
		int64_t now = clock_mono_ms();
		enum db_notice n = DB_NOTICE_LOST;

		if (logs_moved)
			reopen_log();
		if (reader_read(r, now + SUBSCRIBER_READ_MS)) {
			reader_prune(r, now + SUBSCRIBER_READ_MS, a);
			arena_reset(a);
			n = db_wait_notice(r->db, now + tick);
		}
		rest(pauses[n]);
	}
}

static int
run(const struct crew *c, pid_t supervisor)
{
	struct reader r = {
		.conf = c->conf,
		.shared = c->shared,
		.seen = calloc(1, sizeof(*r.seen)),
	};
	struct arena *a = arena_new(ARENA);
	struct db_options o;
	int status = 1;

	conf_db_options(c->conf, &o);
	/* A pooler in transaction mode would hear them, but not tell. */
	if (o.prepare)
		o.listen = REVOCATION_CHANNEL;
	r.db = db_new(&o);
	r.mac = shared_mac(c->shared, "revoked");
	if (a != NULL && r.seen != NULL && r.db != NULL && r.mac != NULL) {
		loop(&r, a, supervisor);
		status = 0;
	}
	crypt_mac_free(&r.mac);
	db_free(&r.db);
	arena_free(&a);
	free(r.seen);
	return status;
}

static _Noreturn void
be_subscriber(const struct crew *c, pid_t supervisor)
{
	struct sigaction sa = { .sa_handler = on_usr1, .sa_flags = SA_RESTART };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&sa.sa_mask);
	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	sa.sa_handler = SIG_DFL;
	sigaction(SIGTERM, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	_exit(run(c, supervisor));
}

void
subscriber_keep(struct subscriber *s, const struct crew *c)
{
	pid_t supervisor = getpid();

	if (helper_start(&s->helper, c, SUBSCRIBER_NAME, -1))
		be_subscriber(c, supervisor);
}

/* It may die at any time: readings leave what is true behind. */
void
subscriber_renew(struct subscriber *s)
{
	s->stuck_ms = 0;
	helper_kill(&s->helper);
}

static bool
seems_stuck(const struct subscriber *s, const struct crew *c, int64_t now)
{
	int64_t bound = c->conf->revocation.bound;
	int64_t tried = atomic_load(&c->shared->news->tried_ms);
	int64_t most = SUBSCRIBER_READ_MS + bound;

	if (most < 3 * bound)
		most = 3 * bound;
	return now - s->helper.started_ms > most &&
	       sane_is_past(tried, most, now);
}

void
subscriber_kill_stuck(struct subscriber *s, const struct crew *c)
{
	int64_t now = clock_mono_ms();

	if (s->helper.pid == 0 || s->helper.asked || !seems_stuck(s, c, now)) {
		s->stuck_ms = 0;
		return;
	}
	if (s->stuck_ms == 0)
		s->stuck_ms = now;
	if (now - s->stuck_ms < SUBSCRIBER_DOUBT_MS)
		return;
	log_event(LEVEL_WARN, "reader of revocations killed",
	    LOG_I("pid", s->helper.pid), LOG_S("why", "stuck"));
	subscriber_renew(s);
}

bool
subscriber_reap(struct subscriber *s, pid_t pid, int status)
{
	return helper_reap(&s->helper, pid, status, "reader of revocations");
}
