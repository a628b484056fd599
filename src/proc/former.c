/* SPDX-License-Identifier: MIT */
/* A list of process ids, which is believed only of children of ours. */
#include "proc/former.h"

#include "base/log.h"
#include "proc/crew.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { PID_MAX = 12, TEXT_SIZE = (FORMER_MAX + 1) * PID_MAX };

int
former_leave(const struct crew *c, pid_t exporter)
{
	char *text = calloc(1, TEXT_SIZE);
	size_t len = 0;
	int rc;

	if (text == NULL)
		return -1;
	if (exporter != 0)
		len = (size_t)snprintf(text, TEXT_SIZE, "%d ", -(int)exporter);
	for (int i = 0; i < CREW_MAX && len < TEXT_SIZE - PID_MAX; i++)
		if (c->member[i].pid != 0)
			len += (size_t)snprintf(text + len, TEXT_SIZE - len,
			    "%d ", (int)c->member[i].pid);
	rc = setenv(FORMER_NAME, text, 1);
	free(text);
	return rc;
}

/* Until we have reaped it, its number is nobody else's. */
static bool
is_ours(pid_t pid)
{
	siginfo_t info;

	return pid > 0 && waitid(P_PID, (id_t)pid, &info,
			      WEXITED | WNOHANG | WNOWAIT) == 0;
}

void
former_take(struct former *f, int64_t now, int64_t ms, int64_t longer)
{
	const char *text = getenv(FORMER_NAME);
	char *end;

	f->n = 0;
	f->exporter = 0;
	f->leave_by = now + ms;
	f->exporter_by = now + ms + longer;
	for (; text != NULL && f->n < FORMER_MAX; text = end) {
		long pid = strtol(text, &end, 10);

		if (end == text)
			break;
		if (pid > INT32_MAX || pid < -INT32_MAX)
			continue;
		if (is_ours((pid_t)pid))
			f->pid[f->n++] = (pid_t)pid;
		else if (is_ours((pid_t)-pid))
			f->exporter = (pid_t)-pid;
	}
	unsetenv(FORMER_NAME);
}

void
former_kill_late(struct former *f, int64_t now)
{
	if (f->exporter != 0 && now >= f->exporter_by) {
		log_event(LEVEL_WARN, "exporter of traces killed",
		    LOG_I("pid", f->exporter),
		    LOG_S("why", "of the former program"));
		kill(f->exporter, SIGKILL);
		f->exporter_by = INT64_MAX;
	}
	if (now < f->leave_by)
		return;
	for (int i = 0; i < f->n; i++) {
		log_event(LEVEL_WARN, "worker killed", LOG_I("pid", f->pid[i]),
		    LOG_S("why", "of the former program"));
		kill(f->pid[i], SIGKILL);
	}
	f->leave_by =
	    INT64_MAX; /* once is enough: they end, or nothing helps */
}

bool
former_reap(struct former *f, pid_t pid)
{
	if (pid == f->exporter) {
		f->exporter = 0;
		return true;
	}
	for (int i = 0; i < f->n; i++) {
		if (f->pid[i] != pid)
			continue;
		f->pid[i] = f->pid[--f->n];
		return true;
	}
	return false;
}
