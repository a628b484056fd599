/* SPDX-License-Identifier: MIT */
/* A head, records with commas between them, a tail. */
#include "obs/otlp.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char tail[] = "]}]}]}\n";

static void
add_attribute(struct buf *b, const char *key, const char *value)
{
	if (b->data[b->len - 1] != '[')
		buf_char(b, ',');
	buf_str(b, "{\"key\":");
	buf_json(b, key);
	buf_str(b, ",\"value\":{\"stringValue\":");
	buf_json(b, value);
	buf_str(b, "}}");
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

bool
otlp_add(struct otlp_batch *b, const char *record, size_t n)
{
	/* a comma before it, the tail behind */
	if (n > b->cap - b->len || b->cap - b->len - n < 1 + sizeof(tail))
		return false;
	if (b->n > 0)
		b->mem[b->len++] = ',';
	memcpy(b->mem + b->len, record, n);
	b->len += n;
	b->n++;
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

bool
otlp_is_record(const char *record, size_t n)
{
	static const char first[] = "{\"traceId\":\"", last[] = "}";
	const size_t n_first = sizeof(first) - 1, n_last = sizeof(last) - 1;

	return n >= n_first + n_last && memcmp(record, first, n_first) == 0 &&
	       memcmp(record + n - n_last, last, n_last) == 0;
}
