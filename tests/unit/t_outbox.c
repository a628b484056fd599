/* SPDX-License-Identifier: MIT */
/* obs/outbox: first in, first out, and under a full one the oldest go. */
#include "tap.h"

#include "obs/otlp.h"
#include "obs/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1000000, BATCH = OTLP_FRAME_MAX + 4096, BIG = 4000 };

static int
put(struct outbox *o, int number, size_t n, int64_t now)
{
	char record[BIG];
	int len = snprintf(record, sizeof(record), "%08d", number);

	memset(record + len, 'x', sizeof(record) - (size_t)len);
	return outbox_put(o, record, n, now);
}

/* The number of the first record in it. */
static int
first(const struct otlp_batch *b)
{
	char digits[9] = "-1";

	if (b->n > 0)
		memcpy(digits, b->mem + b->head, 8);
	return (int)strtol(digits, NULL, 10);
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
		outbox_take(&o, &b);
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
		lost += put(&o, i, i % 7 == 0 ? BIG : 700, NOW);
		CHECK(o.len <= OUTBOX_SIZE);
		if (!CHECK(o.n + lost == i + 1))
			break;
	}
	CHECK(lost > 3000 && o.len > OUTBOX_SIZE - 2 * OUTBOX_MAKE_ROOM);
	outbox_take(&o, &b);
	INTEQ(first(&b), lost);
	tap_row("%s", "one that is larger than anybody writes");
	{
		static char huge[OUTBOX_MAKE_ROOM];

		INTEQ(outbox_put(&o, huge, sizeof(huge), NOW), 1);
	}
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
	{ "the oldest waits a moment for others, a lot does not wait", due },
};
TAP_MAIN(cases)
