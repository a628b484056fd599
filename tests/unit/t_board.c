/* SPDX-License-Identifier: MIT */
/* shm/board: slots, counts by generation, who waits for whom. */
#include "tap.h"

#include "unit/memory.h"

#include <string.h>

static void
slots(void)
{
	struct board *b = memory_new()->board;

	for (int i = 0; i < BOARD_SLOTS; i++)
		if (board_take(b, 1) != i)
			CHECK(!"slots are given in order");
	INTEQ(board_take(b, 1), -1);
	board_release(b, 7);
	board_release(b, 3);
	INTEQ(board_take(b, 2), 3);
	INTEQ(board_take(b, 2), 7);
	INTEQ(board_take(b, 2), -1);
}

static void
counts(void)
{
	struct board *b = memory_new()->board;
	struct board_count c;
	int old = board_take(b, 1), first = board_take(b, 2);
	int second = board_take(b, 2), third = board_take(b, 2);

	board_set(b, old, BOARD_BUSY, 5);
	board_set(b, first, BOARD_BUSY, 5);
	board_set(b, second, BOARD_IDLE, 6);
	c = board_count(b, 2);
	INTEQ(c.busy, 1);
	INTEQ(c.idle, 1);
	INTEQ(c.starting, 1);
	INTEQ(board_count(b, 1).busy, 1);
	INTEQ(board_count(b, 3).busy, 0);
	board_release(b, third);
	INTEQ(board_count(b, 2).starting, 0);
	INTEQ(b->slot[second].since_ms, 6);
}

static void
served(void)
{
	struct board *b = memory_new()->board;
	int slot = board_take(b, 1);

	for (int i = 0; i < 3; i++) {
		board_set(b, slot, BOARD_BUSY, i);
		board_set(b, slot, BOARD_IDLE, i);
	}
	INTEQ(b->slot[slot].served, 3);
	board_release(b, slot);
	INTEQ(b->slot[slot].served, 3); /* the supervisor reads it after */
	INTEQ(board_take(b, 1), slot);
	INTEQ(b->slot[slot].served, 0);
}

static void
waits(void)
{
	struct board *b = memory_new()->board;
	struct board_waits w;
	int s[3];

	for (int i = 0; i < 3; i++) {
		s[i] = board_take(b, 1);
		board_set(b, s[i], BOARD_BUSY, 0);
	}
	w = board_waits(b, 0, 1000);
	INTEQ(w.n, 0);
	INTEQ(w.oldest_ms, 1000);
	board_wait_begin(b, s[0], 0, 700);
	board_wait_begin(b, s[1], 0, 600);
	board_wait_begin(b, s[2], 1, 100);
	w = board_waits(b, 0, 1000);
	INTEQ(w.n, 2);
	INTEQ(w.oldest_ms, 600);
	board_wait_end(b, s[1]);
	INTEQ(board_waits(b, 0, 1000).n, 1);
	/* killed while it waited: reaped, it no longer counts */
	board_release(b, s[0]);
	INTEQ(board_waits(b, 0, 1000).n, 0);
	INTEQ(board_waits(b, 1, 1000).n, 1);
}

static void
work(void)
{
	struct board *b = memory_new()->board;
	int slot = board_take(b, 1), other = board_take(b, 1);
	struct board_slot *s = &b->slot[slot];
	char name[BOARD_NAME_SIZE];

	board_name_route(b, 2, "profile");
	board_name_route(b, BOARD_ROUTES - 1, "a name beyond its room");
	board_name_route(b, BOARD_ROUTES, "beyond");
	CHECK(s->born_ms > 0 && s->since_ms == s->born_ms);
	board_set(b, slot, BOARD_BUSY, 1);
	board_request(b, slot, 2, "HEAD");
	board_route(b, s->route - 1, name);
	STREQ(name, "profile");
	STREQ(board_method_name(s->method), "HEAD");
	board_answered(b, slot, 1500, false);
	board_set(b, slot, BOARD_IDLE, 2);
	INTEQ(s->took_us, 1500);
	INTEQ(s->route, 0);
	INTEQ(b->slow, 0);
	board_request(b, slot, -1, "PROPFIND");
	INTEQ(s->route, 0);
	STREQ(board_method_name(s->method), "");
	board_answered(b, slot, 1, true);
	INTEQ(b->slow, 1);
	for (int i = 0; i < 4; i++)
		board_set(b, other, BOARD_BUSY, 1);
	INTEQ(board_served(b), 5);
	board_release(b, other);
	INTEQ(board_served(b), 5);
	INTEQ(board_take(b, 1), other);
	INTEQ(board_served(b), 5);
}

/* As another program may have left it, and as a stranger would. */
static void
guesses(void)
{
	struct board *b = memory_new()->board;
	char name[BOARD_NAME_SIZE] = "x";

	board_route(b, -1, name);
	STREQ(name, "");
	board_route(b, BOARD_ROUTES, name);
	STREQ(name, "");
	memset(b->route[3], 'x', BOARD_NAME_SIZE);
	board_route(b, 3, name);
	INTEQ(strlen(name), BOARD_NAME_SIZE - 1);
	memcpy(b->route[3], "ab\x1b[31m", 8);
	board_route(b, 3, name);
	STREQ(name, "ab");
	STREQ(board_method_name(-1), "");
	STREQ(board_method_name(99), "");
}

static void
times(void)
{
	struct board *b = memory_new()->board;

	board_begin(b, 1, 100);
	board_begin(b, 2, 200);
	INTEQ(b->started_ms, 100);
	INTEQ(b->loaded_ms, 200);
	INTEQ(b->generation, 2);
	board_see_waiting(b, 4, 10);
	board_see_waiting(b, 3, 10);
	INTEQ(b->waiting, 3);
	INTEQ(b->waiting_most, 4);
	board_see_waiting(b, -1, 10);
	INTEQ(b->waiting_limit, 0);
}

static const struct tap_case cases[] = {
	{ "slots are taken once and given again", slots },
	{ "workers are counted by what they do and by generation", counts },
	{ "requests served outlive the worker until its line is reused",
	    served },
	{ "what a worker serves, and how long the last one took", work },
	{ "a board of somebody else's is read without harm", guesses },
	{ "the service's times, and the most that ever waited", times },
	{ "waits are counted per provider, a dead worker's are not", waits },
};
TAP_MAIN(cases)
