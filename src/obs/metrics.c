/* SPDX-License-Identifier: MIT */
/*
 * Which cell of the tally is what.  A counter is one cell for each set of its
 * labels' places; a histogram has its buckets and its sum side by side.
 */
#include "obs/metrics.h"

#include "base/log.h"
#include "conf/conf.h"
#include "obs/access.h"
#include "shm/tally.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const int32_t metrics_bounds[METRICS_BOUNDS] = { 250, 500, 1000, 2500, 5000,
	10000, 25000, 50000, 100000, 250000, 1000000, 2500000 };

/* How many places a label has. */
enum {
	PLACES_NOTHING = 1,
	PLACES_ROUTE = METRICS_ROUTES_MAX + 1,
	PLACES_STATUS = LABEL_STATUSES,
	PLACES_VERDICT = LABEL_VERDICTS,
	PLACES_ASKED = METRIC_VERDICT_NONE,
	PLACES_PROVIDER = TALLY_LABELS,
	PLACES_DECISION = LABEL_DECISIONS,
	PLACES_CALL = LABEL_CALLS,
	PLACES_HOOK = LABEL_HOOKS,
	PLACES_LIMIT = LABEL_LIMITS,
	PLACES_REASON = LABEL_REASONS,
	PLACES_TRACE = LABEL_TRACES,
};

/* Cells of one set of places. */
enum { WIDTH_COUNTER = 1, WIDTH_HISTOGRAM = METRICS_BUCKETS + 1 };

/* One family's cells begin where those of the one before it end. */
enum {
#define X(id, name, help, kind, first, second, third)                          \
	AT_##id,                                                               \
	    LAST_##id = AT_##id +                                              \
			WIDTH_##kind * PLACES_##first * PLACES_##second *      \
			    PLACES_##third -                                   \
			1,
	METRICS(X)
#undef X
	    CELLS
};

_Static_assert((int)CELLS <= (int)TALLY_CELLS, "the tally has room for all");

static const struct metric_family families[METRIC_COUNT] = {
#define X(id, name, help, kind, first, second, third)                          \
	[METRIC_##id] = { name, help, METRIC_##kind,                           \
		{ LABEL_##first, LABEL_##second, LABEL_##third } },
	METRICS(X)
#undef X
};

static const struct {
	int at, width, places[METRIC_LABELS_MAX];
} layout[METRIC_COUNT] = {
#define X(id, name, help, kind, first, second, third)                          \
	[METRIC_##id] = { AT_##id, WIDTH_##kind,                               \
		{ PLACES_##first, PLACES_##second, PLACES_##third } },
	METRICS(X)
#undef X
};

/* What is counted of a provider, for the host and for good: see tally.h. */
static const struct {
	enum metric id;
	int second;
} upstreams[UPSTREAM_COUNTS] = {
	[UPSTREAM_HITS] = { METRIC_CACHE, METRIC_HIT },
	[UPSTREAM_MISSES] = { METRIC_CACHE, METRIC_MISS },
	[UPSTREAM_JOINED] = { METRIC_CACHE, METRIC_JOINED },
	[UPSTREAM_STALE] = { METRIC_CACHE, METRIC_STALE },
	[UPSTREAM_CALLS_GOOD] = { METRIC_CALLS, METRIC_CALL_GOOD },
	[UPSTREAM_CALLS_FAILED] = { METRIC_CALLS, METRIC_CALL_FAILED },
	[UPSTREAM_CALLS_LIMITED] = { METRIC_CALLS, METRIC_CALL_LIMITED },
	[UPSTREAM_ALLOWED] = { METRIC_VERDICTS, METRIC_VERDICT_ALLOWED },
	[UPSTREAM_DENIED] = { METRIC_VERDICTS, METRIC_VERDICT_DENIED },
	[UPSTREAM_STEPUP] = { METRIC_VERDICTS, METRIC_VERDICT_STEPUP },
	[UPSTREAM_UNSURE] = { METRIC_VERDICTS, METRIC_VERDICT_UNSURE },
	[UPSTREAM_ANONYMOUS] = { METRIC_VERDICTS, METRIC_VERDICT_ANONYMOUS },
	[UPSTREAM_REVOKED] = { METRIC_REVOKED, 0 },
};

struct metrics {
	struct tally *tally;
	const char *(*route_name)(int place);
	int shard;
	const struct conf_list *providers;
	int place[CONF_LIST_MAX]; /* of each provider; -1: none */
	uint64_t shape;
	int64_t lost_lines; /* of this process, that are counted */
};

const struct metric_family *
metrics_family(enum metric id)
{
	return &families[id];
}

/* FNV-1a: no secret is in it and nobody attacks it. */
static uint64_t
mix(uint64_t sum, const char *text)
{
	for (; *text != '\0'; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3;
	return (sum ^ 0xff) * 0x100000001b3;
}

#define MIX_START 0xcbf29ce484222325u

/* Of a name, never 0. */
static uint64_t
tag_of(const char *name)
{
	return mix(MIX_START, name) | 1;
}

/* Of all that decides what a cell means; never 0. */
static uint64_t
shape_of(const char *(*route_name)(int place))
{
	uint64_t sum = MIX_START;

	for (int i = 0; i < METRIC_COUNT; i++)
		sum = mix(sum, families[i].name) + (uint64_t)layout[i].at;
	for (int by = 0; by < LABELS; by++)
		for (int i = 0; i < label_places((enum label)by); i++)
			sum = mix(sum, label_text((enum label)by, i));
	for (int i = 0; i < METRICS_BOUNDS; i++)
		sum = sum * 31 + (uint64_t)metrics_bounds[i];
	for (int i = 0; route_name(i) != NULL; i++)
		sum = mix(sum, route_name(i));
	return sum | 1;
}

/* The place that belongs to the name, on this host and for good. */
static int
claim_place(struct tally *t, const char *name)
{
	uint64_t tag = tag_of(name);

	for (int i = 0; i < TALLY_LABELS; i++) {
		uint_fast64_t is = 0;

		if (atomic_compare_exchange_strong(&t->label[i], &is, tag) ||
		    is == tag)
			return i;
	}
	return -1;
}

/* Zeros, if the cells mean something else: only for who is first to say so. */
static void
claim_cells(struct tally *t, uint64_t shape)
{
	uint_fast64_t was = atomic_load(&t->shape);

	if (was == shape ||
	    !atomic_compare_exchange_strong(&t->shape, &was, shape) || was == 0)
		return;
	for (int s = 0; s < TALLY_SHARDS; s++)
		for (int i = 0; i < TALLY_CELLS; i++)
			atomic_store_explicit(&t->cell[s][i], 0,
			    memory_order_relaxed);
}

struct metrics *
metrics_new(struct tally *t, const char *(*route_name)(int place),
    const struct conf_list *providers)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->tally = t;
	/* by process: single ones have no place on a common board */
	m->shard = (int)getpid() % TALLY_SHARDS;
	m->route_name = route_name;
	m->providers = providers;
	/* what was lost before the fork is the parent's to count */
	m->lost_lines = log_dropped();
	for (int i = 0; i < providers->n; i++)
		m->place[i] = claim_place(t, providers->item[i]);
	m->shape = shape_of(route_name);
	claim_cells(t, m->shape);
	return m;
}

void
metrics_free(struct metrics **m)
{
	free(*m);
	*m = NULL;
}

/* Of three digits: for each request, and so without printing one. */
static bool
is_number(const char *text, int n)
{
	return text[0] == '0' + n / 100 && text[1] == '0' + n / 10 % 10 &&
	       text[2] == '0' + n % 10;
}

int
metrics_status(int status)
{
	int i = 0;

	while (i < LABEL_STATUSES - 1 &&
	       !is_number(label_text(LABEL_STATUS, i), status))
		i++;
	return i;
}

int
metrics_provider(const struct metrics *m, const char *name)
{
	if (m == NULL || name == NULL)
		return -1;
	for (int i = 0; i < m->providers->n; i++)
		if (strcmp(m->providers->item[i], name) == 0)
			return m->place[i];
	return -1;
}

static const char *
provider_at(const struct metrics *m, int place)
{
	for (int i = 0; i < m->providers->n; i++)
		if (m->place[i] == place)
			return m->providers->item[i];
	return NULL;
}

int
metrics_places(enum label by)
{
	static const int places[LABELS] = {
		[LABEL_NOTHING] = PLACES_NOTHING,
		[LABEL_ROUTE] = PLACES_ROUTE,
		[LABEL_PROVIDER] = PLACES_PROVIDER,
	};

	return places[by] == 0 ? label_places(by) : places[by];
}

const char *
metrics_label(const struct metrics *m, enum label by, int place)
{
	if (m == NULL || place < 0 || place >= metrics_places(by))
		return NULL;
	switch (by) {
	case LABEL_ROUTE:
		return place == METRICS_ROUTES_MAX ? "none"
						   : m->route_name(place);
	case LABEL_PROVIDER:
		return provider_at(m, place);
	case LABEL_NOTHING:
		return "";
	default:
		return label_text(by, place);
	}
}

/* The first cell of a set of places; -1 when there is no such set. */
static int
cell_of(enum metric id, const int at[METRIC_LABELS_MAX])
{
	const int *places = layout[id].places;
	int index = 0;

	for (int i = 0; i < METRIC_LABELS_MAX; i++) {
		if (at[i] < 0 || at[i] >= places[i])
			return -1;
		index = index * places[i] + at[i];
	}
	return layout[id].at + layout[id].width * index;
}

/* Whoever finds that the cells are another program's by now lets them be. */
static void
count(const struct metrics *m, int cell, uint64_t n)
{
	struct tally *t = m->tally;

	if (atomic_load_explicit(&t->shape, memory_order_relaxed) == m->shape)
		atomic_fetch_add_explicit(&t->cell[m->shard][cell], n,
		    memory_order_relaxed);
}

void
metrics_add(const struct metrics *m, enum metric id,
    const int at[METRIC_LABELS_MAX], uint64_t n)
{
	int cell = m == NULL ? -1 : cell_of(id, at);

	if (cell != -1)
		count(m, cell, n);
}

void
metrics_time(const struct metrics *m, enum metric id,
    const int at[METRIC_LABELS_MAX], int64_t us)
{
	int cell = m == NULL ? -1 : cell_of(id, at), bucket = 0;

	if (cell == -1 || us < 0)
		return;
	while (bucket < METRICS_BOUNDS && us > metrics_bounds[bucket])
		bucket++;
	count(m, cell + bucket, 1);
	count(m, cell + METRICS_BUCKETS, (uint64_t)us);
}

static int
verdict_place(const char *verdict)
{
	return verdict == NULL ? METRIC_VERDICT_NONE
			       : label_place(LABEL_VERDICT, verdict);
}

void
metrics_request(const struct metrics *m, int route, const struct access *a)
{
	int verdict = verdict_place(a->verdict);

	if (route < 0 || route >= METRICS_ROUTES_MAX)
		route = METRICS_ROUTES_MAX;
	metrics_add(m, METRIC_REQUESTS,
	    METRIC_AT(route, metrics_status(a->status), verdict), 1);
	metrics_time(m, METRIC_REQUEST_TIME, METRIC_AT(route, verdict),
	    a->took_us);
	if (a->provider_us > 0)
		metrics_time(m, METRIC_PROVIDER_TIME,
		    METRIC_AT(metrics_provider(m, a->provider)),
		    a->provider_us);
	if (a->database_us > 0)
		metrics_time(m, METRIC_DATABASE_TIME, METRIC_AT(0),
		    a->database_us);
}

void
metrics_upstream(const struct metrics *m, int provider,
    enum upstream_count which)
{
	metrics_add(m, upstreams[which].id,
	    METRIC_AT(provider, upstreams[which].second), 1);
}

void
metrics_traces(const struct metrics *m, enum metric_trace outcome, int n)
{
	if (n > 0)
		metrics_add(m, METRIC_TRACES, METRIC_AT((int)outcome),
		    (uint64_t)n);
}

void
metrics_lost_lines(struct metrics *m, int64_t total)
{
	if (m == NULL || total <= m->lost_lines)
		return;
	metrics_add(m, METRIC_LOST_LINES, METRIC_AT(0),
	    (uint64_t)(total - m->lost_lines));
	m->lost_lines = total;
}

static uint64_t
sum_of(const struct metrics *m, int cell)
{
	uint64_t sum = 0;

	for (int s = 0; cell != -1 && s < TALLY_SHARDS; s++)
		sum += atomic_load_explicit(&m->tally->cell[s][cell],
		    memory_order_relaxed);
	return sum;
}

uint64_t
metrics_value(const struct metrics *m, enum metric id,
    const int at[METRIC_LABELS_MAX])
{
	return m == NULL ? 0 : sum_of(m, cell_of(id, at));
}

uint64_t
metrics_bucket(const struct metrics *m, enum metric id,
    const int at[METRIC_LABELS_MAX], int bucket)
{
	int cell = m == NULL ? -1 : cell_of(id, at);

	return cell == -1 ? 0 : sum_of(m, cell + bucket);
}

uint64_t
metrics_sum_us(const struct metrics *m, enum metric id,
    const int at[METRIC_LABELS_MAX])
{
	return metrics_bucket(m, id, at, METRICS_BUCKETS);
}
