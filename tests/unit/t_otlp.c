/* SPDX-License-Identifier: MIT */
/* obs/otlp: records in their frame, and nothing over the ceiling. */
#include "tap.h"

#include "io/js.h"
#include "obs/otlp.h"
#include "unit/recorded.h"

#include <stdlib.h>
#include <string.h>

enum { CAP = OTLP_FRAME_MAX + OTLP_RECORD_MAX };

static struct js_value
spans_of(struct json_object *doc)
{
	struct js_value resource = js_item(doc, "resourceSpans", 0);
	struct js_value scope = js_item(resource.object, "scopeSpans", 0);

	return js_get(scope.object, "spans");
}

static void
frame(void)
{
	unsigned char record[RECORD_MAX];
	size_t size = recorded_make("a", 0, record), n;
	struct otlp_batch b = { 0 };
	struct err e = { 0 };
	struct json_object *doc;
	struct js_value resource, attribute;
	const char *text;

	INTEQ(otlp_open(&b, CAP), 0);
	for (int i = 0; i < 2; i++) {
		CHECK(otlp_add(&b, record, size));
		CHECK(otlp_add(&b, record, size));
		INTEQ(b.n, 2);
		text = otlp_text(&b, &n);
		INTEQ(text[n - 1], '\n');
		CHECK(memchr(text, '\n', n) == text + n - 1);
		doc = js_parse(text, n, &e);
		STREQ(e.text, "");
		INTEQ(spans_of(doc).n_items, 2);
		resource = js_item(doc, "resourceSpans", 0);
		attribute = js_item(resource.object, "resource.attributes", 0);
		STREQ(js_get(attribute.object, "key").str, "service.name");
		STREQ(js_get(attribute.object, "value.stringValue").str,
		    "gatehouse");
		js_free(&doc);
		otlp_clear(&b);
		INTEQ(b.n, 0);
	}
	otlp_close(&b);
}

/* What the batch says of its spans, to the letter. */
static void
letters(void)
{
	static const char expected[] =
	    "{\"traceId\":\"0af7651916cd43dd8448eb211c80319c\","
	    "\"spanId\":\"000000000000ab00\","
	    "\"parentSpanId\":\"00000000000000ef\","
	    "\"name\":\"GET /user/profile\",\"kind\":2,"
	    "\"startTimeUnixNano\":\"1700000000000001000\","
	    "\"endTimeUnixNano\":\"1700000000000009000\",\"attributes\":["
	    "{\"key\":\"http.response.status_code\","
	    "\"value\":{\"intValue\":\"200\"}},"
	    "{\"key\":\"gatehouse.rule\",\"value\":{\"stringValue\":\"\\\"\"}},"
	    "{\"key\":\"gatehouse.spans_missed\","
	    "\"value\":{\"intValue\":\"2\"}}]},"
	    "{\"traceId\":\"0af7651916cd43dd8448eb211c80319c\","
	    "\"spanId\":\"000000000000ab01\","
	    "\"parentSpanId\":\"000000000000ab00\","
	    "\"name\":\"whoami\",\"kind\":3,"
	    "\"startTimeUnixNano\":\"1700000000000002000\","
	    "\"endTimeUnixNano\":\"1700000000000003000\",\"attributes\":["
	    "{\"key\":\"error.type\",\"value\":{\"stringValue\":\"timeout\"}}],"
	    "\"status\":{\"code\":2}}]}]}]}\n";
	unsigned char record[RECORD_MAX];
	struct otlp_batch b = { 0 };
	struct spans s;
	size_t n;

	recorded_begin(&s);
	span_note_number(&s, 0, SPAN_HTTP_STATUS, 200);
	span_note(&s, 0, SPAN_RULE, "\"");
	span_fail(&s, span_begin(&s, SPAN_CLIENT, NULL, "whoami"), "timeout");
	span_end(&s, 0);
	s.missed = 2;
	s.list[0].begun_us = 1;
	s.list[0].ended_us = 9;
	s.list[1].begun_us = 2;
	s.list[1].ended_us = 3;
	n = record_pack(&s, 0xef, 1700000000000000, record);
	INTEQ(otlp_open(&b, CAP), 0);
	CHECK(otlp_add(&b, record, n));
	otlp_text(&b, &n);
	b.mem[n] = '\0';
	STREQ(b.mem + b.head, expected);
	otlp_close(&b);
}

/* The longest JSON there can be; and batches just too small for one. */
static void
ceiling(void)
{
	unsigned char record[RECORD_MAX];
	char text[SPAN_NOTE_MAX];
	struct otlp_batch b = { 0 };
	struct spans s;
	size_t size, need;
	bool added;

	memset(text, '\1', sizeof(text));
	recorded_begin(&s);
	for (int i = 1; i < SPANS_MAX; i++)
		span_begin(&s, SPAN_CLIENT, NULL, "\1");
	for (int i = 0; i < SPANS_MAX; i++)
		for (int k = 0; k < SPAN_NOTES_MAX; k++)
			if (i == 0 || s.text_len < 800)
				span_note_part(&s, i, SPAN_DB_STATE, text,
				    sizeof(text));
			else
				span_note_number(&s, i, SPAN_DB_STATE,
				    INT64_MIN);
	span_end(&s, 0);
	size = record_pack(&s, 1, 0, record);
	CHECK(size > RECORD_MAX - 200);
	INTEQ(otlp_open(&b, CAP), 0);
	CHECK(otlp_add(&b, record, size));
	CHECK(b.len - b.head > OTLP_RECORD_MAX / 2);
	need = b.len - b.head;
	otlp_close(&b);
	for (size_t cap = OTLP_FRAME_MAX + need - 700; cap < CAP; cap += 7) {
		tap_row("%zu bytes", cap);
		INTEQ(otlp_open(&b, cap), 0);
		added = otlp_add(&b, record, size);
		INTEQ(b.n, added ? 1 : 0);
		INTEQ(b.len - b.head, added ? need : 0);
		otlp_text(&b, &size);
		CHECK(size <= cap);
		size = record_size(record, sizeof(record));
		otlp_close(&b);
	}
}

static void
nonsense(void)
{
	/* the first note's, behind the span and its texts "GET" and "a" */
	enum { key = sizeof(struct record_head) + 24 + 3 + 1 };
	unsigned char record[RECORD_MAX];
	size_t size = recorded_make("a", 0, record);
	struct otlp_batch b = { 0 };

	INTEQ(otlp_open(&b, CAP), 0);
	CHECK(!otlp_add(&b, record, size - 1));
	CHECK(!otlp_add(&b, record, 0));
	record[sizeof(struct record_head) + 16] = 5; /* its own parent */
	CHECK(!otlp_add(&b, record, size));
	size = recorded_make("a", 1, record);
	CHECK(otlp_add(&b, record, size));
	otlp_clear(&b);
	INTEQ(record[key], SPAN_RULE);
	record[key] = SPAN_KEYS; /* a note of no name */
	CHECK(!otlp_add(&b, record, size));
	INTEQ(b.n, 0);
	INTEQ(b.len, b.head);
	otlp_close(&b);
}

static const struct tap_case cases[] = {
	{ "records stand in one request, on one line", frame },
	{ "spans are as OTLP has them", letters },
	{ "what does not fit is not taken, what is taken is whole", ceiling },
	{ "what makes no sense leaves nothing", nonsense },
};
TAP_MAIN(cases)
