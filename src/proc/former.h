/* SPDX-License-Identifier: MIT */
/*
 * Workers of the program that we replaced (SIGUSR2), and its exporter of
 * traces: our children, though we did not fork them.  They leave by themselves;
 * who does not is killed.
 */
#ifndef PROC_FORMER_H
#define PROC_FORMER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct crew;

enum { FORMER_MAX = 1024 };

/* In the environment across the exec: "PID PID …", of the exporter "-PID". */
#define FORMER_NAME "GATEHOUSE_FORMER"

struct former {
	int n;
	pid_t pid[FORMER_MAX];
	int64_t leave_by;
	pid_t exporter; /* 0: none */
	int64_t exporter_by;
};

/* Before the exec: names the crew's workers, and the exporter (0: none), to
 * whoever comes.  -1: errno. */
int former_leave(const struct crew *c, pid_t exporter);

/* After it: those named that are our children, to be gone within `ms`, the
 * exporter `longer` than that. */
void former_take(struct former *f, int64_t now, int64_t ms, int64_t longer);

/* Kills those whose time is over. */
void former_kill_late(struct former *f, int64_t now);

/* Was that child one of them?  Then it is no more. */
bool former_reap(struct former *f, pid_t pid);

#endif
