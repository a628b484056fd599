/* SPDX-License-Identifier: MIT */
/* The supervisor: forks, watches and replaces workers. */
#ifndef PROC_SUPERVISE_H
#define PROC_SUPERVISE_H

struct conf;
struct shared;

struct supervise {
	struct conf *conf;     /* owned from here on: a reload replaces it */
	struct shared *shared; /* lent; stays over all reloads */
	int fixed;             /* -w: exactly so many workers; 0: by the pool */
	int listener;
	const char *made_socket; /* a socket file of ours, or NULL */
	char *const *argv;       /* to execute a replaced program */
};

/*
 * Runs until SIGTERM, SIGINT or SIGQUIT and returns the exit status.
 *   SIGHUP   new configuration, new workers; a broken one changes nothing
 *   SIGUSR1  log files are opened anew
 *   SIGUSR2  executes the program anew on the same socket
 * A worker never outlives it: they hold the reading end of a pipe whose
 * writing end is here alone.
 */
int supervise_run(struct supervise *s);

/* Logs what is allowed but seldom meant: at the start and at each reload. */
void supervise_advise(const struct conf *c);

#endif
