/* SPDX-License-Identifier: MIT */
/* base/span: what is within what, ceilings, and the field that goes out. */
#include "tap.h"

#include "base/span.h"

#include <string.h>

static void
begin(struct spans *s)
{
	*s = (struct spans){ .on = true, .open = -1, .first_id = 0xab00 };
	memcpy(s->trace, "0af7651916cd43dd8448eb211c80319c", 33);
	span_begin(s, SPAN_SERVER, NULL, "request");
}

static void
nesting(void)
{
	struct spans s;
	int outer, inner, next;

	begin(&s);
	outer = span_begin(&s, SPAN_INTERNAL, NULL, "outer");
	inner = span_begin(&s, SPAN_CLIENT, "ory", "inner");
	span_end(&s, inner);
	span_end(&s, outer);
	next = span_begin(&s, SPAN_CLIENT, NULL, "next");
	INTEQ(s.list[outer].parent, 0);
	INTEQ(s.list[inner].parent, outer);
	INTEQ(s.list[next].parent, 0);
	CHECK(s.list[outer].begun_us <= s.list[inner].begun_us);
	CHECK(s.list[inner].ended_us <= s.list[outer].ended_us);
	INTEQ(s.list[next].ended_us, 0);
}

/* As after a return that forgot it. */
static void
forgotten(void)
{
	struct spans s;
	int outer, next;

	begin(&s);
	outer = span_begin(&s, SPAN_INTERNAL, NULL, "outer");
	span_begin(&s, SPAN_CLIENT, NULL, "forgotten");
	span_end(&s, outer);
	CHECK(s.list[2].ended_us != 0);
	next = span_begin(&s, SPAN_CLIENT, NULL, "next");
	INTEQ(s.list[next].parent, 0);
	span_end(&s, outer); /* a second time */
	INTEQ(s.open, next);
}

static void
ceilings(void)
{
	struct spans s;

	begin(&s);
	for (int i = 1; i < SPANS_MAX + 3; i++)
		span_end(&s, span_begin(&s, SPAN_CLIENT, NULL, "one"));
	INTEQ(s.n, SPANS_MAX);
	INTEQ(s.missed, 3);
	for (int i = 0; i < SPAN_NOTES_MAX + 3; i++)
		span_note(&s, 1, SPAN_RULE, "value");
	INTEQ(s.list[1].n_notes, SPAN_NOTES_MAX);
	INTEQ(s.list[2].n_notes, 0);
}

static void
notes(void)
{
	struct spans s;

	begin(&s);
	span_note(&s, 0, SPAN_RULE, NULL);
	INTEQ(s.list[0].n_notes, 0);
	span_note_part(&s, 0, SPAN_SERVER_ADDRESS, "example.com/path", 11);
	span_note_number(&s, 0, SPAN_HTTP_STATUS, -5);
	INTEQ(s.list[0].note[0].len, 11);
	CHECK(s.list[0].note[1].text == NULL);
	INTEQ(s.list[0].note[1].number, -5);
	span_fail(&s, 0, "timeout");
	STREQ(s.list[0].error, "timeout");
}

/* Whoever notes may be gone when the notes are read. */
static void
copies(void)
{
	char text[400];
	struct spans s;

	begin(&s);
	memset(text, 'a', sizeof(text));
	span_note_part(&s, 0, SPAN_RULE, text, sizeof(text));
	span_fail_status(&s, 0, 503);
	memset(text, 'b', sizeof(text));
	INTEQ(s.list[0].note[0].len, SPAN_NOTE_MAX);
	INTEQ(strspn(s.list[0].note[0].text, "a"), SPAN_NOTE_MAX);
	STREQ(s.list[0].error, "503");
	for (int i = 1; i < SPANS_MAX; i++) {
		span_begin(&s, SPAN_CLIENT, NULL, "one");
		span_note_part(&s, i, SPAN_RULE, text, sizeof(text));
		span_fail(&s, i, "timeout");
	}
	CHECK(s.text_len <= SPANS_TEXT_MAX - SPANS_TEXT_OWN);
	INTEQ(s.list[SPANS_MAX - 1].n_notes, 0);
	STREQ(s.list[SPANS_MAX - 1].error, "_OTHER");
	tap_row("%s", "the request's own has room of its own");
	for (int i = 1; i < 5; i++)
		span_note_part(&s, 0, SPAN_RULE, text, sizeof(text));
	INTEQ(s.list[0].n_notes, 5);
	CHECK(s.text_len <= SPANS_TEXT_MAX);
}

/* Between requests, and where nobody records. */
static void
silence(void)
{
	char text[SPAN_TRACEPARENT_SIZE];
	struct spans off = { .on = false };
	struct spans *none[] = { NULL, &off };

	for (size_t i = 0; i < ROWS(none); i++) {
		tap_row("%zu", i);
		INTEQ(span_begin(none[i], SPAN_CLIENT, NULL, "one"), -1);
		span_note(none[i], 0, SPAN_RULE, "value");
		span_note(none[i], -1, SPAN_RULE, "value");
		span_fail(none[i], 0, "timeout");
		span_end(none[i], 0);
		CHECK(!span_traceparent(none[i], text));
	}
	INTEQ(off.n, 0);
}

static void
going_out(void)
{
	char text[SPAN_TRACEPARENT_SIZE];
	struct spans s;

	begin(&s);
	CHECK(span_traceparent(&s, text));
	STREQ(text, "00-0af7651916cd43dd8448eb211c80319c-000000000000ab00-00");
	s.sampled = true;
	span_begin(&s, SPAN_CLIENT, NULL, "call");
	CHECK(span_traceparent(&s, text));
	STREQ(text, "00-0af7651916cd43dd8448eb211c80319c-000000000000ab01-01");
	span_end(&s, 0);
	CHECK(!span_traceparent(&s, text));
}

static const struct tap_case cases[] = {
	{ "a span is within the innermost one that is open", nesting },
	{ "the end of a span ends what was forgotten in it", forgotten },
	{ "what is over a ceiling is counted and left out", ceilings },
	{ "notes are texts, parts of texts and numbers", notes },
	{ "texts are copied, as far as there is room", copies },
	{ "nothing is recorded between requests", silence },
	{ "traceparent names the innermost span", going_out },
};

TAP_MAIN(cases)
