/* SPDX-License-Identifier: MIT */
/* cmd/status_print, status_json: what is shown of a status. */
#include "tap.h"

#include "base/arena.h"
#include "base/err.h"
#include "cmd/status_look.h"
#include "cmd/status_print.h"
#include "conf/conf.h"
#include "io/js.h"

#include <stdlib.h>
#include <string.h>

static const struct conf conf = { .file = "/etc/gatehouse.conf" };

static struct status_worker workers[] = {
	{ .pid = 11,
	    .state = BOARD_IDLE,
	    .generation = 2,
	    .since_ms = 999,
	    .age_ms = 99 * 60000,
	    .served = 7,
	    .took_us = 850,
	    .method = "" },
	{ .pid = 12,
	    .state = BOARD_BUSY,
	    .generation = 2,
	    .since_ms = 150 * 1000,
	    .age_ms = 47 * 3600000,
	    .served = 8,
	    .took_us = 12345,
	    .method = "POST",
	    .route = "preferences",
	    .waits_for = "ory",
	    .waits_ms = 1500 },
	{ .pid = 13,
	    .state = BOARD_STARTING,
	    .generation = 2,
	    .since_ms = -1,
	    .age_ms = -1,
	    .method = "" },
	{ .pid = 14,
	    .state = BOARD_BUSY,
	    .generation = 1,
	    .since_ms = 1,
	    .age_ms = 1,
	    .method = "GET" },
};

static struct status_memory memory = {
	.where = "/run/x/gatehouse.2.0",
	.size = 16 << 20,
	.slots = { 5, 50, 200 },
	.revoked = 3,
	.lost = 12,
	.news_ms = 400,
	.fresh = true,
	.n = 2,
	.provider = {
		{ .name = "ory", .used = true, .gate = STATUS_PAUSED,
		    .closed_ms = 7000, .good_ms = 90 * 60 * 1000,
		    .took_ms = 12, .failures = 2,
		    .count = { [UPSTREAM_HITS] = 41,
			[UPSTREAM_REVOKED] = 4 } },
		{ .name = "corp" },
	},
};

static struct status
full(void)
{
	return (struct status){
		.conf = &conf,
		.n = 2,
		.board = {
			{ .pid = 10, .limit = 8, .n = 4, .worker = workers,
			    .generation = 2, .started_ms = 7200000,
			    .loaded_ms = 90000, .served = 1000, .slow = 3,
			    .deaths = 1, .full = 2, .waiting = 5,
			    .waiting_most = 17, .waiting_limit = 1024,
			    .count = { [BOARD_BUSY] = 2, [BOARD_IDLE] = 1,
				[BOARD_STARTING] = 1 } },
			{ .pid = 11, .limit = 1, .n = 1, .single = true,
			    .served = 7, .waiting = -1, .waiting_most = -1,
			    .waiting_limit = -1, .worker = workers },
		},
		.memory = &memory,
		.database = "PostgreSQL 15.6",
		.migrations = "all applied",
		.database_good = true,
	};
}

/* What is printed; the caller frees it. */
static char *
printed(const struct status *s, struct arena *a)
{
	char *said = NULL;
	size_t n;
	FILE *out = open_memstream(&said, &n);

	if (a == NULL)
		status_print(s, out);
	else
		INTEQ(status_print_json(s, a, out), 0);
	fclose(out);
	return said;
}

static void
people(void)
{
	static const char *const want[] = {
		"service      supervisor 10 for 2 h, configuration 2 loaded "
		"90 s ago\n",
		"workers      4, at most 8: 2 busy, 1 idle, 1 starting, all "
		"were busy 2 times,\n             1 died\n",
		"requests     1000 begun, 3 slow\n",
		"queue        5 connections wait, at most 17 did, room for "
		"1024\n",
		"    pid  state      since     age    served    last  serves",
		"     11  idle      999 ms  99 min         7  850 us\n",
		"     12  busy       2 min    47 h         8   12 ms"
		"  POST preferences, ory 1 s\n",
		"     13  starting       -       -         0       -\n",
		"     14  leaving     1 ms    1 ms         0       -"
		"  GET (no route)\n",
		"service      1 single process\nrequests     7 begun, 0 slow\n"
		"queue        the kernel does not tell\n",
		"cache        /run/x/gatehouse.2.0, 16 MiB: 5 entries, 25 % ",
		"revocations  3 known, read 400 ms ago\n"
		"             12 had no room and were forgotten: raise "
		"cache.size\n",
		"provider     ory: paused for 7 s, 2 failures since the last "
		"good answer,\n             answered well 90 min ago in 12 "
		"ms\n"
		"             hits 41, misses 0, joined 0, stale 0\n"
		"             calls good 0, ",
		"revoked 4\n",
		"provider     corp: not used yet\n",
		"database     PostgreSQL 15.6\n",
		"migrations   all applied\n",
	};
	struct status s = full();
	char *said = printed(&s, NULL);

	for (size_t i = 0; i < ROWS(want); i++) {
		tap_row("%s", want[i]);
		CHECK(strstr(said, want[i]) != NULL);
	}
	for (char *line = strtok(said, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		tap_row("%s", line);
		CHECK(strlen(line) <= 80);
	}
	free(said);
}

static void
lateness(void)
{
	static const struct {
		int64_t ms;
		bool fresh;
		const char *says;
	} t[] = {
		{ -1, false, "3 known, never read\n" },
		{ 0, true, "3 known, read 0 ms ago\n" },
		{ 119999, true, "3 known, read 119 s ago\n" },
		{ 200 * INT64_C(3600000), false,
		    "3 known, read 8 d ago: LATE\n" },
	};
	struct status_memory m = memory;
	struct status s = full();

	s.memory = &m;
	for (size_t i = 0; i < ROWS(t); i++) {
		char *said;

		m.news_ms = t[i].ms;
		m.fresh = t[i].fresh;
		m.lost = 0;
		said = printed(&s, NULL);
		tap_row("%s", t[i].says);
		CHECK(strstr(said, t[i].says) != NULL);
		CHECK(strstr(said, "cache.size") == NULL);
		free(said);
	}
}

static void
scripts(void)
{
	struct arena *a = arena_new(1 << 20);
	struct status s = full();
	char *said = printed(&s, a);
	struct err e = { 0 };
	struct json_object *doc = js_parse(said, strlen(said), &e);
	struct js_value first = js_item(doc, "processes", 0), single, worker;

	STREQ(e.text, "");
	INTEQ(js_get(first.object, "pid").num, 10);
	STREQ(js_get(first.object, "kind").str, "supervisor");
	CHECK(js_get(first.object, "memory").kind == JS_NULL);
	INTEQ(js_get(first.object, "queue.most").num, 17);
	INTEQ(js_get(first.object, "deaths").num, 1);
	single = js_item(doc, "processes", 1);
	CHECK(js_get(single.object, "queue.limit").kind == JS_NULL);
	worker = js_item(first.object, "workers", 1);
	STREQ(js_get(worker.object, "waits_for").str, "ory");
	INTEQ(js_get(worker.object, "waits_ms").num, 1500);
	STREQ(js_get(worker.object, "route").str, "preferences");
	STREQ(js_get(worker.object, "method").str, "POST");
	INTEQ(js_get(worker.object, "took_us").num, 12345);
	worker = js_item(first.object, "workers", 2);
	CHECK(js_get(worker.object, "since_ms").kind == JS_NULL);
	STREQ(js_get(doc, "memory.file").str, "/run/x/gatehouse.2.0");
	INTEQ(js_get(doc, "memory.revoked_lost").num, 12);
	first = js_item(doc, "memory.providers", 0);
	INTEQ(js_get(first.object, "hits").num, 41);
	STREQ(js_get(first.object, "gate").str, "paused");
	first = js_item(doc, "memory.providers", 1);
	CHECK(js_get(first.object, "gate").kind == JS_ABSENT);
	CHECK(js_get(doc, "database.good").flag);
	js_free(&doc);
	free(said);
	arena_free(&a);
}

static void
nothing(void)
{
	struct status s = { .conf = &conf };
	struct arena *a = arena_new(1 << 20);
	char *said = printed(&s, NULL), *json = printed(&s, a);

	CHECK(strstr(said, "/etc/gatehouse.conf runs here") != NULL);
	CHECK(strstr(json, "{\"processes\":[],\"memory\":null") == json);
	free(said);
	free(json);
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "people read aligned lines", people },
	{ "revocations that were not read in time stand out", lateness },
	{ "scripts read one JSON object", scripts },
	{ "nothing runs", nothing },
};
TAP_MAIN(cases)
