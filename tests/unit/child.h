/* SPDX-License-Identifier: MIT */
/* Other processes for a test: they run a function and end. */
#ifndef UNIT_CHILD_H
#define UNIT_CHILD_H

#include <sys/types.h>

/* Forks; the child ends with what run() returns as its exit status. */
pid_t child_start(int (*run)(void *ctx), void *ctx);

/* Waits for its end: the exit status, or minus the signal that ended it. */
int child_wait(pid_t pid);

/* start and wait */
int child_run(int (*run)(void *ctx), void *ctx);

/* In a child: stays until it is killed. */
_Noreturn void child_rest(void);

/* Stops it, and returns when it stands still. */
void child_stop(pid_t pid);

/* SIGKILL, and waits for its end; as child_wait(). */
int child_kill(pid_t pid);

#endif
