/* SPDX-License-Identifier: MIT */
/*
 * Records that wait for a collector, in memory with a ceiling: what finds no
 * room pushes out the oldest, so that after an outage the latest are there.
 */
#ifndef OBS_OUTBOX_H
#define OBS_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

struct otlp_batch;

enum {
	OUTBOX_SIZE = 1 << 20,
	OUTBOX_MAKE_ROOM = OUTBOX_SIZE / 8, /* is pushed out at once */
	OUTBOX_FULL = 192 << 10, /* is sent without waiting for more */
	OUTBOX_GATHER_MS = 500,  /* for which the oldest waits for others */
};

/* Zeros before outbox_open(). */
struct outbox {
	unsigned char *mem; /* records, one behind the other */
	size_t len;
	int n;
	int64_t since_ms; /* the oldest is here */
};

/* An empty one, ended by outbox_close().  -1: no memory. */
int outbox_open(struct outbox *o);
void outbox_close(struct outbox *o);

/* Takes a copy of a record.  Returns how many are lost by that. */
int outbox_put(struct outbox *o, const unsigned char *record, size_t n,
    int64_t now);

/* Moves the oldest into an empty batch, as many as fit; one that makes no sense
 * goes as well.  Returns how many are lost by that. */
int outbox_take(struct outbox *o, struct otlp_batch *b);

/* Milliseconds until it is time to send; -1: there is nothing. */
int outbox_due_ms(const struct outbox *o, int64_t now);

#endif
