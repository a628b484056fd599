/* SPDX-License-Identifier: MIT */
/* obs/metrics: cells, labels, what a request counts. */
#include "tap.h"

#include "base/log.h"
#include "obs/access.h"
#include "obs/metrics.h"
#include "unit/tallied.h"

#include <string.h>

/* Calls back for every set of places, and a few that do not exist. */
static void
each(struct metrics *m, void (*call)(struct metrics *m, enum metric id,
			    const int at[METRIC_LABELS_MAX]))
{
	for (int id = 0; id < METRIC_COUNT; id++)
		for (int a = -1; a < 26; a++)
			for (int b = -1; b < 18; b++)
				for (int c = -1; c < 8; c++)
					call(m, (enum metric)id,
					    METRIC_AT(a, b, c));
}

static void
add_one(struct metrics *m, enum metric id, const int at[METRIC_LABELS_MAX])
{
	metrics_add(m, id, at, 1);
}

static uint64_t seen;

static void
see_one(struct metrics *m, enum metric id, const int at[METRIC_LABELS_MAX])
{
	uint64_t v = metrics_value(m, id, at);

	CHECK(v <= 1);
	seen += v;
}

/* Every set of places has a cell of its own, and no others. */
static void
cells(void)
{
	struct tally *t = new_tally();
	struct metrics *m = metrics_new(t, route_name, &providers);
	uint64_t want = 0;

	each(m, add_one);
	each(m, see_one);
	for (int id = 0; id < METRIC_COUNT; id++) {
		const struct metric_family *f = metrics_family((enum metric)id);
		uint64_t sets = 1;

		for (int i = 0; i < METRIC_LABELS_MAX; i++)
			sets *= (uint64_t)metrics_places(f->label[i]);
		want += sets;
	}
	INTEQ(seen, want);
	CHECK(want > 2000 && want <= TALLY_CELLS);
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
		    .verdict = "allowed",
		    .provider_us = 30000,
		    .database_us = 900 },
		{ .status = 200,
		    .took_us = 251,
		    .provider = "corp",
		    .verdict = "allowed" },
		{ .status = 418,
		    .took_us = 3000000,
		    .provider = "gone",
		    .provider_us = 5 },
	};
	const int allowed = METRIC_VERDICT_ALLOWED, none = METRIC_VERDICT_NONE;
	const int other = METRICS_ROUTES_MAX;
	struct tally *t = new_tally();
	struct metrics *m = metrics_new(t, route_name, &providers);
	int corp = metrics_provider(m, "corp");

	for (size_t i = 0; i < ROWS(lines); i++)
		metrics_request(m, i < 2 ? 1 : -1, &lines[i]);
	INTEQ(metrics_value(m, METRIC_REQUESTS,
		  METRIC_AT(1, metrics_status(200), allowed)),
	    2);
	INTEQ(metrics_value(m, METRIC_REQUESTS,
		  METRIC_AT(other, metrics_status(599), none)),
	    1);
	INTEQ(metrics_bucket(m, METRIC_REQUEST_TIME, METRIC_AT(1, allowed), 0),
	    1);
	INTEQ(metrics_bucket(m, METRIC_REQUEST_TIME, METRIC_AT(1, allowed), 1),
	    1);
	INTEQ(metrics_sum_us(m, METRIC_REQUEST_TIME, METRIC_AT(1, allowed)),
	    501);
	INTEQ(metrics_bucket(m, METRIC_REQUEST_TIME, METRIC_AT(other, none),
		  METRICS_BOUNDS),
	    1);
	INTEQ(metrics_sum_us(m, METRIC_PROVIDER_TIME, METRIC_AT(corp)), 30000);
	INTEQ(metrics_sum_us(m, METRIC_PROVIDER_TIME,
		  METRIC_AT(metrics_provider(m, "ory"))),
	    0);
	INTEQ(metrics_sum_us(m, METRIC_DATABASE_TIME, METRIC_AT(0)), 900);
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

static void
labels(void)
{
	static const struct {
		enum label by;
		int place;
		const char *text;
	} t[] = {
		{ LABEL_ROUTE, 1, "profile" },
		{ LABEL_ROUTE, METRICS_ROUTES_MAX, "none" },
		{ LABEL_ROUTE, 2, NULL },
		{ LABEL_ROUTE, METRICS_ROUTES_MAX + 1, NULL },
		{ LABEL_STATUS, 0, "200" },
		{ LABEL_STATUS, LABEL_STATUSES - 1, "other" },
		{ LABEL_STATUS, LABEL_STATUSES, NULL },
		{ LABEL_VERDICT, METRIC_VERDICT_NONE, "none" },
		{ LABEL_ASKED, METRIC_VERDICT_NONE, NULL },
		{ LABEL_PROVIDER, 9, NULL },
		{ LABEL_HOOK, METRIC_APPLIED, "applied" },
		{ LABEL_LIMIT, METRIC_PER_SUBJECT, "subject" },
		{ LABEL_NOTHING, 0, "" },
		{ LABEL_NOTHING, 1, NULL },
		{ LABEL_TRACE, -1, NULL },
	};
	struct tally *tally = new_tally();
	struct metrics *m = metrics_new(tally, route_name, &providers);

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("label %d at %d", (int)t[i].by, t[i].place);
		STREQ(metrics_label(m, t[i].by, t[i].place), t[i].text);
	}
	STREQ(metrics_label(m, LABEL_STATUS, metrics_status(503)), "503");
	STREQ(metrics_label(m, LABEL_STATUS, metrics_status(1)), "other");
	STREQ(metrics_label(m, LABEL_PROVIDER, metrics_provider(m, "corp")),
	    "corp");
	metrics_free(&m);
	munmap(tally, sizeof(*tally));
}

/* Prometheus' rules for names, that `promtool` would ask for. */
static void
names(void)
{
	for (int id = 0; id < METRIC_COUNT; id++) {
		const struct metric_family *f = metrics_family((enum metric)id);
		const char *end = strrchr(f->name, '_');

		tap_row("%s", f->name);
		CHECK(strncmp(f->name, "gatehouse_", 10) == 0);
		CHECK(f->help[strlen(f->help) - 1] == '.');
		STREQ(end, f->kind == METRIC_HISTOGRAM ? "_seconds" : "_total");
	}
}

/* Each of a provider's counters has its own, whatever the line it is on. */
static void
upstreams(void)
{
	struct tally *t = new_tally();
	struct metrics *m = metrics_new(t, route_name, &providers);
	int corp = metrics_provider(m, "corp");
	uint64_t sum = 0;

	for (int i = 0; i < UPSTREAM_COUNTS; i++)
		metrics_upstream(m, corp, (enum upstream_count)i);
	for (int i = 0; i < LABEL_DECISIONS; i++)
		sum += metrics_value(m, METRIC_CACHE, METRIC_AT(corp, i));
	for (int i = 0; i < LABEL_CALLS; i++)
		sum += metrics_value(m, METRIC_CALLS, METRIC_AT(corp, i));
	for (int i = 0; i < LABEL_VERDICTS; i++)
		sum += metrics_value(m, METRIC_VERDICTS, METRIC_AT(corp, i));
	sum += metrics_value(m, METRIC_REVOKED, METRIC_AT(corp));
	INTEQ(sum, UPSTREAM_COUNTS);
	INTEQ(metrics_value(m, METRIC_CACHE, METRIC_AT(corp, METRIC_STALE)), 1);
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

/* What a process has lost by now; of two of them the host's sum. */
static void
lost_lines(void)
{
	struct tally *t = new_tally();
	struct metrics *a = metrics_new(t, route_name, &providers);
	struct metrics *b = metrics_new(t, route_name, &providers);

	metrics_lost_lines(a, 0);
	metrics_lost_lines(a, 3);
	metrics_lost_lines(a, 3);
	metrics_lost_lines(b, 2);
	metrics_lost_lines(a, 4);
	INTEQ(metrics_value(b, METRIC_LOST_LINES, METRIC_AT(0)), 6);
	metrics_free(&a);
	metrics_free(&b);
	munmap(t, sizeof(*t));
}

/* A worker is forked by who has lost lines as well, and has counted them. */
static void
inherited(void)
{
	const struct log_options full = { LEVEL_INFO, FORMAT_TEXT,
		"file:/dev/full" };
	struct tally *t = new_tally();
	struct err e = { 0 };
	struct metrics *m;

	INTEQ(log_open(&full, &e), 0);
	log_event(LEVEL_INFO, "lost");
	CHECK(log_dropped() > 0);
	m = metrics_new(t, route_name, &providers);
	metrics_lost_lines(m, log_dropped());
	INTEQ(metrics_value(m, METRIC_LOST_LINES, METRIC_AT(0)), 0);
	log_event(LEVEL_INFO, "lost");
	metrics_lost_lines(m, log_dropped());
	INTEQ(metrics_value(m, METRIC_LOST_LINES, METRIC_AT(0)), 1);
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
	metrics_add(NULL, METRIC_LIMITED, METRIC_AT(0), 1);
	metrics_upstream(NULL, 0, UPSTREAM_HITS);
	metrics_lost_lines(NULL, 1);
	INTEQ(metrics_value(NULL, METRIC_LIMITED, METRIC_AT(0)), 0);
	INTEQ(metrics_provider(NULL, "ory"), -1);
}

static const struct tap_case cases[] = {
	{ "each set of labels has a counter of its own", cells },
	{ "a request is counted by route, status, verdict and where it waited",
	    requests },
	{ "labels come from fixed lists and from the configuration", labels },
	{ "names and units are as Prometheus wants them", names },
	{ "each of a provider's counters is told apart", upstreams },
	{ "a line that the log lost is counted once", lost_lines },
	{ "lines lost before the fork are not a worker's", inherited },
	{ "without memory nothing is counted", nobody },
};
TAP_MAIN(cases)
