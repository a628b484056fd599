/* SPDX-License-Identifier: MIT */
/* Fork, kill, reap, and the pause between two. */
#include "proc/helper.h"

#include "base/clock.h"
#include "base/log.h"
#include "proc/crew.h"
#include "proc/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of all, the writing ends of the lifeline and of the traces' pipe: who waits
 * for their end would wait for ours.  The shared memory's locks need its file,
 * so not simply all there are. */
static void
close_others(const struct crew *c, int keep)
{
	const int fds[] = { c->lifeline[0], c->lifeline[1], c->bell[0],
		c->bell[1], c->traces[0], c->traces[1], c->listener };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] != -1 && fds[i] != keep)
			close(fds[i]);
}

static bool
is_due(const struct helper *h)
{
	return h->pid == 0 &&
	       (h->deaths == 0 ||
		   clock_mono_ms() >= h->died_ms + pool_retry_ms(h->deaths));
}

bool
helper_start(struct helper *h, const struct crew *c, const char *name, int keep)
{
	pid_t pid;

	if (!is_due(h))
		return false;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, name);
		close_others(c, keep);
		return true;
	}
	h->started_ms = h->died_ms = clock_mono_ms();
	h->asked = false;
	if (pid != -1) {
		h->pid = pid;
		return false;
	}
	h->deaths++;
	log_event(LEVEL_ERROR, "fork failed", LOG_S("error", strerror(errno)));
	return false;
}

void
helper_signal(const struct helper *h, int sig)
{
	if (h->pid != 0)
		kill(h->pid, sig);
}

void
helper_kill(struct helper *h)
{
	if (h->pid == 0)
		return;
	h->asked = true;
	helper_signal(h, SIGKILL);
}

bool
helper_reap(struct helper *h, pid_t pid, int status, const char *what)
{
	char event[64];

	if (pid != h->pid || pid == 0)
		return false;
	h->pid = 0;
	h->died_ms = clock_mono_ms();
	if (h->asked || h->died_ms - h->started_ms >= HELPER_YOUNG_MS)
		h->deaths = 0;
	else
		h->deaths++;
	snprintf(event, sizeof(event), "%s died", what);
	if (!h->asked)
		log_event(LEVEL_WARN, event, LOG_I("pid", pid),
		    LOG_S("signal", WIFSIGNALED(status)
					? strsignal(WTERMSIG(status))
					: NULL));
	return true;
}

int
helper_wait_ms(const struct helper *h, int most)
{
	int64_t left = h->died_ms + pool_retry_ms(h->deaths) - clock_mono_ms();

	if (h->pid != 0 || h->deaths == 0 || left > most)
		return most;
	return left > 0 ? (int)left : 0;
}
