/* SPDX-License-Identifier: MIT */
/* obs/record: what went in comes out, and nothing comes out of junk. */
#include "tap.h"

#include "unit/recorded.h"

#include <stdlib.h>
#include <string.h>

static bool
is(struct record_text text, const char *expected)
{
	return text.n == strlen(expected) &&
	       memcmp(text.data, expected, text.n) == 0;
}

static void
whole(void)
{
	unsigned char data[RECORD_MAX];
	struct record_note note;
	struct record_span span;
	struct record r;
	struct spans s;
	size_t n;
	int call;

	recorded_begin(&s);
	call = span_begin(&s, SPAN_CLIENT, "ory", "whoami");
	span_note_part(&s, call, SPAN_SERVER_ADDRESS, "example.com/path", 11);
	span_note_number(&s, call, SPAN_HTTP_STATUS, -503);
	span_note(&s, call, SPAN_RULE, "");
	span_fail(&s, call, "timeout");
	span_end(&s, 0);
	s.missed = 3;
	n = record_pack(&s, 0xdead, -7, data);
	INTEQ(record_size(data, sizeof(data)), n);
	CHECK(record_open(&r, data, n));
	INTEQ(r.head.parent, 0xdead);
	INTEQ(r.head.first_id, 0xab00);
	INTEQ(r.head.wall_us, -7);
	INTEQ(r.head.missed, 3);
	INTEQ(r.head.n, 2);
	CHECK(memcmp(r.head.trace, s.trace, sizeof(r.head.trace)) == 0);
	CHECK(record_span(&r, &span));
	INTEQ(span.parent, -1);
	CHECK(is(span.of, "GET") && is(span.name, "/user/profile"));
	INTEQ(span.error.n, 0);
	CHECK(!record_note(&r, &note));
	CHECK(record_span(&r, &span));
	INTEQ(span.place, 1);
	INTEQ(span.parent, 0);
	INTEQ(span.kind, SPAN_CLIENT);
	INTEQ(span.begun_us, s.list[1].begun_us);
	INTEQ(span.ended_us, s.list[1].ended_us);
	CHECK(is(span.error, "timeout"));
	CHECK(record_note(&r, &note));
	CHECK(note.key == SPAN_SERVER_ADDRESS && is(note.text, "example.com"));
	CHECK(record_note(&r, &note));
	CHECK(note.key == SPAN_HTTP_STATUS && note.is_number);
	INTEQ(note.number, -503);
	CHECK(record_note(&r, &note));
	CHECK(!note.is_number && note.text.n == 0);
	CHECK(!record_note(&r, &note));
	CHECK(!record_span(&r, &span));
}

/* All that a recorder can hold, with names that nobody has. */
static void
ceiling(void)
{
	unsigned char data[RECORD_MAX];
	char text[SPAN_NOTE_MAX + 1];
	struct record_head head;
	struct spans s;

	memset(text, 'x', sizeof(text));
	text[SPAN_NOTE_MAX] = '\0';
	recorded_begin(&s);
	for (int i = 1; i < SPANS_MAX + 2; i++) {
		span_begin(&s, SPAN_CLIENT, text, text);
		for (int k = 0; k < SPAN_NOTES_MAX; k++)
			span_note_number(&s, i, SPAN_HTTP_STATUS, k);
	}
	span_end(&s, 0);
	INTEQ(record_size(data, record_pack(&s, 0, 0, data)),
	    record_pack(&s, 0, 0, data));
	memcpy(&head, data, sizeof(head));
	CHECK(head.size <= RECORD_MAX);
	CHECK(head.n > 5 && head.n < SPANS_MAX);
	INTEQ(head.n + head.missed, SPANS_MAX + 2);
}

/* Reads all there is; how many spans made sense. */
static int
spans_in(const unsigned char *data, size_t n)
{
	struct record_note note;
	struct record_span span;
	struct record r;
	int spans = 0;

	if (!record_open(&r, data, n))
		return -1;
	for (; record_span(&r, &span); spans++)
		for (int i = 0; i < span.n_notes; i++)
			if (!record_note(&r, &note))
				return spans;
	return spans;
}

/* Cut off anywhere, and with each byte anything: the ends are memcheck's. */
static void
junk(void)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
	unsigned char data[RECORD_MAX], *copy;
	size_t n = recorded_make("a", 300, data);

	INTEQ(spans_in(data, n), 1);
	for (size_t cut = 0; cut < n; cut++) {
		copy = malloc(cut + 1);
		memcpy(copy, data, cut);
		INTEQ(record_size(copy, cut), 0);
		INTEQ(spans_in(copy, cut), -1);
		free(copy);
	}
	for (size_t i = 0; i < n * ROWS(values); i++) {
		copy = malloc(n);
		memcpy(copy, data, n);
		copy[i / ROWS(values)] = values[i % ROWS(values)];
		CHECK(spans_in(copy, n) <= SPANS_MAX);
		free(copy);
	}
	CHECK(record_size(data, SIZE_MAX) == n);
}

static const struct tap_case cases[] = {
	{ "what is packed is read back", whole },
	{ "what does not fit is counted, the rest is whole", ceiling },
	{ "of junk nothing is read beyond its end", junk },
};
TAP_MAIN(cases)
