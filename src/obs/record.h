/* SPDX-License-Identifier: MIT */
/*
 * A request's spans as bytes, on their way from a worker to the exporter: a
 * quarter of their JSON, which is written where there is time for it.  Whoever
 * reads them trusts none of them; numbers are as the host has them, since they
 * never leave it.
 */
#ifndef OBS_RECORD_H
#define OBS_RECORD_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_MAX = 4096 };

/* What all spans of a record have in common. */
struct record_head {
	uint32_t size;   /* of the record, with this */
	uint16_t n;      /* spans in it */
	uint16_t missed; /* and for which there was no room */
	char trace[SPAN_TRACE_DIGITS];
	uint64_t first_id; /* as in struct spans */
	uint64_t parent;   /* the span-id that came in; 0: none did */
	int64_t wall_us;   /* makes clock_mono_us() a time since 1970 */
};

/*
 * Packs them, the request's own first, and on until one does not fit; out has
 * RECORD_MAX bytes.  Returns how many it took.
 */
size_t record_pack(const struct spans *s, uint64_t parent, int64_t wall_us,
    unsigned char *out);

/* The size of the record that these bytes begin with; 0: that is none, or not
 * a whole one. */
size_t record_size(const unsigned char *data, size_t n);

struct record_text {
	const char *data; /* in the record; not ended by NUL */
	size_t n;
};

struct record_span {
	enum span_kind kind;
	int place, parent; /* as in struct span */
	int64_t begun_us, ended_us;
	struct record_text of, name, error; /* of none: n 0 */
	int n_notes;
};

struct record_note {
	enum span_key key;
	bool is_number;
	int64_t number;
	struct record_text text;
};

/* A record that is being read, as far as it was. */
struct record {
	struct record_head head;
	const unsigned char *at, *end;
	int place;   /* of the next span */
	int n_notes; /* of the span that come next */
};

/*
 * Reading: the head, then span after span, each with its notes, which are lent
 * as long as the data.  Each is false when there is no more, or nothing that
 * makes sense.
 */
bool record_open(struct record *r, const unsigned char *data, size_t n);
bool record_span(struct record *r, struct record_span *span);
bool record_note(struct record *r, struct record_note *note);

#endif
