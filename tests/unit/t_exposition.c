/* SPDX-License-Identifier: MIT */
/* obs/exposition: both formats to the byte, escapes, sums, the longest one. */
#include "tap.h"

#include "base/arena.h"
#include "base/buf.h"
#include "obs/access.h"
#include "obs/exposition.h"
#include "obs/metrics.h"
#include "proc/worker.h"
#include "unit/tallied.h"

#include <stdio.h>
#include <string.h>

#define OPEN "application/openmetrics-text"

static struct arena *arena;
static struct buf out;

static struct exposition
begin(enum exposition_format format)
{
	if (arena == NULL)
		arena = arena_new(WORKER_ARENA);
	arena_reset(arena);
	buf_init(&out, arena, EXPOSITION_FIRST);
	return (struct exposition){ .out = &out, .format = format };
}

static void
formats(void)
{
	static const struct {
		const char *accept;
		enum exposition_format want;
	} t[] = {
		{ NULL, EXPOSITION_TEXT },
		{ "*/*", EXPOSITION_TEXT },
		{ "text/plain", EXPOSITION_TEXT },
		{ "text/html", EXPOSITION_TEXT },
		{ OPEN, EXPOSITION_OPEN },
		{ OPEN ";version=1.0.0", EXPOSITION_OPEN },
		{ OPEN ";version=2.0.0", EXPOSITION_TEXT },
		{ OPEN ";q=0, */*", EXPOSITION_TEXT },
		{ OPEN ";q=0.1, text/plain;q=0.2", EXPOSITION_TEXT },
		{ OPEN ";version=1.0.0," OPEN ";version=0.0.1;q=0.75,"
		  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", EXPOSITION_OPEN },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].accept == NULL ? "(none)" : t[i].accept);
		INTEQ(exposition_choose(t[i].accept), t[i].want);
	}
	STREQ(exposition_type(EXPOSITION_TEXT),
	    "text/plain; version=0.0.4; charset=utf-8");
	STREQ(exposition_type(EXPOSITION_OPEN),
	    OPEN "; version=1.0.0; charset=utf-8");
}

static void
tell_some(enum exposition_format format)
{
	static const struct metric_family families[] = {
		{ "a_info", "What\nit \\ is.", METRIC_INFO, { 0 } },
		{ "b_total", "B.", METRIC_COUNTER, { 0 } },
		{ "c_seconds", "C.", METRIC_GAUGE, { 0 } },
		{ "d_bytes", "D.", METRIC_GAUGE, { 0 } },
	};
	const struct exposition_label labels[] = {
		{ "x", "a\"b\\c\nd\xc3\xa4" },
		{ "y", "" },
	};
	struct exposition x = begin(format);

	exposition_family(&x, &families[0]);
	exposition_number(&x, labels, 2, 1);
	exposition_family(&x, &families[1]);
	exposition_number(&x, NULL, 0, 7);
	exposition_family(&x, &families[2]);
	exposition_seconds(&x, labels + 1, 1, 1500000);
	exposition_seconds(&x, NULL, 0, -2);
	exposition_family(&x, &families[3]);
	exposition_end(&x);
}

static void
bytes(void)
{
	tell_some(EXPOSITION_TEXT);
	STREQ(buf_text(&out),
	    "# HELP a_info What\\nit \\\\ is.\n# TYPE a_info gauge\n"
	    "a_info{x=\"a\\\"b\\\\c\\nd\xc3\xa4\",y=\"\"} 1\n"
	    "# HELP b_total B.\n# TYPE b_total counter\nb_total 7\n"
	    "# HELP c_seconds C.\n# TYPE c_seconds gauge\n"
	    "c_seconds{y=\"\"} 1.5\nc_seconds -0.000002\n"
	    "# HELP d_bytes D.\n# TYPE d_bytes gauge\n");
	tell_some(EXPOSITION_OPEN);
	STREQ(buf_text(&out),
	    "# HELP a What\\nit \\\\ is.\n# TYPE a info\n"
	    "a_info{x=\"a\\\"b\\\\c\\nd\xc3\xa4\",y=\"\"} 1\n"
	    "# HELP b B.\n# TYPE b counter\nb_total 7\n"
	    "# HELP c_seconds C.\n# TYPE c_seconds gauge\n"
	    "# UNIT c_seconds seconds\n"
	    "c_seconds{y=\"\"} 1.5\nc_seconds -0.000002\n"
	    "# HELP d_bytes D.\n# TYPE d_bytes gauge\n"
	    "# UNIT d_bytes bytes\n# EOF\n");
}

#define HEALTH "{route=\"health\",verdict=\"none\""

static void
counters(void)
{
	static const int64_t took_us[] = { 250, 251, 900, 2500000, 2500001 };
	struct tally *t = new_tally();
	struct metrics *m = metrics_new(t, route_name, &providers);
	struct exposition x = begin(EXPOSITION_TEXT);
	const char *text;

	for (size_t i = 0; i < ROWS(took_us); i++) {
		const struct access a = { .status = 200,
			.took_us = took_us[i] };

		metrics_request(m, 0, &a);
	}
	exposition_counters(&x, m);
	text = buf_text(&out);
	CHECK(strstr(text, "\ngatehouse_requests_total{route=\"health\","
		"status=\"200\",verdict=\"none\"} 5\n# HELP ") != NULL);
	CHECK(strstr(text, "\ngatehouse_request_seconds_bucket" HEALTH
		",le=\"0.00025\"} 1\n") != NULL);
	CHECK(strstr(text, HEALTH ",le=\"0.001\"} 3\n") != NULL);
	CHECK(strstr(text, HEALTH ",le=\"1.0\"} 3\n") != NULL);
	CHECK(strstr(text, HEALTH ",le=\"2.5\"} 4\n") != NULL);
	CHECK(strstr(text, HEALTH ",le=\"+Inf\"} 5\n"
		"gatehouse_request_seconds_count" HEALTH "} 5\n"
		"gatehouse_request_seconds_sum" HEALTH "} 5.001402\n") != NULL);
	/* what did not happen: by route nothing, else 0 */
	CHECK(strstr(text, "route=\"profile\"") == NULL);
	CHECK(strstr(text, "\ngatehouse_database_wait_seconds_bucket{"
		"le=\"+Inf\"} 0\n") != NULL);
	CHECK(strstr(text, "\ngatehouse_provider_calls_total{provider=\"corp\","
		"outcome=\"failed\"} 0\n") != NULL);
	CHECK(strstr(text, "\ngatehouse_worker_deaths_total 0\n") != NULL);
	metrics_free(&m);
	munmap(t, sizeof(*t));
}

/* As long as a route's name may be. */
static const char *
any_route(int place)
{
	static char names[METRICS_ROUTES_MAX][16];

	if (place == METRICS_ROUTES_MAX)
		return NULL;
	snprintf(names[place], sizeof(names[place]), "fifteen_chars%02d",
	    place);
	return names[place];
}

static const char long_name[] =
    "a-name-of-a-provider-as-long-as-it-may-be-in-a-configuration-64-";

static void
longest(void)
{
	enum { PROVIDERS = 8 };
	static char name[PROVIDERS][sizeof(long_name) + 1];
	struct conf_list all = { .n = PROVIDERS };
	struct tally *t = new_tally();
	struct exposition x = begin(EXPOSITION_OPEN);
	struct metrics *m;
	int lines = 0;

	for (int i = 0; i < PROVIDERS; i++) {
		snprintf(name[i], sizeof(name[i]), "%s%d", long_name, i);
		all.item[i] = name[i];
	}
	m = metrics_new(t, any_route, &all);
	for (int s = 0; s < TALLY_SHARDS; s++)
		for (int i = 0; i < TALLY_CELLS; i++)
			atomic_store(&t->cell[s][i], UINT64_C(1) << 48);
	exposition_counters(&x, m);
	exposition_end(&x);
	CHECK(!out.failed && out.len > 400000 && out.len < EXPOSITION_MAX);
	for (const char *c = buf_text(&out); *c != '\0'; c++)
		lines += *c == '\n';
	/* each set of labels of requests, and its histogram's lines */
	CHECK(lines > 24 * 14 * 6 + 24 * 6 * (METRICS_BUCKETS + 2));
	metrics_free(&m);
	munmap(t, sizeof(*t));
	arena_free(&arena);
}

static const struct tap_case cases[] = {
	{ "OpenMetrics goes to who asks for it, text to all others", formats },
	{ "names, units, escapes and the end, to the byte", bytes },
	{ "buckets are cumulated, and +Inf is the count", counters },
	{ "all that can be at once fits into a worker's memory", longest },
};
TAP_MAIN(cases)
