/* SPDX-License-Identifier: MIT */
/* shm/boards: other processes' boards are found, and nothing else is. */
#include "tap.h"

#include "shm/boards.h"
#include "unit/child.h"
#include "unit/files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What a process of the site does, until it is killed. */
struct act {
	const char *site, *dir;
	size_t size;
	bool fork_first;
	int pipe[2];
};

enum { NOBODY = 65534 };

static struct boards_one found[BOARDS_MAX];
static int calls, seen_used, seen_revoked;
static uint64_t seen_count;

/* Other runs of this test may be under way: names are this one's alone. */
static const char *
site_of(const char *name)
{
	static char site[4][512];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(site[turn], sizeof(site[turn]), "%s/%s", files_dir(), name);
	return site[turn];
}

static int
serve(void *ctx)
{
	const struct act *a = ctx;
	const struct shared_options o = { .site = a->site,
		.dir = a->dir,
		.size = a->size,
		.private = a->dir[0] == '\0' };
	const struct revoked_entry gone = {
		.tag = 7, .effect = REVOKED_ALL, .until_s = INT64_MAX
	};
	static const unsigned char scope[UPSTREAM_SCOPE_SIZE] = "a scope";
	struct err e = { 0 };
	struct shared *s = shared_open(&o, &e);
	struct upstream *u;

	if (s == NULL || revoked_put(s->revoked, &gone, 1, 1) == -1)
		return 1;
	u = upstream_find(s->lines, scope, 1);
	upstream_add(u, UPSTREAM_MISSES);
	board_take(s->board, 1);
	if (a->fork_first && fork() == 0)
		child_rest();
	if (write(a->pipe[1], "x", 1) != 1)
		return 1;
	child_rest();
}

/* Returns when its board can be found. */
static pid_t
start(int (*run)(void *ctx), struct act *a)
{
	pid_t pid;
	char c;

	CHECK(pipe2(a->pipe, O_CLOEXEC) == 0);
	pid = child_start(run, a);
	CHECK(read(a->pipe[0], &c, 1) == 1);
	close(a->pipe[0]);
	close(a->pipe[1]);
	return pid;
}

static void
call(void *ctx, const struct boards_one *one)
{
	static const unsigned char scope[UPSTREAM_SCOPE_SIZE] = "a scope";
	const struct upstream *u = NULL;

	(void)ctx;
	found[calls++] = *one;
	seen_used = atomic_load(&one->board->used);
	seen_revoked = -1;
	if (one->memory == NULL)
		return;
	seen_revoked = revoked_count(one->memory->revoked, 1);
	u = upstream_look(one->memory->lines, scope);
	seen_count = u == NULL ? 99 : atomic_load(&u->count[UPSTREAM_MISSES]);
	CHECK(!news_are_fresh(one->memory->news, 1000, 5000));
	INTEQ(slots_usage(one->memory->slots, 1).entries, 0);
}

static int
look(const char *site)
{
	const struct shared_options o = { .site = site };
	struct err e = { 0 };

	calls = 0;
	return boards_find(&o, call, NULL, &e);
}

static void
own_memory(void)
{
	struct act a = { .site = site_of("private"), .dir = "" };
	pid_t pid;

	INTEQ(look(a.site), 0);
	pid = start(serve, &a);
	INTEQ(look(a.site), 1);
	INTEQ(calls, 1);
	INTEQ(found[0].pid, pid);
	INTEQ(seen_used, 1);
	INTEQ(seen_revoked, 1);
	INTEQ(seen_count, 1);
	INTEQ(look(site_of("another")), 0);
	child_kill(pid);
	INTEQ(look(a.site), 0);
}

/* Whatever it is, reading it could be the end of us. */
static void
larger(void)
{
	struct act a = {
		.site = site_of("larger"), .dir = "", .size = 5 << 20
	};
	pid_t pid = start(serve, &a);

	INTEQ(look(a.site), 1);
	INTEQ(found[0].pid, pid);
	CHECK(found[0].memory == NULL);
	child_kill(pid);
}

static void
in_file(void)
{
	struct act a = { .site = site_of("file"), .dir = files_dir() };
	const struct shared_options o = { .site = a.site, .dir = a.dir };
	struct err e = { 0 };
	struct shared *s = shared_view(&o, &e);
	pid_t pid[2];
	char name[32];

	CHECK(s == NULL && e.kind == ERR_DOWN);
	pid[0] = start(serve, &a);
	pid[1] = start(serve, &a);
	INTEQ(look(a.site), 2);
	CHECK(found[0].pid != found[1].pid);
	CHECK(found[0].pid == pid[0] || found[0].pid == pid[1]);
	CHECK(found[0].memory == NULL);
	s = shared_view(&o, &e);
	if (CHECK(s != NULL)) {
		INTEQ(revoked_count(s->revoked, 1), 1);
		snprintf(name, sizeof(name), "gatehouse.%d.", SHARED_LAYOUT);
		CHECK(strstr(s->where, name) != NULL);
	}
	shared_free(&s);
	child_kill(pid[0]);
	child_kill(pid[1]);
}

/* Workers have their supervisor's board; one is left when he is killed. */
static void
family(void)
{
	struct act a = {
		.site = site_of("family"), .dir = "", .fork_first = true
	};
	pid_t pid = start(serve, &a);

	INTEQ(look(a.site), 1);
	INTEQ(found[0].pid, pid);
	child_kill(pid);
	INTEQ(look(a.site), 1);
	if (CHECK(calls == 1 && found[0].pid > 0 && found[0].pid != pid))
		kill(found[0].pid, SIGKILL);
}

/* Anything may bear the name: of any size, to be cut under our eyes. */
static void
strangers(void)
{
	static const struct {
		const char *what;
		off_t size;
		unsigned flags;
		int seals;
	} t[] = {
		{ "empty", 0, MFD_ALLOW_SEALING, F_SEAL_SHRINK },
		{ "shorter", 100, MFD_ALLOW_SEALING, F_SEAL_SHRINK },
		{ "longer", sizeof(struct board) + 1, MFD_ALLOW_SEALING,
		    F_SEAL_SHRINK },
		{ "could shrink", sizeof(struct board), MFD_ALLOW_SEALING, 0 },
		{ "could shrink for ever", sizeof(struct board), 0, 0 },
	};
	const char *site = site_of("strange");
	char name[SHARED_NAME_SIZE];

	shared_name(SHARED_BOARD_KIND, site, name);
	for (size_t i = 0; i < ROWS(t); i++) {
		int fd = memfd_create(name, MFD_CLOEXEC | t[i].flags);

		tap_row("%s", t[i].what);
		CHECK(fd != -1 && ftruncate(fd, t[i].size) == 0);
		if (t[i].seals != 0)
			CHECK(fcntl(fd, F_ADD_SEALS, t[i].seals) == 0);
		INTEQ(look(site), 0);
		close(fd);
	}
}

static int
pretend(void *ctx)
{
	const struct act *a = ctx;
	char name[SHARED_NAME_SIZE];
	int fd;

	shared_name(SHARED_BOARD_KIND, a->site, name);
	if (setuid(NOBODY) == -1 ||
	    (fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)) == -1 ||
	    ftruncate(fd, sizeof(struct board)) == -1 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == -1 ||
	    write(a->pipe[1], "x", 1) != 1)
		return 1;
	child_rest();
}

static void
crowd(void)
{
	struct act a = { .site = site_of("crowd"), .dir = "" };
	pid_t stranger[BOARDS_MAX], pid;
	bool seen = false;

	if (geteuid() != 0) {
		tap_skip("only root can be somebody else");
		return;
	}
	for (int i = 0; i < BOARDS_MAX; i++)
		stranger[i] = start(pretend, &a);
	pid = start(serve, &a);
	INTEQ(look(a.site), BOARDS_MAX);
	for (int i = 0; i < calls; i++)
		seen = seen || found[i].pid == pid;
	CHECK(seen);
	for (int i = 0; i < BOARDS_MAX; i++)
		child_kill(stranger[i]);
	child_kill(pid);
}

/* Nothing of ours goes to a program that we execute. */
static void
executed(void)
{
	struct act a = { .site = site_of("exec"), .dir = "" };
	const struct shared_options o = {
		.site = a.site, .dir = "", .private = true
	};
	struct err e = { 0 };
	struct shared *s = shared_open(&o, &e);

	if (!CHECK(s != NULL))
		return;
	CHECK(s->board_fd > 2);
	CHECK((fcntl(s->board_fd, F_GETFD) & FD_CLOEXEC) != 0);
	CHECK((fcntl(shmfile_fd(s->file), F_GETFD) & FD_CLOEXEC) != 0);
	INTEQ(look(a.site), 1);
	INTEQ(found[0].pid, getpid());
	shared_free(&s);
	INTEQ(look(a.site), 0);
}

static const struct tap_case cases[] = {
	{ "a process with memory of its own is found with it", own_memory },
	{ "processes that share a file are found one by one", in_file },
	{ "a supervisor speaks for its workers, a worker for the dead",
	    family },
	{ "memory of another size than is configured is not looked at",
	    larger },
	{ "what only bears the name is left alone", strangers },
	{ "a crowd of another user's boards hides none of ours", crowd },
	{ "descriptors are not inherited by other programs", executed },
};
TAP_MAIN(cases)
