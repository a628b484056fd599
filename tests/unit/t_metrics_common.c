/* SPDX-License-Identifier: MIT */
/* obs/metrics: several processes, other configurations, other programs. */
#include "tap.h"

#include "obs/metrics.h"
#include "unit/child.h"
#include "unit/tallied.h"

static const char *
other_route_name(int place)
{
	return place < 1 ? "something" : NULL;
}

/* Another order of the configuration, as after a reload. */
static void
reordered(void)
{
	static const struct conf_list turned = { 3, { "corp", "new", "ory" } };
	struct tally *t = new_tally();
	struct metrics *m = metrics_new(t, route_name, &providers);
	struct metrics *later;

	metrics_time(m, METRIC_PROVIDER_TIME,
	    METRIC_AT(metrics_provider(m, "ory")), 7);
	later = metrics_new(t, route_name, &turned);
	INTEQ(metrics_sum_us(later, METRIC_PROVIDER_TIME,
		  METRIC_AT(metrics_provider(later, "ory"))),
	    7);
	INTEQ(metrics_sum_us(later, METRIC_PROVIDER_TIME,
		  METRIC_AT(metrics_provider(later, "new"))),
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
	metrics_time(m, METRIC_PROVIDER_TIME, METRIC_AT(-1), 5);
	metrics_upstream(m, -1, UPSTREAM_HITS);
	for (int i = 0; i < TALLY_LABELS; i++)
		INTEQ(metrics_sum_us(m, METRIC_PROVIDER_TIME, METRIC_AT(i)), 0);
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

static void
other_program(void)
{
	struct tally *t = new_tally();
	struct metrics *old = metrics_new(t, other_route_name, &providers);
	struct metrics *m;

	metrics_add(old, METRIC_REQUESTS, METRIC_AT(0), 5);
	m = metrics_new(t, route_name, &providers);
	INTEQ(metrics_value(m, METRIC_REQUESTS, METRIC_AT(0)), 0);
	metrics_add(old, METRIC_REQUESTS, METRIC_AT(0), 5);
	INTEQ(metrics_value(m, METRIC_REQUESTS, METRIC_AT(0)), 0);
	metrics_add(m, METRIC_REQUESTS, METRIC_AT(0), 1);
	INTEQ(metrics_value(m, METRIC_REQUESTS, METRIC_AT(0)), 1);
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
		metrics_add(m, METRIC_REQUESTS, METRIC_AT(1), 1);
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
	INTEQ(metrics_value(m, METRIC_REQUESTS, METRIC_AT(1)),
	    CHILDREN * TURNS);
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

static const struct tap_case cases[] = {
	{ "a provider keeps its counters in another order", reordered },
	{ "a provider too many is not counted", too_many_names },
	{ "another program's counters are not taken for ours", other_program },
	{ "nothing is lost when several processes count", together },
};
TAP_MAIN(cases)
