/* SPDX-License-Identifier: MIT */
/*
 * The child that takes the workers' traces out of their rings, to trace.file
 * and trace.endpoint.  Nobody waits for it: while it is away or slow the rings
 * fill, and what finds no room there is dropped by the worker, and counted.
 */
#ifndef PROC_EXPORTER_H
#define PROC_EXPORTER_H

#include "proc/helper.h"

enum {
	EXPORTER_GATHER_MS = 100, /* under load; each waking disturbs others */
	EXPORTER_END_MS = 1500,   /* to bring what is left, at its end */
	EXPORTER_KILL_MS = EXPORTER_END_MS + 1000,
	EXPORTER_MEMORY = 64 << 20,
};

/* As the process is called where processes have names. */
#define EXPORTER_NAME "gatehouse-trace"

/* The supervisor's; begins as zeros. */
struct exporter {
	struct helper helper;
	struct rings *rings; /* the crew's */
	/* the one before, which brings what it has read, and no more; 0: none
	 */
	pid_t leaving;
	int64_t leave_by; /* that one; then SIGKILL */
	int64_t end_by;   /* the last one; 0: it may stay */
};

/* Starts one with the crew's configuration, as helper_start(), if that keeps
 * traces. */
void exporter_keep(struct exporter *x, const struct crew *c);

/*
 * The crew has another configuration: it is asked to read no more and to leave,
 * and exporter_keep() starts the next, which goes on where this one stopped.
 * If there will be none, it leaves when the old workers have.
 */
void exporter_renew(struct exporter *x, const struct crew *c);

/* That it leaves is no death from now on: the pipe will end with the workers.
 */
void exporter_expect_end(struct exporter *x);

/* The pipe has no more writers: it leaves by itself, within its time. */
void exporter_end(struct exporter *x);

/* Kills whoever should have left by now. */
void exporter_kill_late(struct exporter *x, int64_t now);

/* Was that child ours?  Then it is no more. */
bool exporter_reap(struct exporter *x, pid_t pid, int status);

/* One is there, be it a leaving one. */
bool exporter_is_there(const struct exporter *x);

#endif
