/* SPDX-License-Identifier: MIT */
/* Members in a fixed order, all of them each time. */
#include "obs/status_facts.h"

#include "base/buf.h"
#include "obs/status.h"

/* Where members of an object go: the first has no comma before it. */
struct object {
	struct buf *b;
	bool more;
};

static struct object
object_begin(struct buf *b)
{
	buf_char(b, '{');
	return (struct object){ .b = b };
}

static void
object_end(const struct object *o)
{
	buf_char(o->b, '}');
}

static void
member(struct object *o, const char *name)
{
	if (o->more)
		buf_char(o->b, ',');
	o->more = true;
	buf_json(o->b, name);
	buf_char(o->b, ':');
}

/* Below 0: null. */
static void
number(struct object *o, const char *name, int64_t value)
{
	member(o, name);
	if (value < 0)
		buf_str(o->b, "null");
	else
		buf_int(o->b, value);
}

/* NULL or "": null. */
static void
text(struct object *o, const char *name, const char *value)
{
	member(o, name);
	if (value == NULL || value[0] == '\0')
		buf_str(o->b, "null");
	else
		buf_json(o->b, value);
}

static void
add_worker(struct buf *b, const struct status_worker *w)
{
	struct object o = object_begin(b);

	number(&o, "pid", w->pid == 0 ? -1 : w->pid);
	text(&o, "state", status_state_name(w->state));
	number(&o, "since_ms", w->since_ms);
	number(&o, "age_ms", w->age_ms);
	number(&o, "served", w->served);
	number(&o, "took_us", w->took_us == 0 ? -1 : w->took_us);
	number(&o, "generation", w->generation);
	text(&o, "method", w->method);
	text(&o, "route", w->route);
	text(&o, "waits_for", w->waits_for);
	number(&o, "waits_ms", w->waits_for == NULL ? -1 : w->waits_ms);
	object_end(&o);
}

static void
add_provider(struct buf *b, const struct status_provider *p)
{
	struct object o = object_begin(b);

	text(&o, "name", p->name);
	if (p->used) {
		text(&o, "gate", status_gate_name(p->gate));
		number(&o, "closed_ms", p->closed_ms);
		number(&o, "failures", p->failures);
		number(&o, "good_ms", p->good_ms);
		for (int i = 0; i < UPSTREAM_COUNTS; i++)
			number(&o, upstream_count_name((enum upstream_count)i),
			    (int64_t)p->count[i]);
	}
	object_end(&o);
}

void
status_facts_memory(struct buf *b, const struct status_memory *m)
{
	struct object o;

	if (m == NULL) {
		buf_str(b, "null");
		return;
	}
	o = object_begin(b);
	text(&o, "file", m->where);
	number(&o, "size", (int64_t)m->size);
	number(&o, "entries", (int64_t)m->slots.entries);
	number(&o, "units_used", (int64_t)m->slots.used);
	number(&o, "units", (int64_t)m->slots.units);
	number(&o, "revoked", m->revoked);
	number(&o, "revoked_lost", (int64_t)m->lost);
	number(&o, "revocations_read_ms", m->news_ms);
	member(&o, "revocations_fresh");
	buf_str(b, m->fresh ? "true" : "false");
	member(&o, "providers");
	buf_char(b, '[');
	for (int i = 0; i < m->n; i++) {
		buf_str(b, i == 0 ? "" : ",");
		add_provider(b, &m->provider[i]);
	}
	buf_char(b, ']');
	object_end(&o);
}

static void
add_queue(struct buf *b, const struct status_board *board)
{
	struct object o = object_begin(b);

	number(&o, "waiting", board->waiting);
	number(&o, "most", board->waiting_most);
	number(&o, "limit", board->waiting_limit);
	object_end(&o);
}

void
status_facts_board(struct buf *b, const struct status_board *board)
{
	struct object o = object_begin(b);

	number(&o, "pid", board->pid);
	text(&o, "kind", board->single ? "single" : "supervisor");
	number(&o, "started_ms", board->started_ms);
	number(&o, "loaded_ms", board->loaded_ms);
	number(&o, "generation", board->generation);
	number(&o, "served", board->served);
	number(&o, "slow", board->slow);
	number(&o, "limit", board->limit);
	number(&o, "full", board->full);
	number(&o, "deaths", board->deaths);
	member(&o, "queue");
	add_queue(b, board);
	member(&o, "workers");
	buf_char(b, '[');
	for (int i = 0; i < board->n; i++) {
		buf_str(b, i == 0 ? "" : ",");
		add_worker(b, &board->worker[i]);
	}
	buf_char(b, ']');
	member(&o, "memory");
	status_facts_memory(b, board->memory);
	object_end(&o);
}
