/* SPDX-License-Identifier: MIT */
/* Plain atomics: each field has one writer, readers want a rough picture. */
#include "shm/board.h"

int
board_take(struct board *b, int generation)
{
	for (int i = 0; i < BOARD_SLOTS; i++) {
		struct board_slot *s = &b->slot[i];

		if (atomic_load(&s->state) != BOARD_FREE)
			continue;
		atomic_store(&s->pid, 0);
		atomic_store(&s->served, 0);
		atomic_store(&s->waits_for, 0);
		atomic_store(&s->generation, generation);
		atomic_store(&s->state, BOARD_STARTING);
		if (i >= atomic_load(&b->used))
			atomic_store(&b->used, i + 1);
		return i;
	}
	return -1;
}

void
board_release(struct board *b, int slot)
{
	atomic_store(&b->slot[slot].waits_for, 0);
	atomic_store(&b->slot[slot].state, BOARD_FREE);
}

void
board_set(struct board *b, int slot, enum board_state state, int64_t now)
{
	struct board_slot *s = &b->slot[slot];

	if (state == BOARD_BUSY)
		atomic_store_explicit(&s->served,
		    atomic_load_explicit(&s->served, memory_order_relaxed) + 1,
		    memory_order_relaxed);
	atomic_store_explicit(&s->since_ms, now, memory_order_relaxed);
	atomic_store_explicit(&s->state, state, memory_order_release);
}

/* Of strangers' boards, too. */
static int
used_of(const struct board *b)
{
	int used = atomic_load(&b->used);

	return used < 0 ? 0 : used > BOARD_SLOTS ? BOARD_SLOTS : used;
}

struct board_count
board_count(const struct board *b, int generation)
{
	struct board_count c = { 0 };
	int used = used_of(b);

	for (int i = 0; i < used; i++) {
		const struct board_slot *s = &b->slot[i];
		int state =
		    atomic_load_explicit(&s->state, memory_order_acquire);

		if (state == BOARD_FREE ||
		    atomic_load(&s->generation) != generation)
			continue;
		c.starting += state == BOARD_STARTING;
		c.idle += state == BOARD_IDLE;
		c.busy += state == BOARD_BUSY;
	}
	return c;
}

struct board_waits
board_waits(const struct board *b, int p, int64_t now)
{
	struct board_waits w = { .oldest_ms = now };
	int used = used_of(b);

	for (int i = 0; i < used; i++) {
		const struct board_slot *s = &b->slot[i];

		if (atomic_load(&s->state) == BOARD_FREE ||
		    atomic_load(&s->waits_for) != p + 1)
			continue;
		w.n++;
		if (atomic_load(&s->wait_since_ms) < w.oldest_ms)
			w.oldest_ms = atomic_load(&s->wait_since_ms);
	}
	return w;
}

void
board_wait_begin(struct board *b, int slot, int p, int64_t now)
{
	struct board_slot *s = &b->slot[slot];

	atomic_store_explicit(&s->wait_since_ms, now, memory_order_relaxed);
	atomic_store_explicit(&s->waits_for, p + 1, memory_order_release);
}

void
board_wait_end(struct board *b, int slot)
{
	atomic_store_explicit(&b->slot[slot].waits_for, 0,
	    memory_order_relaxed);
}
