/* SPDX-License-Identifier: MIT */
/*
 * What a host counts and measures, in memory that all its processes share:
 * one list, from which names, cells and text come.
 */
#ifndef OBS_METRICS_H
#define OBS_METRICS_H

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
	    ROUTE, STATUS)                                                     \
	X(REQUEST_TIME, "gatehouse_request_seconds",                           \
	    "Time from a request's first byte to its answer's last.",          \
	    HISTOGRAM, ROUTE, NOTHING)                                         \
	X(PROVIDER_TIME, "gatehouse_provider_wait_seconds",                    \
	    "Time for which a request waited for an identity provider.",       \
	    HISTOGRAM, PROVIDER, NOTHING)                                      \
	X(DATABASE_TIME, "gatehouse_database_wait_seconds",                    \
	    "Time for which a request waited for PostgreSQL.", HISTOGRAM,      \
	    NOTHING, NOTHING)                                                  \
	X(HOOKS, "gatehouse_webhooks_total",                                   \
	    "Webhooks received, by what became of them.", COUNTER, PROVIDER,   \
	    OUTCOME)                                                           \
	X(LIMITED, "gatehouse_rate_limited_total",                             \
	    "Requests refused by a rate limit.", COUNTER, LIMIT, NOTHING)

enum metric {
#define X(id, name, help, kind, first, second) METRIC_##id,
	METRICS(X)
#undef X
	    METRIC_COUNT
};

enum metric_kind { METRIC_COUNTER, METRIC_HISTOGRAM };

/* What a label's values come from: fixed lists or the configuration. */
enum metric_label {
	METRIC_BY_NOTHING,
	METRIC_BY_ROUTE,
	METRIC_BY_STATUS,
	METRIC_BY_PROVIDER,
	METRIC_BY_OUTCOME,
	METRIC_BY_LIMIT,
	METRIC_LABELS,
};

/* Of webhooks. */
enum metric_outcome {
	METRIC_APPLIED,
	METRIC_DUPLICATE, /* had its effect before */
	METRIC_UNUSED,    /* nothing to do for this type */
	METRIC_REFUSED,   /* no or a wrong signature or secret */
	METRIC_MALFORMED, /* signed nonsense, or too long */
	METRIC_FAILED,    /* ours: the provider will send it again */
	METRIC_OUTCOMES,
};

/* Of rate limits. */
enum metric_limit { METRIC_PER_ADDRESS, METRIC_PER_SUBJECT, METRIC_LIMITS };

enum {
	METRICS_ROUTES_MAX = 19, /* and one place for "none of them" */
	METRICS_BOUNDS = 12,
	METRICS_BUCKETS = METRICS_BOUNDS + 1, /* and for what is above */
};

/* Upper ends of the buckets in microseconds, ascending. */
extern const int32_t metrics_bounds[METRICS_BOUNDS];

struct metric_family {
	const char *name;
	const char *help;
	enum metric_kind kind;
	enum metric_label label[2];
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

/*
 * Places of labels.  A status or route that is in no list has a place for all
 * such (route -1); metrics_provider() gives -1 for a name that has none, which
 * is then not counted.
 */
int metrics_status(int status);
int metrics_provider(const struct metrics *m, const char *name);

/* The label's text at a place; NULL: there is nothing at that place. */
const char *metrics_label(const struct metrics *m, enum metric_label by,
    int place);

/*
 * Adds n to a counter; first and second: places of its labels, 0 where it has
 * none.  One relaxed addition.
 */
void metrics_add(const struct metrics *m, enum metric id, int first, int second,
    uint64_t n);

/* Adds a time of us microseconds to a histogram: two relaxed additions. */
void metrics_time(const struct metrics *m, enum metric id, int first,
    int64_t us);

/*
 * All that a request's access line tells; route: its place, -1: none.  Three
 * additions, two more when it waited for a provider, two for the database.
 */
void metrics_request(const struct metrics *m, int route,
    const struct access *a);

/* Read: a counter; a bucket's own count (not cumulated); a sum in us. */
uint64_t metrics_value(const struct metrics *m, enum metric id, int first,
    int second);
uint64_t metrics_bucket(const struct metrics *m, enum metric id, int first,
    int bucket);
uint64_t metrics_sum_us(const struct metrics *m, enum metric id, int first);

#endif
