/* SPDX-License-Identifier: MIT */
/* A head, spans with commas between them, a tail. */
#include "obs/otlp.h"

#include "base/buf.h"
#include "obs/record.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_ERROR = 2 };

static const char tail[] = "]}]}]}\n";

/* OpenTelemetry's names (its semantic conventions), and ours. */
static const char *const key_name[SPAN_KEYS] = {
	[SPAN_CACHE] = "gatehouse.cache",
	[SPAN_CREDENTIAL] = "gatehouse.credential",
	[SPAN_DB_STATE] = "db.response.status_code",
	[SPAN_DB_STATEMENT] = "db.query.summary",
	[SPAN_DB_SYSTEM] = "db.system.name",
	[SPAN_ERROR] = "error.type",
	[SPAN_HOOK_OUTCOME] = "gatehouse.hook.outcome",
	[SPAN_HOOK_TYPE] = "gatehouse.hook.type",
	[SPAN_HTTP_METHOD] = "http.request.method",
	[SPAN_HTTP_PATH] = "http.route",
	[SPAN_HTTP_STATUS] = "http.response.status_code",
	[SPAN_MISSED] = "gatehouse.spans_missed",
	[SPAN_PROVIDER] = "gatehouse.provider",
	[SPAN_REQUEST_ID] = "gatehouse.request_id",
	[SPAN_ROUTE] = "gatehouse.route",
	[SPAN_RULE] = "gatehouse.rule",
	[SPAN_SERVER_ADDRESS] = "server.address",
	[SPAN_USER] = "user.hash",
	[SPAN_VERDICT] = "gatehouse.verdict",
};

/* A text that stands in the source. */
#define ADD(b, literal) buf_add(b, literal, sizeof(literal) - 1)

/* {"key":"K","value":{" of an attribute, behind a comma if not the first. */
static void
open_attribute(struct buf *b, const char *key)
{
	if (b->len > 0 && b->data[b->len - 1] != '[')
		buf_char(b, ',');
	ADD(b, "{\"key\":\"");
	buf_str(b, key);
	ADD(b, "\",\"value\":{\"");
}

static void
add_text(struct buf *b, const char *key, const char *text, size_t n)
{
	open_attribute(b, key);
	ADD(b, "stringValue\":");
	buf_jsonn(b, text, n);
	ADD(b, "}}");
}

/* 64-bit integers are strings in proto3's JSON. */
static void
add_number(struct buf *b, const char *key, int64_t number)
{
	open_attribute(b, key);
	ADD(b, "intValue\":\"");
	buf_int(b, number);
	ADD(b, "\"}}");
}

static void
add_attribute(struct buf *b, const char *key, const char *value)
{
	add_text(b, key, value, strlen(value));
}

static size_t
write_head(char *mem, size_t cap)
{
	char host[256] = "";
	struct buf b;

	gethostname(host, sizeof(host) - 1);
	buf_init_fixed(&b, mem, cap);
	buf_str(&b, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
	add_attribute(&b, "service.name", PACKAGE_NAME);
	add_attribute(&b, "service.version", PACKAGE_VERSION);
	add_attribute(&b, "host.name", host);
	buf_str(&b, "]},\"scopeSpans\":[{\"scope\":{\"name\":\"" PACKAGE_NAME
		    "\",\"version\":\"" PACKAGE_VERSION "\"},\"spans\":[");
	return b.len;
}

int
otlp_open(struct otlp_batch *b, size_t cap)
{
	*b = (struct otlp_batch){ .mem = malloc(cap), .cap = cap };
	if (b->mem == NULL)
		return -1;
	b->head = write_head(b->mem, OTLP_FRAME_MAX - sizeof(tail));
	otlp_clear(b);
	return 0;
}

void
otlp_close(struct otlp_batch *b)
{
	free(b->mem);
	*b = (struct otlp_batch){ 0 };
}

static void
add_ids(struct buf *b, const struct record_head *head,
    const struct record_span *span)
{
	uint64_t parent = span->parent == -1
			      ? head->parent
			      : head->first_id + (uint64_t)span->parent;

	ADD(b, "{\"traceId\":");
	buf_jsonn(b, head->trace, sizeof(head->trace));
	ADD(b, ",\"spanId\":\"");
	buf_hex(b, head->first_id + (uint64_t)span->place);
	if (parent != 0) {
		ADD(b, "\",\"parentSpanId\":\"");
		buf_hex(b, parent);
	}
}

static void
add_name(struct buf *b, const struct record_span *span)
{
	char mem[2 * UINT8_MAX + 1];
	struct buf name;

	buf_init_fixed(&name, mem, sizeof(mem));
	buf_add(&name, span->of.data, span->of.n);
	if (span->of.n > 0)
		buf_char(&name, ' ');
	buf_add(&name, span->name.data, span->name.n);
	buf_jsonn(b, name.data, name.len);
}

/* A time since 1970 in nanoseconds. */
static void
add_time(struct buf *b, int64_t us)
{
	buf_int(b, us);
	ADD(b, "000\"");
}

/* All in front of the attributes. */
static void
open_span(struct buf *b, const struct record_head *head,
    const struct record_span *span)
{
	add_ids(b, head, span);
	ADD(b, "\",\"name\":");
	add_name(b, span);
	ADD(b, ",\"kind\":");
	buf_int(b, (int64_t)span->kind);
	ADD(b, ",\"startTimeUnixNano\":\"");
	add_time(b, head->wall_us + span->begun_us);
	ADD(b, ",\"endTimeUnixNano\":\"");
	add_time(b, head->wall_us + span->ended_us);
	ADD(b, ",\"attributes\":[");
}

static void
close_span(struct buf *b, const struct record_text *error)
{
	if (error->n > 0)
		add_text(b, key_name[SPAN_ERROR], error->data, error->n);
	buf_char(b, ']');
	if (error->n > 0) {
		ADD(b, ",\"status\":{\"code\":");
		buf_int(b, STATUS_ERROR);
		buf_char(b, '}');
	}
	buf_char(b, '}');
}

/* False: there is something in it that makes no sense. */
static bool
add_span(struct buf *b, struct record *r)
{
	struct record_span span;
	struct record_note note;

	if (!record_span(r, &span))
		return false;
	open_span(b, &r->head, &span);
	for (int i = 0; i < span.n_notes; i++) {
		if (!record_note(r, &note))
			return false;
		if (note.is_number)
			add_number(b, key_name[note.key], note.number);
		else
			add_text(b, key_name[note.key], note.text.data,
			    note.text.n);
	}
	if (span.place == 0 && r->head.missed > 0)
		add_number(b, key_name[SPAN_MISSED], r->head.missed);
	close_span(b, &span.error);
	return true;
}

bool
otlp_add(struct otlp_batch *batch, const unsigned char *record, size_t n)
{
	struct buf b;
	struct record r;

	if (!record_open(&r, record, n))
		return false;
	buf_init_fixed(&b, batch->mem, batch->cap - sizeof(tail));
	b.len = batch->len;
	for (int i = 0; i < r.head.n; i++) {
		if (batch->n > 0 || i > 0)
			buf_char(&b, ',');
		if (!add_span(&b, &r))
			return false;
	}
	if (b.failed)
		return false;
	batch->len = b.len;
	batch->n++;
	return true;
}

const char *
otlp_text(struct otlp_batch *b, size_t *n)
{
	memcpy(b->mem + b->len, tail, sizeof(tail));
	*n = b->len + sizeof(tail) - 1;
	return b->mem;
}

void
otlp_clear(struct otlp_batch *b)
{
	b->len = b->head;
	b->n = 0;
}
