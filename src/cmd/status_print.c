/* SPDX-License-Identifier: MIT */
/* The status as aligned lines, of at most 80 columns but for long names. */
#include "cmd/status_print.h"

#include "cmd/status_look.h"
#include "conf/conf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { LABEL_WIDTH = 13, LINE_WIDTH = 80, ITEM_SIZE = 64 };

/* A line of items, which goes on below itself where it gets too long. */
struct line {
	FILE *out;
	int width;
};

static struct line
line_begin(FILE *out, const char *label)
{
	fprintf(out, "%-*s", LABEL_WIDTH - 1, label);
	return (struct line){ out, 0 };
}

static void line_add(struct line *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
line_add(struct line *l, const char *format, ...)
{
	char item[ITEM_SIZE];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(item, sizeof(item), format, args);
	va_end(args);
	if (l->width == 0)
		l->width = LABEL_WIDTH;
	else if (l->width + n + 3 <= LINE_WIDTH)
		l->width += fprintf(l->out, ",");
	else
		l->width = fprintf(l->out, ",\n%*s", LABEL_WIDTH - 1, "") - 1;
	l->width += fprintf(l->out, " %s", item);
}

/* A worker of an older configuration is on its way out. */
static const char *
state_of(const struct status_board *b, const struct status_worker *w)
{
	return w->generation < b->generation ? "leaving"
					     : status_state_name(w->state);
}

static void
print_doing(const struct status_worker *w, FILE *out)
{
	char waits[STATUS_TIME_SIZE];

	if (w->method[0] != '\0')
		fprintf(out, "  %s %s", w->method,
		    w->route[0] == '\0' ? "(no route)" : w->route);
	if (w->waits_for != NULL)
		fprintf(out, "%s %s %s", w->method[0] == '\0' ? " " : ",",
		    w->waits_for, status_ms(w->waits_ms, waits));
}

static void
print_worker(const struct status_board *b, const struct status_worker *w,
    FILE *out)
{
	char since[STATUS_TIME_SIZE], age[STATUS_TIME_SIZE],
	    took[STATUS_TIME_SIZE];

	fprintf(out, "%7d  %-8s  %6s  %6s  %8" PRId64 "  %6s", (int)w->pid,
	    state_of(b, w), status_ms(w->since_ms, since),
	    status_ms(w->age_ms, age), w->served, status_us(w->took_us, took));
	print_doing(w, out);
	fputc('\n', out);
}

/* "calls_good" is for scripts. */
static const char *
words(const char *name, char text[ITEM_SIZE])
{
	snprintf(text, ITEM_SIZE, "%s", name);
	for (char *c = text; (c = strchr(c, '_')) != NULL;)
		*c = ' ';
	return text;
}

static void
print_counts(const struct status_provider *p, enum upstream_count from,
    enum upstream_count to, FILE *out)
{
	struct line l = line_begin(out, "");
	char name[ITEM_SIZE];

	for (int i = from; i <= (int)to; i++)
		line_add(&l, "%s %" PRIu64,
		    words(upstream_count_name((enum upstream_count)i), name),
		    p->count[i]);
	fputc('\n', out);
}

static void
print_provider(const struct status_provider *p, FILE *out)
{
	struct line l = line_begin(out, "provider");
	char text[STATUS_TIME_SIZE];

	if (!p->used) {
		line_add(&l, "%s: not used yet\n", p->name);
		return;
	}
	if (p->gate == STATUS_OPEN)
		line_add(&l, "%s: open", p->name);
	else
		line_add(&l, "%s: %s for %s", p->name,
		    status_gate_name(p->gate), status_ms(p->closed_ms, text));
	if (p->failures > 0)
		line_add(&l, "%d failures since the last good answer",
		    p->failures);
	if (p->good_ms != -1)
		line_add(&l, "answered well %s ago in %" PRId64 " ms",
		    status_ms(p->good_ms, text), p->took_ms);
	fputc('\n', out);
	print_counts(p, UPSTREAM_HITS, UPSTREAM_STALE, out);
	print_counts(p, UPSTREAM_CALLS_GOOD, UPSTREAM_CALLS_LIMITED, out);
	print_counts(p, UPSTREAM_ALLOWED, UPSTREAM_REVOKED, out);
}

static void
print_memory(const struct status_memory *m, FILE *out)
{
	char text[STATUS_TIME_SIZE];
	const struct slots_usage *u = &m->slots;

	fprintf(out,
	    "%-12s %s, %zu MiB: %zu entries, %zu %% of the room used\n",
	    "cache", m->where[0] == '\0' ? "private" : m->where, m->size >> 20,
	    u->entries, u->units == 0 ? 0 : u->used * 100 / u->units);
	fprintf(out, "%-12s %d known, %s%s%s\n", "revocations", m->revoked,
	    m->news_ms == -1 ? "never read" : "read ",
	    m->news_ms == -1 ? "" : status_ms(m->news_ms, text),
	    m->news_ms == -1 ? ""
	    : m->fresh       ? " ago"
			     : " ago: LATE");
	if (m->lost > 0)
		fprintf(out,
		    "%-12s %" PRIu64 " had no room and were forgotten: raise "
		    "cache.size\n",
		    "", m->lost);
	for (int i = 0; i < m->n; i++)
		print_provider(&m->provider[i], out);
}

static void
print_service(const struct status_board *b, FILE *out)
{
	struct line l = line_begin(out, "service");
	char text[STATUS_TIME_SIZE];

	line_add(&l, "supervisor %d for %s", (int)b->pid,
	    status_ms(b->started_ms, text));
	line_add(&l, "configuration %d loaded %s ago", b->generation,
	    status_ms(b->loaded_ms, text));
	fputc('\n', out);
	l = line_begin(out, "workers");
	line_add(&l, "%d, at most %d: %d busy, %d idle, %d starting", b->n,
	    b->limit, b->count[BOARD_BUSY], b->count[BOARD_IDLE],
	    b->count[BOARD_STARTING]);
	line_add(&l, "all were busy %" PRId64 " times", b->full);
	line_add(&l, "%" PRId64 " died", b->deaths);
	fputc('\n', out);
}

static void
print_requests(int64_t served, int64_t slow, FILE *out)
{
	struct line l = line_begin(out, "requests");

	line_add(&l, "%" PRId64 " begun", served);
	line_add(&l, "%" PRId64 " slow", slow);
	fputc('\n', out);
}

static void
print_queue(const struct status_board *b, FILE *out)
{
	struct line l = line_begin(out, "queue");

	if (b->waiting_limit < 0) {
		line_add(&l, "the kernel does not tell\n");
		return;
	}
	line_add(&l, "%d connections wait", b->waiting);
	line_add(&l, "at most %d did", b->waiting_most);
	line_add(&l, "room for %d", b->waiting_limit);
	fputc('\n', out);
}

static void
print_workers(const struct status_board *b, FILE *out)
{
	for (int i = 0; i < b->n; i++)
		print_worker(b, &b->worker[i], out);
}

static void
print_header(FILE *out)
{
	fprintf(out, "%7s  %-8s  %6s  %6s  %8s  %6s  %s\n", "pid", "state",
	    "since", "age", "served", "last", "serves, waits for");
}

/* Of each of which there is one only; they may share a listener. */
static void
print_singles(const struct status *s, FILE *out)
{
	struct status_board all = { .waiting_limit = -1 };
	int n = 0;

	for (int i = 0; i < s->n; i++) {
		const struct status_board *b = &s->board[i];

		if (!b->single)
			continue;
		n++;
		all.served += b->served;
		all.slow += b->slow;
		if (b->waiting_limit > all.waiting_limit)
			all.waiting_limit = b->waiting_limit;
		if (b->waiting > all.waiting)
			all.waiting = b->waiting;
		if (b->waiting_most > all.waiting_most)
			all.waiting_most = b->waiting_most;
	}
	if (n == 0)
		return;
	fprintf(out, "%-12s %d single process%s\n", "service", n,
	    n == 1 ? "" : "es");
	print_requests(all.served, all.slow, out);
	print_queue(&all, out);
	print_header(out);
	for (int i = 0; i < s->n; i++)
		if (s->board[i].single)
			print_workers(&s->board[i], out);
}

static void
print_supervisors(const struct status *s, FILE *out)
{
	for (int i = 0; i < s->n; i++) {
		const struct status_board *b = &s->board[i];

		if (b->single)
			continue;
		print_service(b, out);
		print_requests(b->served, b->slow, out);
		print_queue(b, out);
		print_header(out);
		print_workers(b, out);
	}
}

void
status_print(const struct status *s, FILE *out)
{
	if (s->n == 0) {
		fprintf(out,
		    "no process of %s runs here, or none that we may "
		    "look at\n",
		    s->conf->file);
		return;
	}
	print_supervisors(s, out);
	print_singles(s, out);
	for (int i = 0; i < s->n; i++)
		if (s->board[i].memory != NULL)
			print_memory(s->board[i].memory, out);
	if (s->memory != NULL)
		print_memory(s->memory, out);
	if (s->why != NULL)
		fprintf(out, "%-12s not to be seen: %s\n", "cache", s->why);
	fprintf(out, "%-12s %s\n", "database", s->database);
	if (s->migrations != NULL)
		fprintf(out, "%-12s %s\n", "migrations", s->migrations);
}
