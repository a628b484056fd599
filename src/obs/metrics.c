/* SPDX-License-Identifier: MIT */
/*
 * Which cell of the tally is what.  A counter is one cell for each pair of its
 * labels' places; a histogram has its buckets and its sum side by side.
 */
#include "obs/metrics.h"

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

/* What we answer; the last place is for anything else. */
static const struct {
	int status;
	const char *text;
} statuses[] = {
	{ 200, "200" },
	{ 204, "204" },
	{ 401, "401" },
	{ 503, "503" },
	{ 303, "303" },
	{ 400, "400" },
	{ 403, "403" },
	{ 404, "404" },
	{ 405, "405" },
	{ 413, "413" },
	{ 415, "415" },
	{ 429, "429" },
	{ 500, "500" },
	{ 0, "other" },
};

enum { STATUSES = sizeof(statuses) / sizeof(statuses[0]) };

static const char *const outcomes[METRIC_OUTCOMES] = {
	[METRIC_APPLIED] = "applied",
	[METRIC_DUPLICATE] = "duplicate",
	[METRIC_UNUSED] = "unused",
	[METRIC_REFUSED] = "refused",
	[METRIC_MALFORMED] = "malformed",
	[METRIC_FAILED] = "failed",
};

static const char *const limits[METRIC_LIMITS] = {
	[METRIC_PER_ADDRESS] = "address",
	[METRIC_PER_SUBJECT] = "subject",
};

/* How many places a label has. */
enum {
	PLACES_NOTHING = 1,
	PLACES_ROUTE = METRICS_ROUTES_MAX + 1,
	PLACES_STATUS = STATUSES,
	PLACES_PROVIDER = TALLY_LABELS,
	PLACES_OUTCOME = METRIC_OUTCOMES,
	PLACES_LIMIT = METRIC_LIMITS,
};

/* Cells of one pair of places. */
enum { WIDTH_COUNTER = 1, WIDTH_HISTOGRAM = METRICS_BUCKETS + 1 };

/* One family's cells begin where those of the one before it end. */
enum {
#define X(id, name, help, kind, first, second)                                 \
	AT_##id,                                                               \
	    LAST_##id =                                                        \
		AT_##id + WIDTH_##kind * PLACES_##first * PLACES_##second - 1,
	METRICS(X)
#undef X
	    CELLS
};

_Static_assert((int)CELLS <= (int)TALLY_CELLS, "the tally has room for all");

static const struct metric_family families[METRIC_COUNT] = {
#define X(id, name, help, kind, first, second)                                 \
	[METRIC_##id] = { name, help, METRIC_##kind,                           \
		{ METRIC_BY_##first, METRIC_BY_##second } },
	METRICS(X)
#undef X
};

static const struct {
	int at, width, places[2];
} layout[METRIC_COUNT] = {
#define X(id, name, help, kind, first, second)                                 \
	[METRIC_##id] = { AT_##id, WIDTH_##kind,                               \
		{ PLACES_##first, PLACES_##second } },
	METRICS(X)
#undef X
};

struct metrics {
	struct tally *tally;
	const char *(*route_name)(int place);
	int shard;
	const struct conf_list *providers;
	int place[CONF_LIST_MAX]; /* of each provider; -1: none */
	uint64_t shape;
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
	for (int i = 0; i < STATUSES; i++)
		sum = mix(sum, statuses[i].text);
	for (int i = 0; i < METRIC_OUTCOMES; i++)
		sum = mix(sum, outcomes[i]);
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

int
metrics_status(int status)
{
	int i = 0;

	while (i < STATUSES - 1 && statuses[i].status != status)
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

const char *
metrics_label(const struct metrics *m, enum metric_label by, int place)
{
	static const int places[METRIC_LABELS] = {
		[METRIC_BY_NOTHING] = PLACES_NOTHING,
		[METRIC_BY_ROUTE] = PLACES_ROUTE,
		[METRIC_BY_STATUS] = PLACES_STATUS,
		[METRIC_BY_PROVIDER] = PLACES_PROVIDER,
		[METRIC_BY_OUTCOME] = PLACES_OUTCOME,
		[METRIC_BY_LIMIT] = PLACES_LIMIT,
	};

	if (m == NULL || place < 0 || place >= places[by])
		return NULL;
	switch (by) {
	case METRIC_BY_ROUTE:
		return place == METRICS_ROUTES_MAX ? "none"
						   : m->route_name(place);
	case METRIC_BY_STATUS:
		return statuses[place].text;
	case METRIC_BY_PROVIDER:
		return provider_at(m, place);
	case METRIC_BY_OUTCOME:
		return outcomes[place];
	case METRIC_BY_LIMIT:
		return limits[place];
	case METRIC_BY_NOTHING:
	case METRIC_LABELS:
		break;
	}
	return "";
}

/* The first cell of a pair of places; -1 when there is no such pair. */
static int
cell_of(enum metric id, int first, int second)
{
	const int *places = layout[id].places;

	if (first < 0 || first >= places[0] || second < 0 ||
	    second >= places[1])
		return -1;
	return layout[id].at + layout[id].width * (first * places[1] + second);
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
metrics_add(const struct metrics *m, enum metric id, int first, int second,
    uint64_t n)
{
	int cell = m == NULL ? -1 : cell_of(id, first, second);

	if (cell != -1)
		count(m, cell, n);
}

void
metrics_time(const struct metrics *m, enum metric id, int first, int64_t us)
{
	int cell = m == NULL ? -1 : cell_of(id, first, 0), bucket = 0;

	if (cell == -1 || us < 0)
		return;
	while (bucket < METRICS_BOUNDS && us > metrics_bounds[bucket])
		bucket++;
	count(m, cell + bucket, 1);
	count(m, cell + METRICS_BUCKETS, (uint64_t)us);
}

void
metrics_request(const struct metrics *m, int route, const struct access *a)
{
	int place = route < 0 || route >= METRICS_ROUTES_MAX
			? METRICS_ROUTES_MAX
			: route;

	metrics_add(m, METRIC_REQUESTS, place, metrics_status(a->status), 1);
	metrics_time(m, METRIC_REQUEST_TIME, place, a->took_us);
	if (a->provider_us > 0)
		metrics_time(m, METRIC_PROVIDER_TIME,
		    metrics_provider(m, a->provider), a->provider_us);
	if (a->database_us > 0)
		metrics_time(m, METRIC_DATABASE_TIME, 0, a->database_us);
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
metrics_value(const struct metrics *m, enum metric id, int first, int second)
{
	return m == NULL ? 0 : sum_of(m, cell_of(id, first, second));
}

uint64_t
metrics_bucket(const struct metrics *m, enum metric id, int first, int bucket)
{
	int cell = m == NULL ? -1 : cell_of(id, first, 0);

	return cell == -1 ? 0 : sum_of(m, cell + bucket);
}

uint64_t
metrics_sum_us(const struct metrics *m, enum metric id, int first)
{
	return metrics_bucket(m, id, first, METRICS_BUCKETS);
}
