/* SPDX-License-Identifier: MIT */
/* route/status_page: facts, in tables that a reader can walk. */
#include "tap.h"

#include "base/arena.h"
#include "obs/status.h"
#include "route/reply.h"
#include "route/status_page.h"

#include <string.h>

static struct status_worker workers[] = {
	{ .pid = 11,
	    .state = BOARD_IDLE,
	    .generation = 1,
	    .since_ms = 5,
	    .served = 3,
	    .method = "",
	    .age_ms = 70000 },
	{ .pid = 12,
	    .state = BOARD_BUSY,
	    .generation = 2,
	    .since_ms = 30,
	    .served = 9,
	    .took_us = 420,
	    .method = "GET",
	    .route = "profile",
	    .waits_for = "o<r>y",
	    .waits_ms = 20,
	    .age_ms = 40000 },
	{ .pid = 13,
	    .state = BOARD_BUSY,
	    .generation = 2,
	    .since_ms = 7,
	    .served = 2,
	    .method = "",
	    .age_ms = 8 },
};

static const struct status_board board = {
	.pid = 10,
	.limit = 8,
	.generation = 2,
	.started_ms = 7200000,
	.loaded_ms = 1000,
	.served = 14,
	.slow = 5,
	.full = 6,
	.deaths = 9,
	.waiting = 1,
	.waiting_most = 4,
	.waiting_limit = 128,
	.count = { [BOARD_IDLE] = 1, [BOARD_BUSY] = 2 },
	.n = 3,
	.worker = workers,
};

static const struct status_memory memory = {
	.where = "/run/a-path-nobody-need-know",
	.size = 16 << 20,
	.news_ms = 200,
	.n = 1,
	.provider = { { .name = "o<r>y",
	    .used = true,
	    .good_ms = 50,
	    .count = { [UPSTREAM_CALLS_GOOD] = 6,
		[UPSTREAM_CALLS_LIMITED] = 1,
		[UPSTREAM_HITS] = 4,
		[UPSTREAM_MISSES] = 2 } } },
};

static void
page(void)
{
	static const char *const want[] = {
		"<caption>Workers</caption>",
		("<th scope=\"row\">Workers</th>"
		 "<td>3 of 8: 2 busy, 1 idle, 0 starting</td></tr>"),
		"<th scope=\"row\">All of them busy</th><td>6 times</td></tr>",
		"<th scope=\"row\">Workers that died</th><td>9</td></tr>",
		("<th scope=\"row\">Requests</th>"
		 "<td>14, 5 of them slow</td></tr>"),
		"<th scope=\"row\">11</th><td>leaving</td><td>5 ms</td>",
		("<tr><th scope=\"row\">12</th><td>busy</td><td>30 ms</td>"
		 "<td>GET profile</td><td>o&#60;r&#62;y, 20 ms</td><td>9</td>"
		 "<td>420 us</td><td>40 s</td></tr>"),
		"1 wait; at most 4 did; room for 128",
		"<th scope=\"row\">Runs for</th><td>2 h</td>",
		"<td>open</td><td>50 ms</td><td>6 of 7</td><td>4 of 6</td>",
		"read 200 ms ago: late",
		"href=\"?still\"",
	};
	struct arena *a = arena_new(1 << 20);
	struct reply r;
	const char *text;

	reply_init(&r, a);
	status_page(&r, &board, &memory, "req-1", true);
	text = buf_text(&r.body);
	for (size_t i = 0; i < ROWS(want); i++) {
		tap_row("%s", want[i]);
		CHECK(strstr(text, want[i]) != NULL);
	}
	CHECK(strstr(text, "nobody-need-know") == NULL);
	CHECK(strstr(buf_text(&r.headers), "Refresh: 5\r\n") != NULL);
	reply_init(&r, a);
	status_page(&r, &board, &memory, "req-1", false);
	CHECK(strstr(buf_text(&r.headers), "Refresh") == NULL);
	CHECK(strstr(buf_text(&r.body), "?still") == NULL);
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "tells what workers do, and stands still on demand", page },
};
TAP_MAIN(cases)
