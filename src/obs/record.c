/* SPDX-License-Identifier: MIT */
/* Head, spans, notes: each of a fixed size, with its texts behind it. */
#include "obs/record.h"

#include <string.h>

/* None of them has a hole, whose bytes would be anybody's. */
struct packed_span {
	int64_t begun_us, ended_us;
	int16_t parent;
	uint16_t n_notes;
	uint8_t kind, of, name, error; /* the last three: sizes of texts */
};

struct packed_note {
	uint8_t key;
	uint8_t text; /* its size, or NUMBER */
};

enum { NUMBER = UINT8_MAX };

_Static_assert(sizeof(struct record_head) == 8 + SPAN_TRACE_DIGITS + 3 * 8 &&
		   sizeof(struct packed_span) == 2 * 8 + 8,
    "no holes");
_Static_assert((int)SPAN_NOTE_MAX < (int)NUMBER && SPAN_KEYS <= UINT8_MAX,
    "sizes and keys fit their bytes");

struct writer {
	unsigned char *at, *end;
	bool full;
};

static void
put(struct writer *w, const void *data, size_t n)
{
	if ((size_t)(w->end - w->at) < n) {
		w->full = true;
		return;
	}
	if (n > 0) /* memcpy() takes no NULL, even for 0 */
		memcpy(w->at, data, n);
	w->at += n;
}

static uint8_t
text_size(const char *text)
{
	return text == NULL ? 0 : (uint8_t)strnlen(text, SPAN_NOTE_MAX);
}

static void
put_span(struct writer *w, const struct span *s)
{
	const struct packed_span span = {
		.begun_us = s->begun_us,
		.ended_us = s->ended_us,
		.parent = (int16_t)s->parent,
		.n_notes = (uint16_t)s->n_notes,
		.kind = (uint8_t)s->kind,
		.of = text_size(s->of),
		.name = text_size(s->name),
		.error = text_size(s->error),
	};

	put(w, &span, sizeof(span));
	put(w, s->of, span.of);
	put(w, s->name, span.name);
	put(w, s->error, span.error);
	for (int i = 0; i < s->n_notes; i++) {
		const struct span_note *n = &s->note[i];
		const struct packed_note note = { (uint8_t)n->key,
			n->text == NULL ? NUMBER : (uint8_t)n->len };

		put(w, &note, sizeof(note));
		if (n->text == NULL)
			put(w, &n->number, sizeof(n->number));
		else
			put(w, n->text, n->len);
	}
}

size_t
record_pack(const struct spans *s, uint64_t parent, int64_t wall_us,
    unsigned char *out)
{
	struct record_head head = {
		.first_id = s->first_id,
		.parent = parent,
		.wall_us = wall_us,
	};
	struct writer w = { out + sizeof(head), out + RECORD_MAX, false };

	for (; head.n < s->n; head.n++) {
		unsigned char *before = w.at;

		put_span(&w, &s->list[head.n]);
		if (w.full) {
			w.at = before;
			break;
		}
	}
	head.missed = (uint16_t)(s->n - head.n + s->missed);
	head.size = (uint32_t)(w.at - out);
	memcpy(head.trace, s->trace, sizeof(head.trace));
	memcpy(out, &head, sizeof(head));
	return head.size;
}

size_t
record_size(const unsigned char *data, size_t n)
{
	struct record_head head;

	if (n < sizeof(head))
		return 0;
	memcpy(&head, data, sizeof(head));
	return head.size >= sizeof(head) && head.size <= n &&
		       head.size <= RECORD_MAX && head.n > 0 &&
		       head.n <= SPANS_MAX
		   ? head.size
		   : 0;
}

bool
record_open(struct record *r, const unsigned char *data, size_t n)
{
	size_t size = record_size(data, n);

	if (size == 0)
		return false;
	*r =
	    (struct record){ .at = data + sizeof(r->head), .end = data + size };
	memcpy(&r->head, data, sizeof(r->head));
	return true;
}

/* Sets the record to its end when there is not so much. */
static bool
get(struct record *r, void *out, size_t n)
{
	if ((size_t)(r->end - r->at) < n) {
		r->at = r->end;
		return false;
	}
	memcpy(out, r->at, n);
	r->at += n;
	return true;
}

static bool
get_text(struct record *r, size_t n, struct record_text *text)
{
	if ((size_t)(r->end - r->at) < n) {
		r->at = r->end;
		return false;
	}
	*text = (struct record_text){ (const char *)r->at, n };
	r->at += n;
	return true;
}

bool
record_span(struct record *r, struct record_span *span)
{
	struct packed_span p;

	if (r->place == r->head.n || r->n_notes > 0 || !get(r, &p, sizeof(p)) ||
	    p.n_notes > SPAN_NOTES_MAX || p.parent >= r->place ||
	    p.parent < (r->place == 0 ? -1 : 0))
		return false;
	*span = (struct record_span){
		.kind = (enum span_kind)p.kind,
		.place = r->place++,
		.parent = p.parent,
		.begun_us = p.begun_us,
		.ended_us = p.ended_us,
		.n_notes = p.n_notes,
	};
	r->n_notes = p.n_notes;
	return get_text(r, p.of, &span->of) &&
	       get_text(r, p.name, &span->name) &&
	       get_text(r, p.error, &span->error);
}

bool
record_note(struct record *r, struct record_note *note)
{
	struct packed_note p;

	if (r->n_notes == 0 || !get(r, &p, sizeof(p)) || p.key >= SPAN_KEYS)
		return false;
	r->n_notes--;
	*note = (struct record_note){
		.key = (enum span_key)p.key,
		.is_number = p.text == NUMBER,
	};
	if (note->is_number)
		return get(r, &note->number, sizeof(note->number));
	return get_text(r, p.text, &note->text);
}
