/* SPDX-License-Identifier: MIT */
/* obs/courier against collectors that take, refuse, and are not there. */
#include "tap.h"

#include "base/clock.h"
#include "obs/courier.h"
#include "obs/metrics.h"
#include "unit/recorded.h"
#include "unit/stub.h"
#include "unit/tallied.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LONG_MS = 10 * 1000 };

static struct stub *stub;
static struct metrics *metrics;
static struct courier *courier;
static char url[200];

static void
set_up(const char *base)
{
	stub = stub_start();
	metrics = metrics_new(new_tally(), route_name, &providers);
	snprintf(url, sizeof(url), "%s/v1/traces",
	    base == NULL ? stub_url(stub) : base);
	courier = courier_new(url, metrics);
}

static void
tear_down(void)
{
	courier_free(&courier);
	CHECK(courier == NULL);
	metrics_free(&metrics);
	stub_stop(&stub);
}

static uint64_t
counted(enum metric_trace outcome)
{
	return metrics_value(metrics, METRIC_TRACES, METRIC_AT((int)outcome));
}

/* n records that have waited long enough. */
static void
put(int n)
{
	int64_t now = clock_mono_ms() - LONG_MS;
	unsigned char record[RECORD_MAX];
	size_t size = recorded_make("a", 0, record);

	for (int i = 0; i < n; i++)
		courier_put(courier, record, size, now);
}

/* Until `outcome` has happened so often, or too much time has passed. */
static bool
until(enum metric_trace outcome, uint64_t times)
{
	int64_t end = clock_mono_ms() + LONG_MS;

	while (counted(outcome) < times && clock_mono_ms() < end)
		courier_wait(courier, NULL, 0, 20);
	return counted(outcome) == times;
}

static void
takes(void)
{
	const char *sent;

	set_up(NULL);
	CHECK(courier_is_done(courier));
	for (int i = 1; i <= 3; i++) {
		put(2);
		CHECK(!courier_is_done(courier));
		CHECK(until(METRIC_TRACE_SENT, 2 * (uint64_t)i));
		CHECK(courier_is_done(courier));
	}
	INTEQ(stub_requests(stub, "/"), 3);
	INTEQ(stub_connections(stub), 1);
	sent = stub_latest(stub);
	CHECK(strncmp(sent, "POST /v1/traces HTTP/1.1\r\n", 26) == 0);
	CHECK(strstr(sent, "\r\nContent-Type: application/json\r\n") != NULL);
	CHECK(strstr(sent, "\r\nExpect:") == NULL);
	tear_down();
}

static void
rejects(void)
{
	set_up(NULL);
	stub_json(stub, "/", 200, "",
	    "{\"partialSuccess\":{\"rejectedSpans\":\"3\"}}");
	put(5);
	CHECK(until(METRIC_TRACE_SENT, 5));
	INTEQ(metrics_value(metrics, METRIC_SPANS_REJECTED, METRIC_AT(0)), 3);
	tear_down();
}

static void
refuses(void)
{
	static const int statuses[] = { 302, 400, 404, 500 };
	uint64_t n = 0;

	set_up(NULL);
	for (size_t i = 0; i < ROWS(statuses); i++) {
		tap_row("%d", statuses[i]);
		stub_json(stub, "/", statuses[i],
		    statuses[i] == 302 ? "Location: /elsewhere\r\n" : "", "no");
		put(2);
		CHECK(until(METRIC_TRACE_REFUSED, n += 2));
		CHECK(courier_is_done(courier));
	}
	INTEQ(stub_requests(stub, "/"), ROWS(statuses));
	tear_down();
}

/* The same batch comes again, after the pause that is asked for. */
static void
tries_again(void)
{
	int64_t began = clock_mono_ms();

	set_up(NULL);
	stub_once(stub, "/", 429, "Retry-After: 1\r\n", "");
	put(2);
	CHECK(until(METRIC_TRACE_SENT, 2));
	INTEQ(stub_requests(stub, "/"), 2);
	CHECK(clock_mono_ms() - began >= 1000);
	INTEQ(counted(METRIC_TRACE_DROPPED), 0);
	tear_down();
}

/* Longer than a batch is kept: that one is lost, and still nobody is asked. */
static void
waits(void)
{
	set_up(NULL);
	stub_json(stub, "/", 503, "Retry-After: 300\r\n", "");
	put(1);
	CHECK(until(METRIC_TRACE_DROPPED, 1));
	for (int i = 0; i < 5; i++) {
		put(1);
		courier_wait(courier, NULL, 0, 20);
	}
	INTEQ(stub_requests(stub, "/"), 1);
	INTEQ(counted(METRIC_TRACE_DROPPED), 1);
	tear_down();
}

static void
away(void)
{
	set_up(stub_nobody());
	put(3);
	for (int i = 0; i < 5; i++)
		courier_wait(courier, NULL, 0, 10);
	CHECK(!courier_is_done(courier));
	INTEQ(counted(METRIC_TRACE_DROPPED), 0);
	tap_row("%s", "more than there is room for");
	put(100 * 1000);
	CHECK(counted(METRIC_TRACE_DROPPED) > 10 * 1000);
	CHECK(counted(METRIC_TRACE_DROPPED) < 90 * 1000);
	tap_row("%s", "the end");
	courier_hurry(courier);
	CHECK(until(METRIC_TRACE_DROPPED, 100 * 1000 + 3));
	CHECK(courier_is_done(courier));
	tear_down();
}

static void
left_behind(void)
{
	set_up(NULL);
	put(7);
	courier_free(&courier);
	INTEQ(counted(METRIC_TRACE_DROPPED), 7);
	tear_down();
}

/* A silent collector holds nobody up who is waited for beside it. */
static void
hears_others(void)
{
	int ends[2];
	int64_t began;

	set_up(NULL);
	stub_raw(stub, "/", STUB_HANG, "");
	INTEQ(pipe(ends), 0);
	put(1);
	courier_wait(courier, ends, 1, 10);
	for (int hung_up = 0; hung_up < 2; hung_up++) {
		tap_row(hung_up ? "the end" : "a byte");
		began = clock_mono_ms();
		if (hung_up)
			close(ends[1]);
		else
			CHECK(write(ends[1], "", 1) == 1);
		courier_wait(courier, ends, 1, LONG_MS);
		courier_wait(courier, ends, 1, LONG_MS);
		CHECK(clock_mono_ms() - began < COURIER_TIMEOUT_MS);
		if (!hung_up)
			CHECK(read(ends[0], url, sizeof(url)) == 1);
	}
	close(ends[0]);
	tear_down();
}

static const struct tap_case cases[] = {
	{ "batches go by POST over one connection", takes },
	{ "what a collector leaves out of a batch is counted", rejects },
	{ "what is refused is not sent again, nor somewhere else", refuses },
	{ "a busy collector is asked again when it said", tries_again },
	{ "a busy collector is left alone as long as it said", waits },
	{ "while nobody is there, what waits has a ceiling", away },
	{ "what is left at the end is counted as dropped", left_behind },
	{ "while an answer is waited for, others are heard", hears_others },
};
TAP_MAIN(cases)
