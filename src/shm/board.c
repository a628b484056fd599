/* SPDX-License-Identifier: MIT */
/* Plain atomics: each field has one writer, readers want a rough picture. */
#include "shm/board.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct board_slot) == 64, "a cache line a worker");

static const char *const methods[] = { "", "GET", "HEAD", "POST", "OPTIONS",
	"PUT", "PATCH", "DELETE" };
enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

int
board_take(struct board *b, int generation)
{
	int64_t now = clock_mono_ms();

	for (int i = 0; i < BOARD_SLOTS; i++) {
		struct board_slot *s = &b->slot[i];

		if (atomic_load(&s->state) != BOARD_FREE)
			continue;
		atomic_store(&s->pid, 0);
		atomic_store(&s->served, 0);
		atomic_store(&s->waits_for, 0);
		atomic_store(&s->route, 0);
		atomic_store(&s->method, 0);
		atomic_store(&s->took_us, 0);
		atomic_store(&s->born_ms, now);
		atomic_store(&s->since_ms, now);
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
	atomic_fetch_add(&b->gone, atomic_load(&b->slot[slot].served));
	atomic_store(&b->slot[slot].state, BOARD_FREE);
}

void
board_begin(struct board *b, int generation, int64_t now)
{
	if (atomic_load(&b->started_ms) == 0)
		atomic_store(&b->started_ms, now);
	atomic_store(&b->loaded_ms, now);
	atomic_store(&b->generation, generation);
}

void
board_name_route(struct board *b, int place, const char *name)
{
	if (place >= 0 && place < BOARD_ROUTES)
		snprintf(b->route[place], BOARD_NAME_SIZE, "%s", name);
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

void
board_route(const struct board *b, int place, char name[BOARD_NAME_SIZE])
{
	int n = 0;

	if (place >= 0 && place < BOARD_ROUTES)
		for (const char *from = b->route[place];
		     n < BOARD_NAME_SIZE - 1 && is_plain(from[n]); n++)
			name[n] = from[n];
	name[n] = '\0';
}

int
board_method(const char *name)
{
	for (int i = 1; i < METHODS; i++)
		if (strcmp(methods[i], name) == 0)
			return i;
	return 0;
}

const char *
board_method_name(int method)
{
	return methods[method > 0 && method < METHODS ? method : 0];
}

void
board_request(struct board *b, int slot, int place, const char *method)
{
	struct board_slot *s = &b->slot[slot];

	atomic_store_explicit(&s->method, board_method(method),
	    memory_order_relaxed);
	atomic_store_explicit(&s->route, place + 1, memory_order_relaxed);
}

void
board_answered(struct board *b, int slot, int64_t us, bool slow)
{
	struct board_slot *s = &b->slot[slot];

	atomic_store_explicit(&s->took_us, us, memory_order_relaxed);
	atomic_store_explicit(&s->route, 0, memory_order_relaxed);
	atomic_store_explicit(&s->method, 0, memory_order_relaxed);
	if (slow)
		atomic_fetch_add_explicit(&b->slow, 1, memory_order_relaxed);
}

void
board_see_waiting(struct board *b, int n, int limit)
{
	if (n < 0 || limit <= 0) {
		atomic_store(&b->waiting_limit, 0);
		return;
	}
	atomic_store(&b->waiting, n);
	if (n > atomic_load(&b->waiting_most))
		atomic_store(&b->waiting_most, n);
	atomic_store(&b->waiting_limit, limit);
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

int
board_used(const struct board *b)
{
	int used = atomic_load(&b->used);

	return used < 0 ? 0 : used > BOARD_SLOTS ? BOARD_SLOTS : used;
}

int64_t
board_served(const struct board *b)
{
	int64_t sum = atomic_load(&b->gone);
	int used = board_used(b);

	for (int i = 0; i < used; i++)
		if (atomic_load(&b->slot[i].state) != BOARD_FREE)
			sum += atomic_load_explicit(&b->slot[i].served,
			    memory_order_relaxed);
	return sum;
}

struct board_count
board_count(const struct board *b, int generation)
{
	struct board_count c = { 0 };
	int used = board_used(b);

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
	int used = board_used(b);

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
