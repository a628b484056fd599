/* SPDX-License-Identifier: MIT */
/* The status for scripts: the same facts, times in milliseconds. */
#include "base/arena.h"
#include "base/buf.h"
#include "cmd/status_look.h"
#include "cmd/status_print.h"

/* A member of a number; below 0: null. */
static void
number(struct buf *b, const char *name, int64_t value)
{
	buf_json(b, name);
	buf_char(b, ':');
	if (value < 0)
		buf_str(b, "null");
	else
		buf_int(b, value);
}

/* A member of a text; NULL: null. */
static void
text(struct buf *b, const char *name, const char *value)
{
	buf_json(b, name);
	buf_char(b, ':');
	if (value == NULL)
		buf_str(b, "null");
	else
		buf_json(b, value);
}

static void
next(struct buf *b)
{
	buf_char(b, ',');
}

static void
add_worker(struct buf *b, const struct status_worker *w)
{
	buf_char(b, '{');
	number(b, "pid", w->pid == 0 ? -1 : w->pid);
	next(b);
	text(b, "state", status_states[w->state]);
	next(b);
	number(b, "since_ms", w->since_ms);
	next(b);
	number(b, "served", w->served);
	next(b);
	number(b, "generation", w->generation);
	next(b);
	text(b, "waits_for", w->waits_for);
	next(b);
	number(b, "waits_ms", w->waits_for == NULL ? -1 : w->waits_ms);
	buf_char(b, '}');
}

static void
add_provider(struct buf *b, const struct status_provider *p)
{
	buf_char(b, '{');
	text(b, "name", p->name);
	if (p->used) {
		next(b);
		text(b, "gate", status_gates[p->gate]);
		next(b);
		number(b, "closed_ms", p->closed_ms);
		next(b);
		number(b, "failures", p->failures);
		next(b);
		number(b, "good_ms", p->good_ms);
		for (int i = 0; i < UPSTREAM_COUNTS; i++) {
			next(b);
			number(b, upstream_count_name((enum upstream_count)i),
			    (int64_t)p->count[i]);
		}
	}
	buf_char(b, '}');
}

static void
add_memory(struct buf *b, const struct status_memory *m)
{
	buf_str(b, "\"memory\":");
	if (m == NULL) {
		buf_str(b, "null");
		return;
	}
	buf_char(b, '{');
	text(b, "file", m->where[0] == '\0' ? NULL : m->where);
	next(b);
	number(b, "size", (int64_t)m->size);
	next(b);
	number(b, "entries", (int64_t)m->slots.entries);
	next(b);
	number(b, "units_used", (int64_t)m->slots.used);
	next(b);
	number(b, "units", (int64_t)m->slots.units);
	next(b);
	number(b, "revoked", m->revoked);
	next(b);
	number(b, "revoked_lost", (int64_t)m->lost);
	next(b);
	number(b, "revocations_read_ms", m->news_ms);
	buf_str(b, ",\"revocations_fresh\":");
	buf_str(b, m->fresh ? "true" : "false");
	buf_str(b, ",\"providers\":[");
	for (int i = 0; i < m->n; i++) {
		buf_str(b, i == 0 ? "" : ",");
		add_provider(b, &m->provider[i]);
	}
	buf_str(b, "]}");
}

static void
add_board(struct buf *b, const struct status_board *board)
{
	buf_char(b, '{');
	number(b, "pid", board->pid);
	next(b);
	text(b, "kind", board->single ? "single" : "supervisor");
	next(b);
	number(b, "limit", board->limit);
	buf_str(b, ",\"workers\":[");
	for (int i = 0; i < board->n; i++) {
		buf_str(b, i == 0 ? "" : ",");
		add_worker(b, &board->worker[i]);
	}
	buf_str(b, "],");
	add_memory(b, board->memory);
	buf_char(b, '}');
}

int
status_print_json(const struct status *s, struct arena *a, FILE *out)
{
	const char *line;
	struct buf b;

	buf_init(&b, a, 4096);
	buf_str(&b, "{\"processes\":[");
	for (int i = 0; i < s->n; i++) {
		buf_str(&b, i == 0 ? "" : ",");
		add_board(&b, &s->board[i]);
	}
	buf_str(&b, "],");
	add_memory(&b, s->memory);
	buf_str(&b, ",\"database\":{\"good\":");
	buf_str(&b, s->database_good ? "true," : "false,");
	text(&b, "text", s->database);
	next(&b);
	text(&b, "migrations", s->migrations);
	buf_str(&b, "}}\n");
	line = buf_text(&b);
	if (line == NULL)
		return -1;
	fputs(line, out);
	return 0;
}
