/* SPDX-License-Identifier: MIT */
/* How many connections wait to be accepted, as the kernel says. */
#ifndef PROC_QUEUE_H
#define PROC_QUEUE_H

#include <stdint.h>

struct board;

enum { QUEUE_EVERY_MS = 1000 };

struct queue {
	int listener;
	int64_t looked_ms; /* 0: never */
};

/* Looks and writes it on the board, when the last look is a second ago. */
void queue_look(struct queue *q, struct board *b, int64_t now);

/*
 * Connections in the queue of a listening socket (of TCP or unix), and how
 * many it holds, into *limit.  -1: not to be found out, as in a sandbox that
 * has no netlink sockets.
 */
int queue_waiting(int listener, int *limit);

#endif
