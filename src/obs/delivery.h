/* SPDX-License-Identifier: MIT */
/*
 * What a collector's answer means for what was sent, by the rules of OTLP/HTTP
 * ("Response"): no processes, no network.
 */
#ifndef OBS_DELIVERY_H
#define OBS_DELIVERY_H

#include <stddef.h>
#include <stdint.h>

enum {
	DELIVERY_PAUSE_FIRST_MS = 1000, /* after a failure; doubles */
	DELIVERY_PAUSE_MAX_MS = 30 * 1000,
	DELIVERY_RETRY_AFTER_MAX_MS = 5 * 60 * 1000, /* whatever it asks for */
};

enum delivery {
	DELIVERY_TAKEN,
	DELIVERY_REFUSED, /* sending it again would be refused again */
	DELIVERY_AGAIN,   /* later */
};

/* By the status of the answer; 0: there was none. */
enum delivery delivery_judge(int status);

/*
 * partialSuccess.rejectedSpans of a body of n bytes; 0 when it says nothing of
 * that kind, whatever it is.
 */
int64_t delivery_rejected(const char *body, size_t n);

/*
 * Milliseconds to wait after so many failures in a row, of which the last one
 * asked for retry_after_ms (0: for nothing); noise: a random number, so that
 * hosts do not come back all at once.
 */
int64_t delivery_pause_ms(int failures, int64_t retry_after_ms, unsigned noise);

#endif
