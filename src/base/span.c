/* SPDX-License-Identifier: MIT */
/* A list that is filled from the front, and which of it is open. */
#include "base/span.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int
span_begin(struct spans *s, enum span_kind kind, const char *of,
    const char *name)
{
	struct span *span;

	if (s == NULL || !s->on)
		return -1;
	if (s->n == SPANS_MAX) {
		s->missed++;
		return -1;
	}
	span = &s->list[s->n];
	span->kind = kind;
	span->parent = s->open;
	span->of = of;
	span->name = name;
	span->begun_us = clock_mono_us();
	span->ended_us = 0;
	span->error = NULL;
	span->n_notes = 0;
	s->open = s->n++;
	return s->open;
}

/* The one at this place; NULL: not recorded. */
static struct span *
at(struct spans *s, int i)
{
	return s != NULL && s->on && i >= 0 && i < s->n ? &s->list[i] : NULL;
}

void
span_end(struct spans *s, int i)
{
	const struct span *span = at(s, i);
	int64_t now;

	if (span == NULL || span->ended_us != 0)
		return;
	now = clock_mono_us();
	for (int k = s->n - 1; k >= i; k--)
		if (s->list[k].ended_us == 0)
			s->list[k].ended_us = now;
	s->open = span->parent;
}

/* A copy for that span, there until the next request; NULL: there is no room.
 */
static const char *
keep(struct spans *s, int i, const char *text, size_t len)
{
	size_t most = SPANS_TEXT_MAX - (i == 0 ? 0 : SPANS_TEXT_OWN);
	char *copy = s->text + s->text_len;

	if (s->text_len + len >= most)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	s->text_len += len + 1;
	return copy;
}

static struct span_note *
add_note(struct spans *s, int i, enum span_key key)
{
	struct span *span = at(s, i);
	struct span_note *note;

	if (span == NULL || span->n_notes == SPAN_NOTES_MAX)
		return NULL;
	note = &span->note[span->n_notes++];
	note->key = key;
	return note;
}

void
span_note_part(struct spans *s, int i, enum span_key key, const char *text,
    size_t len)
{
	struct span_note *note;

	if (text == NULL || at(s, i) == NULL)
		return;
	if (len > SPAN_NOTE_MAX)
		len = SPAN_NOTE_MAX;
	text = keep(s, i, text, len);
	if (text == NULL || (note = add_note(s, i, key)) == NULL)
		return;
	note->text = text;
	note->len = len;
}

void
span_note(struct spans *s, int i, enum span_key key, const char *text)
{
	span_note_part(s, i, key, text, text == NULL ? 0 : strlen(text));
}

void
span_note_number(struct spans *s, int i, enum span_key key, int64_t number)
{
	struct span_note *note = add_note(s, i, key);

	if (note == NULL)
		return;
	note->text = NULL;
	note->number = number;
}

void
span_fail(struct spans *s, int i, const char *error)
{
	struct span *span = at(s, i);
	const char *word;

	if (span == NULL)
		return;
	word = keep(s, i, error, strnlen(error, SPAN_NOTE_MAX));
	span->error = word == NULL ? "_OTHER" : word;
}

void
span_fail_status(struct spans *s, int i, int status)
{
	char word[SPAN_NOTE_MAX]; /* of which some digits are used */

	snprintf(word, sizeof(word), "%d", status);
	span_fail(s, i, word);
}

bool
span_traceparent(const struct spans *s, char out[SPAN_TRACEPARENT_SIZE])
{
	if (s == NULL || !s->on || s->open == -1)
		return false;
	snprintf(out, SPAN_TRACEPARENT_SIZE, "00-%s-%016" PRIx64 "-%s",
	    s->trace, s->first_id + (uint64_t)s->open,
	    s->sampled ? "01" : "00");
	return true;
}
