/* SPDX-License-Identifier: MIT */
/*
 * What a host counts and measures, in memory that all its processes share:
 * one list, from which names, cells and text come.
 */
#ifndef OBS_METRICS_H
#define OBS_METRICS_H

#include "obs/labels.h"
#include "shm/upstream.h"

#include <stdint.h>

struct access;
struct conf_list;
struct tally;

/*
 * id, name, help, kind, labels.  A histogram has the buckets of
 * metrics_bounds[] and the sum of its times; it counts seconds.
 */
#define METRICS(X)                                                             \
	X(REQUESTS, "gatehouse_requests_total", "Requests answered.", COUNTER, \
	    ROUTE, STATUS, VERDICT)                                            \
	X(REQUEST_TIME, "gatehouse_request_seconds",                           \
	    "Time from a request's first byte to its answer's last.",          \
	    HISTOGRAM, ROUTE, VERDICT, NOTHING)                                \
	X(PROVIDER_TIME, "gatehouse_provider_wait_seconds",                    \
	    "Time for which a request waited for an identity provider.",       \
	    HISTOGRAM, PROVIDER, NOTHING, NOTHING)                             \
	X(DATABASE_TIME, "gatehouse_database_wait_seconds",                    \
	    "Time for which a request waited for PostgreSQL.", HISTOGRAM,      \
	    NOTHING, NOTHING, NOTHING)                                         \
	X(UNAVAILABLE, "gatehouse_unavailable_total",                          \
	    "Requests answered 503, by what was not to be had.", COUNTER,      \
	    REASON, NOTHING, NOTHING)                                          \
	X(INTERNAL, "gatehouse_internal_errors_total",                         \
	    "Requests answered 500.", COUNTER, NOTHING, NOTHING, NOTHING)      \
	X(LIMITED, "gatehouse_rate_limited_total",                             \
	    "Requests refused by a rate limit.", COUNTER, LIMIT, NOTHING,      \
	    NOTHING)                                                           \
	X(VERDICTS, "gatehouse_verdicts_total",                                \
	    "Credentials checked, by verdict.", COUNTER, PROVIDER, ASKED,      \
	    NOTHING)                                                           \
	X(REVOKED, "gatehouse_revoked_total",                                  \
	    "Credentials denied only as they are revoked here.", COUNTER,      \
	    PROVIDER, NOTHING, NOTHING)                                        \
	X(CACHE, "gatehouse_cache_lookups_total",                              \
	    "Looks into the session cache, by what came of it.", COUNTER,      \
	    PROVIDER, DECISION, NOTHING)                                       \
	X(CALLS, "gatehouse_provider_calls_total",                             \
	    "Calls to an identity provider, by outcome.", COUNTER, PROVIDER,   \
	    CALL, NOTHING)                                                     \
	X(HOOKS, "gatehouse_webhooks_total",                                   \
	    "Webhooks received, by what became of them.", COUNTER, PROVIDER,   \
	    HOOK, NOTHING)                                                     \
	X(STARTS, "gatehouse_worker_starts_total",                             \
	    "Workers that began to serve.", COUNTER, NOTHING, NOTHING,         \
	    NOTHING)                                                           \
	X(DEATHS, "gatehouse_worker_deaths_total",                             \
	    "Workers that ended without having been asked to.", COUNTER,       \
	    NOTHING, NOTHING, NOTHING)                                         \
	X(LOST_LINES, "gatehouse_log_lines_lost_total",                        \
	    "Lines that the log did not take.", COUNTER, NOTHING, NOTHING,     \
	    NOTHING)                                                           \
	X(TRACES, "gatehouse_traces_total",                                    \
	    "Traces of requests that were kept, by what became of them.",      \
	    COUNTER, TRACE, NOTHING, NOTHING)                                  \
	X(SPANS_REJECTED, "gatehouse_trace_spans_rejected_total",              \
	    "Spans that a collector left out of what it took.", COUNTER,       \
	    NOTHING, NOTHING, NOTHING)

enum metric {
#define X(id, name, help, kind, first, second, third) METRIC_##id,
	METRICS(X)
#undef X
	    METRIC_COUNT
};

enum metric_kind {
	METRIC_COUNTER,
	METRIC_HISTOGRAM,
	METRIC_GAUGE, /* none of these here: see route/gauges.h */
	METRIC_INFO,  /* likewise: 1, what it says are its labels */
};

enum {
	METRIC_LABELS_MAX = 3,
	METRICS_ROUTES_MAX = 23, /* and one place for "none of them" */
	METRICS_BOUNDS = 12,
	METRICS_BUCKETS = METRICS_BOUNDS + 1, /* and for what is above */
};

/* Upper ends of the buckets in microseconds, ascending. */
extern const int32_t metrics_bounds[METRICS_BOUNDS];

struct metric_family {
	const char *name;
	const char *help;
	enum metric_kind kind;
	enum label label[METRIC_LABELS_MAX];
};

/* What the id stands for. */
const struct metric_family *metrics_family(enum metric id);

struct metrics;

/*
 * A process's way to the counters at `t`: owned; made after the fork.  Another
 * program's counters, which mean something else, are set to zero, and that
 * program counts no more.  route_name: of the route at a place, NULL behind the
 * last; providers: those configured, lent.  NULL: no memory; all of the below
 * take that and do nothing.
 */
struct metrics *metrics_new(struct tally *t,
    const char *(*route_name)(int place), const struct conf_list *providers);
void metrics_free(struct metrics **m);

/* Places of a family's labels, in its order; those left out are 0. */
#define METRIC_AT(...) ((const int[METRIC_LABELS_MAX]){ __VA_ARGS__ })

/*
 * Places of labels.  A status or route that is in no list has a place for all
 * such (route -1); metrics_provider() gives -1 for a name that has none, which
 * is then not counted.
 */
int metrics_status(int status);
int metrics_provider(const struct metrics *m, const char *name);

/* How many places a label has, and its text at one; NULL: nothing there. */
int metrics_places(enum label by);
const char *metrics_label(const struct metrics *m, enum label by, int place);

/* Adds n to a counter: one relaxed addition. */
void metrics_add(const struct metrics *m, enum metric id,
    const int at[METRIC_LABELS_MAX], uint64_t n);

/* Adds a time of us microseconds to a histogram: two relaxed additions. */
void metrics_time(const struct metrics *m, enum metric id,
    const int at[METRIC_LABELS_MAX], int64_t us);

/*
 * All that a request's access line tells; route: its place, -1: none.  Three
 * additions, two more when it waited for a provider, two for the database.
 */
void metrics_request(const struct metrics *m, int route,
    const struct access *a);

/* One of what is counted of a provider; its place: metrics_provider(). */
void metrics_upstream(const struct metrics *m, int provider,
    enum upstream_count which);

/* n traces came to that. */
void metrics_traces(const struct metrics *m, enum metric_trace outcome, int n);

/* The process's log_dropped(): what it has grown by, since metrics_new(), is
 * counted. */
void metrics_lost_lines(struct metrics *m, int64_t total);

/* Read: a counter; a bucket's own count (not cumulated); a sum in us. */
uint64_t metrics_value(const struct metrics *m, enum metric id,
    const int at[METRIC_LABELS_MAX]);
uint64_t metrics_bucket(const struct metrics *m, enum metric id,
    const int at[METRIC_LABELS_MAX], int bucket);
uint64_t metrics_sum_us(const struct metrics *m, enum metric id,
    const int at[METRIC_LABELS_MAX]);

#endif
