/* SPDX-License-Identifier: MIT */
/* Tables with headings; nothing in them comes from a request. */
#include "route/status_page.h"

#include "obs/status.h"
#include "route/html.h"
#include "route/reply.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CELL_SIZE = 128 };

static void cell(struct buf *b, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* <td>…</td>, or whatever the tag is; it may have attributes. */
static void
cell(struct buf *b, const char *tag, const char *format, ...)
{
	char text[CELL_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_char(b, '<');
	buf_str(b, tag);
	buf_char(b, '>');
	html_text(b, text);
	buf_str(b, "</");
	buf_add(b, tag, strcspn(tag, " "));
	buf_char(b, '>');
}

/* A table that may be wider than a phone: it scrolls within its box. */
static void
table_begin(struct buf *b, const char *caption)
{
	buf_str(b, "<div class=\"wide\" role=\"region\" tabindex=\"0\" "
		   "aria-label=\"");
	html_text(b, caption);
	buf_str(b, "\"><table>\n<caption>");
	html_text(b, caption);
	buf_str(b, "</caption>\n");
}

static void
table_end(struct buf *b)
{
	buf_str(b, "</tbody></table></div>\n");
}

/* A row of one fact. */
#define FACT(b, name, ...)                                                     \
	(buf_str((b), "<tr>"), cell((b), "th scope=\"row\"", "%s", (name)),    \
	    cell((b), "td", __VA_ARGS__), buf_str((b), "</tr>\n"))

static void
add_queue(struct buf *b, const struct status_board *s)
{
	if (s->waiting_limit < 0)
		FACT(b, "Queue", "not known");
	else
		FACT(b, "Queue", "%d wait; at most %d did; room for %d",
		    s->waiting, s->waiting_most, s->waiting_limit);
}

static void
add_service(struct buf *b, const struct status_board *s)
{
	char text[STATUS_TIME_SIZE];

	table_begin(b, "Service");
	buf_str(b, "<tbody>");
	FACT(b, "Runs for", "%s", status_ms(s->started_ms, text));
	FACT(b, "Configuration", "%d, loaded %s ago", s->generation,
	    status_ms(s->loaded_ms, text));
	FACT(b, "Workers", "%d of %d: %d busy, %d idle, %d starting", s->n,
	    s->limit, s->count[BOARD_BUSY], s->count[BOARD_IDLE],
	    s->count[BOARD_STARTING]);
	FACT(b, "All of them busy", "%" PRId64 " times", s->full);
	FACT(b, "Workers that died", "%" PRId64, s->deaths);
	FACT(b, "Requests", "%" PRId64 ", %" PRId64 " of them slow", s->served,
	    s->slow);
	add_queue(b, s);
	table_end(b);
}

static void
add_head(struct buf *b, const char *const *names)
{
	buf_str(b, "<thead><tr>");
	for (; *names != NULL; names++)
		cell(b, "th scope=\"col\"", "%s", *names);
	buf_str(b, "</tr></thead>\n<tbody>");
}

static void
add_worker(struct buf *b, const struct status_board *s,
    const struct status_worker *w)
{
	char text[STATUS_TIME_SIZE];
	bool old = w->generation < s->generation;

	buf_str(b, "<tr>");
	cell(b, "th scope=\"row\"", "%d", (int)w->pid);
	cell(b, "td", "%s", old ? "leaving" : status_state_name(w->state));
	cell(b, "td", "%s", status_ms(w->since_ms, text));
	cell(b, "td", "%s%s%s", w->method, w->method[0] == '\0' ? "" : " ",
	    w->route);
	if (w->waits_for == NULL)
		cell(b, "td", "%s", "");
	else
		cell(b, "td", "%s, %s", w->waits_for,
		    status_ms(w->waits_ms, text));
	cell(b, "td", "%" PRId64, w->served);
	cell(b, "td", "%s", status_us(w->took_us, text));
	cell(b, "td", "%s", status_ms(w->age_ms, text));
	buf_str(b, "</tr>\n");
}

static void
add_workers(struct buf *b, const struct status_board *s)
{
	static const char *const names[] = { "Process", "State", "Since",
		"Serves", "Waits for", "Requests", "Last took", "Age", NULL };

	table_begin(b, "Workers");
	add_head(b, names);
	for (int i = 0; i < s->n; i++)
		add_worker(b, s, &s->worker[i]);
	table_end(b);
}

static uint64_t
sum(const struct status_provider *p, enum upstream_count from,
    enum upstream_count to)
{
	uint64_t n = 0;

	for (int i = from; i <= (int)to; i++)
		n += p->count[i];
	return n;
}

static void
add_provider(struct buf *b, const struct status_provider *p)
{
	char text[STATUS_TIME_SIZE];
	uint64_t all = sum(p, UPSTREAM_CALLS_GOOD, UPSTREAM_CALLS_LIMITED);

	buf_str(b, "<tr>");
	cell(b, "th scope=\"row\"", "%s", p->name);
	if (!p->used)
		cell(b, "td", "not used yet");
	else if (p->gate == STATUS_OPEN)
		cell(b, "td", "%s", status_gate_name(p->gate));
	else
		cell(b, "td", "%s, %s", status_gate_name(p->gate),
		    status_ms(p->closed_ms, text));
	cell(b, "td", "%s",
	    status_ms(p->used && p->good_ms >= 0 ? p->good_ms : -1, text));
	cell(b, "td", "%" PRIu64 " of %" PRIu64, p->count[UPSTREAM_CALLS_GOOD],
	    all);
	cell(b, "td", "%" PRIu64 " of %" PRIu64, p->count[UPSTREAM_HITS],
	    sum(p, UPSTREAM_HITS, UPSTREAM_STALE));
	buf_str(b, "</tr>\n");
}

static void
add_providers(struct buf *b, const struct status_memory *m)
{
	static const char *const names[] = { "Provider", "Is asked",
		"Last good answer", "Good answers", "Cache hits", NULL };

	table_begin(b, "Identity providers");
	add_head(b, names);
	for (int i = 0; i < m->n; i++)
		add_provider(b, &m->provider[i]);
	table_end(b);
}

static void
add_memory(struct buf *b, const struct status_memory *m)
{
	const struct slots_usage *u = &m->slots;
	char text[STATUS_TIME_SIZE];

	table_begin(b, "Shared memory");
	buf_str(b, "<tbody>");
	FACT(b, "Cache", "%zu entries, %zu %% of %zu MiB", u->entries,
	    u->units == 0 ? 0 : u->used * 100 / u->units, m->size >> 20);
	FACT(b, "Revocations", "%d known, read %s ago%s", m->revoked,
	    status_ms(m->news_ms, text), m->fresh ? "" : ": late");
	table_end(b);
}

void
status_page(struct reply *r, const struct status_board *s,
    const struct status_memory *m, const char *id, bool live)
{
	struct buf *b = &r->body;
	char seconds[16];

	html_begin(r, "Status");
	add_service(b, s);
	add_workers(b, s);
	add_providers(b, m);
	add_memory(b, m);
	buf_str(b, "<p>");
	if (live) {
		snprintf(seconds, sizeof(seconds), "%d", STATUS_PAGE_EVERY_S);
		reply_header(r, "Refresh", seconds);
		html_button(b, "?still", "Stop refreshing");
	} else {
		html_button(b, "?", "Refresh");
	}
	html_button(b, "?json", "As JSON");
	buf_str(b, "</p>\n");
	html_end(r, id);
}
