/* SPDX-License-Identifier: MIT */
/* obs/otlp: records in their frame, and nothing over the ceiling. */
#include "tap.h"

#include "io/js.h"
#include "obs/otlp.h"
#include "obs/trace.h"

#include <stdlib.h>
#include <string.h>

#define SPANS "resourceSpans"
#define RECORD "{\"traceId\":\"1\",\"name\":\"a\"}"
enum { CAP = OTLP_FRAME_MAX + 100 };

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
	static const char two[] = RECORD "," RECORD;
	struct otlp_batch b = { 0 };
	struct err e = { 0 };
	struct json_object *doc;
	struct js_value resource, attribute;
	const char *text;
	size_t n;

	INTEQ(otlp_open(&b, CAP), 0);
	for (int i = 0; i < 2; i++) {
		CHECK(otlp_add(&b, RECORD, strlen(RECORD)));
		CHECK(otlp_add(&b, two, strlen(two)));
		INTEQ(b.n, 2);
		text = otlp_text(&b, &n);
		INTEQ(text[n - 1], '\n');
		CHECK(memchr(text, '\n', n) == text + n - 1);
		doc = js_parse(text, n, &e);
		STREQ(e.text, "");
		INTEQ(spans_of(doc).n_items, 3);
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

/* Every size around the ceiling: what is taken is whole JSON within it. */
static void
ceiling(void)
{
	char record[CAP], *copy;
	struct otlp_batch b = { 0 };
	struct err e = { 0 };
	int refused = 0;

	memset(record, ' ', sizeof(record));
	memcpy(record, RECORD, strlen(RECORD));
	INTEQ(otlp_open(&b, CAP), 0);
	for (size_t n = CAP - b.head - 40; n < sizeof(record); n++) {
		struct json_object *doc;
		size_t len;

		tap_row("%zu bytes", n);
		otlp_clear(&b);
		if (!otlp_add(&b, record, n)) {
			refused++;
			INTEQ(b.n, 0);
			continue;
		}
		otlp_text(&b, &len);
		CHECK(len <= CAP);
		copy = malloc(len); /* its end is memcheck's */
		memcpy(copy, b.mem, len);
		doc = js_parse(copy, len, &e);
		CHECK(doc != NULL && refused == 0);
		js_free(&doc);
		free(copy);
	}
	CHECK(refused > 0);
	CHECK(!otlp_add(&b, record, SIZE_MAX));
	otlp_close(&b);
}

static void
records(void)
{
	static const struct {
		const char *text;
		bool is;
	} t[] = {
		{ RECORD, true },
		{ RECORD "," RECORD, true },
		{ "", false },
		{ "}", false },
		{ "{\"traceId\":\"", false },
		{ "{\"traceId\":\"1\"", false },
		{ "{\"key\":\"error.type\",\"value\":{}}", false },
		{ "aceId\":\"1\",\"name\":\"a\"}", false },
		{ " " RECORD, false },
		{ RECORD " ", false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].text);
		INTEQ(otlp_is_record(t[i].text, strlen(t[i].text)), t[i].is);
	}
}

static const struct tap_case cases[] = {
	{ "records stand in one request, on one line", frame },
	{ "what does not fit is not taken, what is taken is whole", ceiling },
	{ "half a record is none", records },
};
TAP_MAIN(cases)
