/* SPDX-License-Identifier: MIT */
/* obs/outbox: first in, first out, and under a full one the oldest go. */
#include "tap.h"

#include "obs/otlp.h"
#include "obs/outbox.h"
#include "unit/recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1000000, BATCH = OTLP_FRAME_MAX + 8192, BIG = 900 };

/* One whose name is its number, with n bytes more. */
static int
put(struct outbox *o, int number, size_t n, int64_t now)
{
	unsigned char record[RECORD_MAX];
	char name[16];

	snprintf(name, sizeof(name), "%08d", number);
	return outbox_put(o, record, recorded_make(name, n, record), now);
}

/* The number of the first record in it. */
static int
first(const struct otlp_batch *b)
{
	static const char before[] = "\"name\":\"GET ";
	const char *at = b->n == 0 ? NULL : strstr(b->mem + b->head, before);

	return at == NULL ? -1 : (int)strtol(at + sizeof(before) - 1, NULL, 10);
}

static void
in_turn(void)
{
	struct outbox o = { 0 };
	struct otlp_batch b = { 0 };

	INTEQ(outbox_open(&o) | otlp_open(&b, BATCH), 0);
	for (int i = 0; i < 10; i++)
		INTEQ(put(&o, i, 900, NOW + i), 0);
	for (int i = 0; i < 10; i += b.n) {
		otlp_clear(&b);
		INTEQ(outbox_take(&o, &b), 0);
		tap_row("from %d", i);
		INTEQ(first(&b), i);
		CHECK(b.n >= 4 || i + b.n == 10);
		INTEQ(o.n, 10 - i - b.n);
	}
	INTEQ(o.len, 0);
	otlp_clear(&b);
	outbox_take(&o, &b);
	INTEQ(b.n, 0);
	outbox_close(&o);
	otlp_close(&b);
}

static void
full(void)
{
	struct outbox o = { 0 };
	struct otlp_batch b = { 0 };
	int lost = 0, i;

	INTEQ(outbox_open(&o) | otlp_open(&b, BATCH), 0);
	for (i = 0; i < 5000; i++) {
		lost += put(&o, i, i % 7 == 0 ? BIG : 300, NOW);
		CHECK(o.len <= OUTBOX_SIZE);
		if (!CHECK(o.n + lost == i + 1))
			break;
	}
	CHECK(lost > 1500 && o.len > OUTBOX_SIZE - 2 * OUTBOX_MAKE_ROOM);
	outbox_take(&o, &b);
	INTEQ(first(&b), lost);
	tap_row("%s", "what is none");
	INTEQ(outbox_put(&o, (const unsigned char *)"x", 1, NOW), 1);
	outbox_close(&o);
	otlp_close(&b);
}

/* One that only its reader finds out about holds up no other. */
static void
nonsense(void)
{
	unsigned char record[RECORD_MAX];
	size_t n = recorded_make("a", 0, record);
	struct outbox o = { 0 };
	struct otlp_batch b = { 0 };

	INTEQ(outbox_open(&o) | otlp_open(&b, BATCH), 0);
	record[sizeof(struct record_head) + 16] = 5; /* its own parent */
	INTEQ(outbox_put(&o, record, n, NOW), 0);
	put(&o, 1, 10, NOW);
	INTEQ(outbox_take(&o, &b), 1);
	INTEQ(b.n, 1);
	INTEQ(first(&b), 1);
	INTEQ(o.n, 0);
	outbox_close(&o);
	otlp_close(&b);
}

static void
due(void)
{
	struct outbox o = { 0 };
	struct otlp_batch b = { 0 };

	INTEQ(outbox_open(&o) | otlp_open(&b, BATCH), 0);
	INTEQ(outbox_due_ms(&o, NOW), -1);
	put(&o, 0, 900, NOW);
	put(&o, 1, 900, NOW + 100);
	INTEQ(outbox_due_ms(&o, NOW), OUTBOX_GATHER_MS);
	INTEQ(outbox_due_ms(&o, NOW + 200), OUTBOX_GATHER_MS - 200);
	INTEQ(outbox_due_ms(&o, NOW + OUTBOX_GATHER_MS), 0);
	INTEQ(outbox_due_ms(&o, NOW + 9 * OUTBOX_GATHER_MS), 0);
	outbox_take(&o, &b);
	INTEQ(outbox_due_ms(&o, NOW), -1);
	put(&o, 2, 900, NOW + 7000);
	INTEQ(outbox_due_ms(&o, NOW + 7000), OUTBOX_GATHER_MS);
	while (o.len < OUTBOX_FULL)
		put(&o, 3, BIG, NOW + 7000);
	INTEQ(outbox_due_ms(&o, NOW + 7000), 0);
	outbox_close(&o);
	otlp_close(&b);
}

static const struct tap_case cases[] = {
	{ "records go in the order they came, as many as fit", in_turn },
	{ "a full one loses its oldest, and says how many", full },
	{ "what makes no sense is left out, and counted", nonsense },
	{ "the oldest waits a moment for others, a lot does not wait", due },
};
TAP_MAIN(cases)
