/* SPDX-License-Identifier: MIT */
/* obs/metrics: cells, labels, several processes, another program's cells. */
#include "tap.h"

#include "conf/conf.h"
#include "obs/access.h"
#include "obs/metrics.h"
#include "shm/tally.h"
#include "unit/child.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const struct conf_list providers = { 2, { "ory", "corp" } };

static const char *
route_name(int place)
{
	static const char *const names[] = { "health", "profile" };

	return place < 2 ? names[place] : NULL;
}

static const char *
other_route_name(int place)
{
	return place < 1 ? "something" : NULL;
}

static struct tally *
new_tally(void)
{
	struct tally *t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (t == MAP_FAILED)
		abort();
	return t;
}

/* Every pair of places has a cell of its own, and no others. */
static void
cells(void)
{
	struct tally *t = new_tally();
	struct metrics *m = metrics_new(t, route_name, &providers);
	uint64_t n = 0;

	for (int id = 0; id < METRIC_COUNT; id++)
		for (int first = -1; first < 40; first++)
			for (int second = -1; second < 40; second++)
				metrics_add(m, (enum metric)id, first, second,
				    1);
	for (int id = 0; id < METRIC_COUNT; id++)
		for (int first = 0; first < 40; first++)
			for (int second = 0; second < 40; second++) {
				uint64_t v = metrics_value(m, (enum metric)id,
				    first, second);

				CHECK(v <= 1);
				n += v;
			}
	CHECK(n > 400 && n <= TALLY_CELLS);
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

static void
requests(void)
{
	static const struct access lines[] = {
		{ .status = 200,
		    .took_us = 250,
		    .provider = "corp",
		    .provider_us = 30000,
		    .database_us = 900 },
		{ .status = 200, .took_us = 251, .provider = "corp" },
		{ .status = 418,
		    .took_us = 3000000,
		    .provider = "gone",
		    .provider_us = 5 },
	};
	struct tally *t = new_tally();
	struct metrics *m = metrics_new(t, route_name, &providers);
	int corp = metrics_provider(m, "corp");

	for (size_t i = 0; i < ROWS(lines); i++)
		metrics_request(m, i < 2 ? 1 : -1, &lines[i]);
	INTEQ(metrics_value(m, METRIC_REQUESTS, 1, metrics_status(200)), 2);
	INTEQ(metrics_value(m, METRIC_REQUESTS, METRICS_ROUTES_MAX,
		  metrics_status(599)),
	    1);
	INTEQ(metrics_bucket(m, METRIC_REQUEST_TIME, 1, 0), 1);
	INTEQ(metrics_bucket(m, METRIC_REQUEST_TIME, 1, 1), 1);
	INTEQ(metrics_sum_us(m, METRIC_REQUEST_TIME, 1), 501);
	INTEQ(metrics_bucket(m, METRIC_REQUEST_TIME, METRICS_ROUTES_MAX,
		  METRICS_BOUNDS),
	    1);
	INTEQ(metrics_sum_us(m, METRIC_PROVIDER_TIME, corp), 30000);
	INTEQ(metrics_sum_us(m, METRIC_PROVIDER_TIME,
		  metrics_provider(m, "ory")),
	    0);
	INTEQ(metrics_sum_us(m, METRIC_DATABASE_TIME, 0), 900);
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

static void
labels(void)
{
	struct tally *t = new_tally();
	struct metrics *m = metrics_new(t, route_name, &providers);

	STREQ(metrics_label(m, METRIC_BY_ROUTE, 1), "profile");
	STREQ(metrics_label(m, METRIC_BY_ROUTE, METRICS_ROUTES_MAX), "none");
	CHECK(metrics_label(m, METRIC_BY_ROUTE, 2) == NULL);
	CHECK(metrics_label(m, METRIC_BY_ROUTE, METRICS_ROUTES_MAX + 1) ==
	      NULL);
	STREQ(metrics_label(m, METRIC_BY_STATUS, metrics_status(503)), "503");
	STREQ(metrics_label(m, METRIC_BY_STATUS, metrics_status(1)), "other");
	STREQ(metrics_label(m, METRIC_BY_PROVIDER, metrics_provider(m, "corp")),
	    "corp");
	CHECK(metrics_label(m, METRIC_BY_PROVIDER, 9) == NULL);
	STREQ(metrics_label(m, METRIC_BY_OUTCOME, METRIC_APPLIED), "applied");
	STREQ(metrics_label(m, METRIC_BY_LIMIT, METRIC_PER_SUBJECT), "subject");
	STREQ(metrics_label(m, METRIC_BY_NOTHING, 0), "");
	for (int id = 0; id < METRIC_COUNT; id++) {
		const struct metric_family *f = metrics_family(id);

		CHECK(strncmp(f->name, "gatehouse_", 10) == 0);
		CHECK(f->help[strlen(f->help) - 1] == '.');
		CHECK((f->kind == METRIC_HISTOGRAM) ==
		      (strstr(f->name, "_seconds") != NULL));
	}
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

/* Another order of the configuration, as after a reload. */
static void
reordered(void)
{
	static const struct conf_list turned = { 3, { "corp", "new", "ory" } };
	struct tally *t = new_tally();
	struct metrics *m = metrics_new(t, route_name, &providers);
	struct metrics *later;

	metrics_time(m, METRIC_PROVIDER_TIME, metrics_provider(m, "ory"), 7);
	later = metrics_new(t, route_name, &turned);
	INTEQ(metrics_sum_us(later, METRIC_PROVIDER_TIME,
		  metrics_provider(later, "ory")),
	    7);
	INTEQ(metrics_sum_us(later, METRIC_PROVIDER_TIME,
		  metrics_provider(later, "new")),
	    0);
	metrics_free(&later);
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

static void
too_many_names(void)
{
	struct tally *t = new_tally();
	struct conf_list names = { .n = TALLY_LABELS + 1 };
	static char text[TALLY_LABELS + 1][4];
	struct metrics *m;

	for (int i = 0; i < names.n; i++) {
		text[i][0] = (char)('a' + i);
		names.item[i] = text[i];
	}
	m = metrics_new(t, route_name, &names);
	CHECK(metrics_provider(m, text[TALLY_LABELS - 1]) != -1);
	INTEQ(metrics_provider(m, text[TALLY_LABELS]), -1);
	metrics_time(m, METRIC_PROVIDER_TIME, -1, 5);
	for (int i = 0; i < TALLY_LABELS; i++)
		INTEQ(metrics_sum_us(m, METRIC_PROVIDER_TIME, i), 0);
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

static void
other_program(void)
{
	struct tally *t = new_tally();
	struct metrics *old = metrics_new(t, other_route_name, &providers);
	struct metrics *m;

	metrics_add(old, METRIC_REQUESTS, 0, 0, 5);
	m = metrics_new(t, route_name, &providers);
	INTEQ(metrics_value(m, METRIC_REQUESTS, 0, 0), 0);
	metrics_add(old, METRIC_REQUESTS, 0, 0, 5);
	INTEQ(metrics_value(m, METRIC_REQUESTS, 0, 0), 0);
	metrics_add(m, METRIC_REQUESTS, 0, 0, 1);
	INTEQ(metrics_value(m, METRIC_REQUESTS, 0, 0), 1);
	metrics_free(&old);
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

enum { CHILDREN = 4, TURNS = 20000 };

static int
add_many(void *ctx)
{
	struct metrics *m = metrics_new(ctx, route_name, &providers);

	for (int i = 0; i < TURNS; i++)
		metrics_add(m, METRIC_REQUESTS, 1, 0, 1);
	metrics_free(&m);
	return 0;
}

static void
together(void)
{
	struct tally *t = new_tally();
	pid_t pid[CHILDREN];
	struct metrics *m;

	for (int i = 0; i < CHILDREN; i++)
		pid[i] = child_start(add_many, t);
	for (int i = 0; i < CHILDREN; i++)
		INTEQ(child_wait(pid[i]), 0);
	m = metrics_new(t, route_name, &providers);
	INTEQ(metrics_value(m, METRIC_REQUESTS, 1, 0), CHILDREN * TURNS);
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

static void
nobody(void)
{
	const struct access line = { .status = 200,
		.provider_us = 1,
		.provider = "ory",
		.database_us = 1 };

	metrics_request(NULL, 0, &line);
	metrics_add(NULL, METRIC_LIMITED, 0, 0, 1);
	INTEQ(metrics_value(NULL, METRIC_LIMITED, 0, 0), 0);
	INTEQ(metrics_provider(NULL, "ory"), -1);
}

static const struct tap_case cases[] = {
	{ "each pair of labels has a counter of its own", cells },
	{ "a request is counted by route, status and where it waited",
	    requests },
	{ "labels come from fixed lists and from the configuration", labels },
	{ "a provider keeps its counters in another order", reordered },
	{ "a provider too many is not counted", too_many_names },
	{ "another program's counters are not taken for ours", other_program },
	{ "nothing is lost when several processes count", together },
	{ "without memory nothing is counted", nobody },
};
TAP_MAIN(cases)
