/* SPDX-License-Identifier: MIT */
/* fork(2) and waitpid(2) with their answers made simple. */
#include "unit/child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t
child_start(int (*run)(void *ctx), void *ctx)
{
	pid_t pid;

	fflush(stdout); /* or the child prints it again */
	pid = fork();
	if (pid == -1) {
		perror("Bail out! fork");
		exit(1);
	}
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	_exit(run(ctx));
}

int
child_wait(pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, 0) != pid)
		return -1000;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int
child_run(int (*run)(void *ctx), void *ctx)
{
	return child_wait(child_start(run, ctx));
}

_Noreturn void
child_rest(void)
{
	for (;;)
		pause();
}

void
child_stop(pid_t pid)
{
	kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
}

int
child_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	return child_wait(pid);
}
