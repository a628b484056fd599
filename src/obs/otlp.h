/* SPDX-License-Identifier: MIT */
/*
 * Export requests of OpenTelemetry's protocol in JSON (OTLP 1, "JSON Protobuf
 * Encoding"), written from records of obs/record: for a line of a file, or a
 * body that is POSTed.
 */
#ifndef OBS_OTLP_H
#define OBS_OTLP_H

#include <stdbool.h>
#include <stddef.h>

/* What no request is without, the resource, the scope and the brackets; and the
 * JSON of the largest record. */
enum { OTLP_FRAME_MAX = 1024, OTLP_RECORD_MAX = 56 << 10 };

/* Zeros before otlp_open(). */
struct otlp_batch {
	char *mem;
	size_t cap;
	size_t head; /* bytes in front of the first record */
	size_t len;
	int n; /* records in it */
};

/*
 * An empty one of at most cap bytes, which must be more than OTLP_FRAME_MAX;
 * ended by otlp_close().  -1: no memory.
 */
int otlp_open(struct otlp_batch *b, size_t cap);
void otlp_close(struct otlp_batch *b);

/*
 * Adds the spans of a record.  False: there is no room for it, or it makes no
 * sense; an empty batch has room for any that does if it may have
 * OTLP_RECORD_MAX beside the frame.
 */
bool otlp_add(struct otlp_batch *b, const unsigned char *record, size_t n);

/* The whole request, with a line feed behind it, until the next otlp_clear();
 * nothing is added before that. */
const char *otlp_text(struct otlp_batch *b, size_t *n);

/* Empty again. */
void otlp_clear(struct otlp_batch *b);
#endif
