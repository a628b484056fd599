/* SPDX-License-Identifier: MIT */
/* Migrations beside the workers, never inside a request. */
#include "proc/migrator.h"

#include "base/arena.h"
#include "base/log.h"
#include "conf/conf.h"
#include "io/db.h"
#include "proc/listen.h"
#include "user/migrate.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { RETRY_S = 1, ARENA = 1 << 20, SAY_EVERY = 30 };

static volatile sig_atomic_t logs_moved;

static void
on_usr1(int sig)
{
	logs_moved = sig;
}

/* It may be here for as long as the database is away. */
static void
reopen_log(void)
{
	logs_moved = 0;
	log_reopen();
}

static void
told(void *ctx, const struct migrate_row *row, enum migrate_event event)
{
	(void)ctx;
	if (event == MIGRATE_DONE)
		log_event(LEVEL_INFO, "migration applied",
		    LOG_I("version", row->version), LOG_S("name", row->name));
}

/* 0: done; 1: worth another try; -1: an administrator is needed. */
static int
try_once(struct db *db, struct arena *a, int attempt)
{
	const struct migrate_told t = { .call = told };
	struct err e = { 0 };
	int rc = migrate_up(db, migrate_builtin(), 0, &t, a, &e);

	arena_reset(a);
	if (rc == 0)
		return 0;
	if (e.kind != ERR_DOWN || attempt % SAY_EVERY == 0)
		log_event(e.kind == ERR_DOWN ? LEVEL_WARN : LEVEL_ERROR,
		    "migrations not applied", LOG_S("error", e.text));
	return e.kind == ERR_DOWN ? 1 : -1;
}

static int
run(const struct conf *c, pid_t supervisor)
{
	struct db_options o;
	struct arena *a = arena_new(ARENA);
	struct db *db;
	int rc = 1;

	conf_db_options(c, &o);
	db = db_new(&o);
	for (int i = 0; rc == 1 && getppid() == supervisor; i++) {
		if (i > 0)
			sleep(RETRY_S);
		if (logs_moved != 0)
			reopen_log();
		rc = db == NULL || a == NULL ? -1 : try_once(db, a, i);
	}
	db_free(&db);
	arena_free(&a);
	return rc == 0 ? 0 : 1;
}

pid_t
migrator_start(const struct conf *c)
{
	const struct sigaction usr1 = { .sa_handler = on_usr1 };
	pid_t supervisor = getpid(), pid = fork();
	sigset_t none;

	if (pid == -1) {
		log_event(LEVEL_ERROR, "fork failed",
		    LOG_S("error", strerror(errno)));
		return 0;
	}
	if (pid > 0)
		return pid;
	prctl(PR_SET_NAME, MIGRATOR_NAME);
	/* Above all the writing end of the workers' lifeline. */
	listen_close_others(-1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGUSR1, &usr1, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGTERM, SIG_DFL);
	_exit(run(c, supervisor));
}
