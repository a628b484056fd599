/* SPDX-License-Identifier: MIT */
/* Records in one piece of memory; the oldest stand in front. */
#include "obs/outbox.h"

#include "obs/otlp.h"
#include "obs/record.h"

#include <stdlib.h>
#include <string.h>

int
outbox_open(struct outbox *o)
{
	*o = (struct outbox){ .mem = malloc(OUTBOX_SIZE) };
	return o->mem == NULL ? -1 : 0;
}

void
outbox_close(struct outbox *o)
{
	free(o->mem);
	*o = (struct outbox){ 0 };
}

/* The first n bytes go, which are `records` whole ones. */
static void
remove_front(struct outbox *o, size_t n, int records)
{
	memmove(o->mem, o->mem + n, o->len - n);
	o->len -= n;
	o->n -= records;
}

static int
push_out(struct outbox *o)
{
	size_t at = 0;
	int records = 0;

	for (; at < o->len && at < OUTBOX_MAKE_ROOM; records++)
		at += record_size(o->mem + at, o->len - at);
	remove_front(o, at, records);
	return records;
}

int
outbox_put(struct outbox *o, const unsigned char *record, size_t n, int64_t now)
{
	int lost = 0;

	if (record_size(record, n) != n)
		return 1;
	if (n > OUTBOX_SIZE - o->len)
		lost = push_out(o);
	if (o->n == 0)
		o->since_ms = now;
	memcpy(o->mem + o->len, record, n);
	o->len += n;
	o->n++;
	return lost;
}

int
outbox_take(struct outbox *o, struct otlp_batch *b)
{
	size_t at = 0;
	int records = 0, lost = 0;

	for (; at < o->len; records++) {
		size_t n = record_size(o->mem + at, o->len - at);

		if (!otlp_add(b, o->mem + at, n)) {
			if (b->n > 0)
				break;
			lost++;
		}
		at += n;
	}
	remove_front(o, at, records);
	return lost;
}

int
outbox_due_ms(const struct outbox *o, int64_t now)
{
	int64_t left = o->since_ms + OUTBOX_GATHER_MS - now;

	if (o->n == 0)
		return -1;
	return o->len >= OUTBOX_FULL || left < 0 ? 0 : (int)left;
}
