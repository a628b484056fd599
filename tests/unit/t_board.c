/* SPDX-License-Identifier: MIT */
/* shm/board: slots, counts by generation, who waits for whom. */
#include "tap.h"

#include "unit/memory.h"

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

static const struct tap_case cases[] = {
	{ "slots are taken once and given again", slots },
	{ "workers are counted by what they do and by generation", counts },
	{ "requests served outlive the worker until its line is reused",
	    served },
	{ "waits are counted per provider, a dead worker's are not", waits },
};
TAP_MAIN(cases)
