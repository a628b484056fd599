/* SPDX-License-Identifier: MIT */
/* The status as aligned lines. */
#include "cmd/status_print.h"

#include "cmd/status_look.h"
#include "conf/conf.h"

#include <inttypes.h>

enum { SPAN_SIZE = 32 };

const char *const status_states[] = {
	[BOARD_FREE] = "free",
	[BOARD_STARTING] = "starting",
	[BOARD_IDLE] = "idle",
	[BOARD_BUSY] = "busy",
};

const char *const status_gates[] = {
	[STATUS_OPEN] = "open",
	[STATUS_PAUSED] = "paused",
	[STATUS_BACKOFF] = "backing off",
};

/* Two digits are enough to judge by. */
static const char *
span(int64_t ms, char text[SPAN_SIZE])
{
	static const struct {
		int64_t below, unit;
		const char *name;
	} units[] = {
		{ 1000, 1, "ms" },
		{ 120 * 1000, 1000, "s" },
		{ 120 * 60 * 1000, 60 * 1000, "min" },
		{ 48 * 3600 * INT64_C(1000), 3600 * 1000, "h" },
		{ INT64_MAX, 24 * 3600 * 1000, "d" },
	};
	int i = 0;

	while (ms >= units[i].below && units[i].below != INT64_MAX)
		i++;
	snprintf(text, SPAN_SIZE, "%" PRId64 " %s", ms / units[i].unit,
	    units[i].name);
	return text;
}

static void
print_worker(const struct status_worker *w, FILE *out)
{
	char since[SPAN_SIZE], waits[SPAN_SIZE];

	fprintf(out, "%9d  %-8s  %8s  %10" PRId64 "  %10d", (int)w->pid,
	    status_states[w->state],
	    w->since_ms == -1 ? "-" : span(w->since_ms, since), w->served,
	    w->generation);
	if (w->waits_for != NULL)
		fprintf(out, "  %s, %s", w->waits_for,
		    span(w->waits_ms, waits));
	fputc('\n', out);
}

/* "calls_good" is for scripts. */
static void
print_words(const char *name, FILE *out)
{
	for (; *name != '\0'; name++)
		fputc(*name == '_' ? ' ' : *name, out);
}

static void
print_counts(const struct status_provider *p, enum upstream_count from,
    enum upstream_count to, FILE *out)
{
	fprintf(out, "%-12s", "");
	for (int i = from; i <= (int)to; i++) {
		fputs(i == (int)from ? " " : ", ", out);
		print_words(upstream_count_name((enum upstream_count)i), out);
		fprintf(out, " %" PRIu64, p->count[i]);
	}
	fputc('\n', out);
}

static void
print_provider(const struct status_provider *p, FILE *out)
{
	char text[SPAN_SIZE];

	fprintf(out, "%-12s %s: ", "provider", p->name);
	if (!p->used) {
		fprintf(out, "not used yet\n");
		return;
	}
	fprintf(out, "%s", status_gates[p->gate]);
	if (p->gate != STATUS_OPEN)
		fprintf(out, " for %s", span(p->closed_ms, text));
	if (p->failures > 0)
		fprintf(out, ", %d failures since the last good answer",
		    p->failures);
	if (p->good_ms != -1)
		fprintf(out, ", answered well %s ago in %" PRId64 " ms",
		    span(p->good_ms, text), p->took_ms);
	fputc('\n', out);
	print_counts(p, UPSTREAM_HITS, UPSTREAM_STALE, out);
	print_counts(p, UPSTREAM_CALLS_GOOD, UPSTREAM_CALLS_LIMITED, out);
	print_counts(p, UPSTREAM_ALLOWED, UPSTREAM_REVOKED, out);
}

static void
print_memory(const struct status_memory *m, FILE *out)
{
	char text[SPAN_SIZE];
	const struct slots_usage *u = &m->slots;

	fprintf(out,
	    "%-12s %s, %zu MiB: %zu entries, %zu %% of the room used\n",
	    "cache", m->where[0] == '\0' ? "private" : m->where, m->size >> 20,
	    u->entries, u->units == 0 ? 0 : u->used * 100 / u->units);
	fprintf(out, "%-12s %d known, %s%s%s\n", "revocations", m->revoked,
	    m->news_ms == -1 ? "never read" : "read ",
	    m->news_ms == -1 ? "" : span(m->news_ms, text),
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
print_board(const struct status_board *b, FILE *out)
{
	if (!b->single)
		fprintf(out, "%9d  supervisor of %d workers, at most %d\n",
		    (int)b->pid, b->n, b->limit);
	for (int i = 0; i < b->n; i++)
		print_worker(&b->worker[i], out);
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
	fprintf(out, "%9s  %-8s  %8s  %10s  %10s  %s\n", "pid", "state",
	    "since", "served", "generation", "waits for");
	for (int i = 0; i < s->n; i++)
		print_board(&s->board[i], out);
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
