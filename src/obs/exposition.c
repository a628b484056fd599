/* SPDX-License-Identifier: MIT */
/* Families and samples as lines, and where the two formats differ. */
#include "obs/exposition.h"

#include "base/accept.h"
#include "base/buf.h"
#include "obs/metrics.h"

#include <stdio.h>
#include <string.h>

static const char *const types[] = {
	[EXPOSITION_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
	[EXPOSITION_OPEN] =
	    "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/* Ends of names that are not part of the family's name in OpenMetrics. */
static const char *const suffixes[] = {
	[METRIC_COUNTER] = "_total",
	[METRIC_HISTOGRAM] = "",
	[METRIC_GAUGE] = "",
	[METRIC_INFO] = "_info",
};

static const char *const kinds[][4] = {
	[EXPOSITION_TEXT] = {
		[METRIC_COUNTER] = "counter",
		[METRIC_HISTOGRAM] = "histogram",
		[METRIC_GAUGE] = "gauge",
		[METRIC_INFO] = "gauge",
	},
	[EXPOSITION_OPEN] = {
		[METRIC_COUNTER] = "counter",
		[METRIC_HISTOGRAM] = "histogram",
		[METRIC_GAUGE] = "gauge",
		[METRIC_INFO] = "info",
	},
};

enum exposition_format
exposition_choose(const char *accept)
{
	int open =
	    accept_quality(accept, "application/openmetrics-text", "1.0.0");

	return open > accept_quality(accept, "text/plain", "0.0.4")
		   ? EXPOSITION_OPEN
		   : EXPOSITION_TEXT;
}

const char *
exposition_type(enum exposition_format format)
{
	return types[format];
}

/* A line feed would end the line; `"` ends a label's value alone. */
static void
add_escaped(struct buf *b, const char *text, const char *escape)
{
	for (; *text != '\0'; text++) {
		if (strchr(escape, *text) != NULL)
			buf_char(b, '\\');
		buf_char(b, *text == '\n' ? 'n' : *text);
	}
}

/* "# TYPE NAME " */
static void
add_head(struct exposition *x, const char *what)
{
	const struct metric_family *f = x->family;
	size_t n = strlen(f->name);

	if (x->format == EXPOSITION_OPEN)
		n -= strlen(suffixes[f->kind]);
	buf_str(x->out, "# ");
	buf_str(x->out, what);
	buf_char(x->out, ' ');
	buf_add(x->out, f->name, n);
	buf_char(x->out, ' ');
}

/* "seconds" of a name that ends in it; NULL: it has no unit. */
static const char *
unit_of(const char *name)
{
	const char *end = strrchr(name, '_');

	if (end != NULL &&
	    (strcmp(end, "_seconds") == 0 || strcmp(end, "_bytes") == 0))
		return end + 1;
	return NULL;
}

void
exposition_family(struct exposition *x, const struct metric_family *f)
{
	const char *unit = unit_of(f->name);

	x->family = f;
	add_head(x, "HELP");
	add_escaped(x->out, f->help, "\\\n");
	buf_char(x->out, '\n');
	add_head(x, "TYPE");
	buf_str(x->out, kinds[x->format][f->kind]);
	buf_char(x->out, '\n');
	if (x->format == EXPOSITION_TEXT || unit == NULL)
		return;
	add_head(x, "UNIT");
	buf_str(x->out, unit);
	buf_char(x->out, '\n');
}

/* NAME_suffix{a="…",b="…"} and a blank. */
static void
add_name(struct exposition *x, const char *suffix,
    const struct exposition_label *label, size_t n)
{
	struct buf *b = x->out;

	buf_str(b, x->family->name);
	buf_str(b, suffix);
	for (size_t i = 0; i < n; i++) {
		buf_char(b, i == 0 ? '{' : ',');
		buf_str(b, label[i].name);
		buf_add(b, "=\"", 2);
		add_escaped(b, label[i].value, "\\\"\n");
		buf_char(b, '"');
	}
	if (n > 0)
		buf_char(b, '}');
	buf_char(b, ' ');
}

enum { SECONDS_SIZE = 32 };

/* "0.00025", "1.0": as OpenMetrics writes a bound, so in both formats. */
static void
format_seconds(int64_t us, char text[SECONDS_SIZE])
{
	enum { SECOND = 1000000 };
	int n = snprintf(text, SECONDS_SIZE, "%s%lld.%06lld", us < 0 ? "-" : "",
	    (long long)(us < 0 ? -us : us) / SECOND,
	    (long long)(us < 0 ? -us : us) % SECOND);

	while (text[n - 1] == '0' && text[n - 2] != '.')
		text[--n] = '\0';
}

static void
add_seconds(struct exposition *x, const char *suffix,
    const struct exposition_label *label, size_t n, int64_t us)
{
	char text[SECONDS_SIZE];

	format_seconds(us, text);
	add_name(x, suffix, label, n);
	buf_str(x->out, text);
	buf_char(x->out, '\n');
}

static void
add_number(struct exposition *x, const char *suffix,
    const struct exposition_label *label, size_t n, int64_t value)
{
	add_name(x, suffix, label, n);
	buf_int(x->out, value);
	buf_char(x->out, '\n');
}

void
exposition_number(struct exposition *x, const struct exposition_label *label,
    size_t n, int64_t value)
{
	add_number(x, "", label, n, value);
}

void
exposition_seconds(struct exposition *x, const struct exposition_label *label,
    size_t n, int64_t us)
{
	add_seconds(x, "", label, n, us);
}

/* A set of places and its labels; one more for a histogram's buckets. */
struct series {
	enum metric id;
	int at[METRIC_LABELS_MAX];
	struct exposition_label label[METRIC_LABELS_MAX + 1];
	size_t n;
	bool even_zero;
};

/* Each bucket counts those below it as well, so the last one counts all. */
static void
add_histogram(struct exposition *x, const struct metrics *m, struct series *s)
{
	uint64_t own[METRICS_BUCKETS], sum = 0;
	char bound[SECONDS_SIZE];

	for (int i = 0; i < METRICS_BUCKETS; i++)
		sum += own[i] = metrics_bucket(m, s->id, s->at, i);
	if (sum == 0 && !s->even_zero)
		return;
	sum = 0;
	for (int i = 0; i < METRICS_BUCKETS; i++) {
		sum += own[i];
		s->label[s->n] = (struct exposition_label){ "le", "+Inf" };
		if (i < METRICS_BOUNDS) {
			format_seconds(metrics_bounds[i], bound);
			s->label[s->n].value = bound;
		}
		add_number(x, "_bucket", s->label, s->n + 1, (int64_t)sum);
	}
	add_number(x, "_count", s->label, s->n, (int64_t)sum);
	add_seconds(x, "_sum", s->label, s->n,
	    (int64_t)metrics_sum_us(m, s->id, s->at));
}

static void
add_counter(struct exposition *x, const struct metrics *m,
    const struct series *s)
{
	uint64_t value = metrics_value(m, s->id, s->at);

	if (value > 0 || s->even_zero)
		exposition_number(x, s->label, s->n, (int64_t)value);
}

/* The labels of a set of places; false: one of them has no value. */
static bool
name_series(const struct metrics *m, struct series *s)
{
	const struct metric_family *f = metrics_family(s->id);

	s->n = 0;
	for (int i = 0; i < METRIC_LABELS_MAX; i++) {
		const char *text = metrics_label(m, f->label[i], s->at[i]);

		if (text == NULL)
			return false;
		if (f->label[i] != LABEL_NOTHING)
			s->label[s->n++] =
			    (struct exposition_label){ label_name(f->label[i]),
				    text };
	}
	return true;
}

/* The next set of places, the last label's first; false: that was the last. */
static bool
step(struct series *s)
{
	const struct metric_family *f = metrics_family(s->id);

	for (int i = METRIC_LABELS_MAX - 1; i >= 0; i--) {
		if (++s->at[i] < metrics_places(f->label[i]))
			return true;
		s->at[i] = 0;
	}
	return false;
}

void
exposition_counters(struct exposition *x, const struct metrics *m)
{
	for (int id = 0; id < METRIC_COUNT; id++) {
		const struct metric_family *f = metrics_family((enum metric)id);
		struct series s = { .id = (enum metric)id,
			.even_zero = f->label[0] != LABEL_ROUTE };

		exposition_family(x, f);
		do {
			if (!name_series(m, &s))
				continue;
			if (f->kind == METRIC_HISTOGRAM)
				add_histogram(x, m, &s);
			else
				add_counter(x, m, &s);
		} while (step(&s));
	}
}

void
exposition_end(struct exposition *x)
{
	if (x->format == EXPOSITION_OPEN)
		buf_str(x->out, "# EOF\n");
}
