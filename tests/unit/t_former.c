/* SPDX-License-Identifier: MIT */
/* proc/former: children of the program before us end, and nobody else. */
#include "tap.h"

#include "proc/crew.h"
#include "proc/former.h"
#include "unit/child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int
rest(void *ctx)
{
	(void)ctx;
	signal(SIGTERM, SIG_IGN);
	child_rest();
}

static void
handed_on(void)
{
	static struct crew crew;
	static struct former f;
	pid_t one = child_start(rest, NULL), two = child_start(rest, NULL);
	pid_t three = child_start(rest, NULL);
	int status = 0;

	crew.member[3].pid = one;
	crew.member[CREW_MAX - 1].pid = two;
	INTEQ(former_leave(&crew, three), 0);
	former_take(&f, 1000, 50, 20);
	INTEQ(f.n, 2);
	INTEQ(f.exporter, three);
	CHECK(getenv(FORMER_NAME) == NULL);
	former_kill_late(&f, 1049);
	INTEQ(waitpid(one, &status, WNOHANG), 0);
	former_kill_late(&f, 1050);
	INTEQ(waitpid(one, &status, 0), one);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	INTEQ(waitpid(two, &status, 0), two);
	former_kill_late(&f, 1069);
	INTEQ(waitpid(three, &status, WNOHANG), 0);
	former_kill_late(&f, 1070);
	INTEQ(waitpid(three, &status, 0), three);
	CHECK(former_reap(&f, three));
	CHECK(!former_reap(&f, three));
	CHECK(former_reap(&f, one));
	CHECK(!former_reap(&f, one));
	CHECK(former_reap(&f, two));
	INTEQ(f.n, 0);
}

/* The environment is whoever's started us. */
static void
strangers(void)
{
	static const char *const t[] = { "1 ", "0 ", "-1 ", "x", "",
		"99999999999999999999 ", "4294967297 " };
	static struct former f;
	char self[32];

	for (size_t i = 0; i < ROWS(t); i++) {
		setenv(FORMER_NAME, t[i], 1);
		former_take(&f, 0, 0, 0);
		tap_row("%s", t[i]);
		INTEQ(f.n, 0);
		INTEQ(f.exporter, 0);
	}
	snprintf(self, sizeof(self), "%d %d ", (int)getpid(), (int)getppid());
	setenv(FORMER_NAME, self, 1);
	former_take(&f, 0, 0, 0);
	INTEQ(f.n, 0);
	former_take(&f, 0, 0, 0);
	INTEQ(f.n, 0);
}

static const struct tap_case cases[] = {
	{ "workers are handed on, and killed when their time is over",
	    handed_on },
	{ "who is no child of ours is let alone", strangers },
};
TAP_MAIN(cases)
