/* SPDX-License-Identifier: MIT */
/*
 * What Prometheus reads: its text format 0.0.4, and OpenMetrics 1.0.0, which
 * it asks for first.
 */
#ifndef OBS_EXPOSITION_H
#define OBS_EXPOSITION_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct metric_family;
struct metrics;

enum exposition_format { EXPOSITION_TEXT, EXPOSITION_OPEN };

/* Room to begin with; the longest one is far below a worker's arena. */
enum { EXPOSITION_FIRST = 64 << 10, EXPOSITION_MAX = 1 << 20 };

/*
 * By the field Accept (RFC 9110, 12.5.1; NULL: absent): OpenMetrics when it is
 * named, in version 1.0.0 or none, and not less welcome than plain text.
 */
enum exposition_format exposition_choose(const char *accept);

/* The Content-Type. */
const char *exposition_type(enum exposition_format format);

/* One answer: begins as { .out, .format }, then family by family. */
struct exposition {
	struct buf *out;
	enum exposition_format format;
	const struct metric_family *family; /* the one under way */
};

struct exposition_label {
	const char *name;
	const char *value; /* UTF-8; escaped here */
};

/*
 * Announces a family; the samples that follow are its own.  A name ends in
 * _total for a counter, in _info for an info, in its unit for all that has one.
 */
void exposition_family(struct exposition *x, const struct metric_family *f);

/* A sample with n labels: a number, or a time of us microseconds. */
void exposition_number(struct exposition *x,
    const struct exposition_label *label, size_t n, int64_t value);
void exposition_seconds(struct exposition *x,
    const struct exposition_label *label, size_t n, int64_t us);

/*
 * All families of metrics.h.  Of those by route only what is not 0 is there:
 * few of the sets of labels ever happen.
 */
void exposition_counters(struct exposition *x, const struct metrics *m);

/* Nothing comes behind it. */
void exposition_end(struct exposition *x);

#endif
