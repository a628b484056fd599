/* SPDX-License-Identifier: MIT */
/*
 * Brings records to trace.endpoint: batches by POST over one kept connection,
 * again where OTLP/HTTP says so, with pauses, and with a ceiling on all that
 * waits.  Never blocks but in courier_wait(), where others are heard as well.
 */
#ifndef OBS_COURIER_H
#define OBS_COURIER_H

#include "io/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct courier;
struct metrics;

enum {
	COURIER_BATCH_MAX = 256 << 10,
	COURIER_TIMEOUT_MS = 2000,
	COURIER_KEEP_MS = 5 * 60 * 1000, /* a batch that nobody takes */
};

/* The call that it makes, without a body; url is lent. */
struct http_call courier_call(const char *url);

/* url: lent as long as it.  Made after the fork.  NULL: no memory. */
struct courier *courier_new(const char *url, const struct metrics *m);
void courier_free(struct courier **c);

/* Takes a copy of a record; now: of clock_mono_ms(). */
void courier_put(struct courier *c, const unsigned char *record, size_t n,
    int64_t now);

/*
 * Sends what it is time to send, and waits: until one of the n descriptors can
 * be read or has ended, an answer came, it is time to send, or ms are over (-1:
 * not by time).
 */
void courier_wait(struct courier *c, const int *fds, int n, int ms);

/* From now on: no gathering and no pauses, what fails once is lost. */
void courier_hurry(struct courier *c);

/* Nothing waits and nothing is under way. */
bool courier_is_done(const struct courier *c);

#endif
