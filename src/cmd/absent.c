/* SPDX-License-Identifier: MIT */
/* Page by page through the table, each page one question (or as many). */
#include "cmd/absent.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "cmd/directory.h"
#include "cmd/progress.h"
#include "user/roster.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
	ROWS_ARENA = 1 << 20,   /* one page of ids */
	KEPT_ARENA = 128 << 20, /* the ids of the absent: address space */
	STRANGE_SHOWN = 20,
};

struct absent {
	struct absent_options o;
	struct directory *directory;
	struct arena *rows;    /* reset with every page */
	struct arena *scratch; /* reset with every question */
	struct arena *kept;
	int64_t checked, strange;
	int64_t n;
	const char **id; /* room for o.most and one more */
};

static void
told_pause(void *ctx, int64_t ms)
{
	progress_say(ctx, "the provider wants a pause of %" PRId64 " s",
	    (ms + 999) / 1000);
}

struct absent *
absent_new(const struct absent_options *o, struct err *e)
{
	const struct directory_told told = { told_pause, o->progress };
	struct absent *s = calloc(1, sizeof(*s));

	if (s != NULL) {
		s->o = *o;
		s->directory = directory_new(o->conf, o->provider, &told, e);
		s->rows = arena_new(ROWS_ARENA);
		s->scratch = arena_new(DIRECTORY_ARENA);
		s->kept = arena_new(KEPT_ARENA);
		s->id = calloc((size_t)o->most + 1, sizeof(*s->id));
		if (s->directory != NULL && s->rows != NULL &&
		    s->scratch != NULL && s->kept != NULL && s->id != NULL)
			return s;
	}
	err_set(e, ERR_BUG, "out of memory"); /* unless there was a cause */
	absent_free(&s);
	return NULL;
}

void
absent_free(struct absent **s)
{
	if (*s == NULL)
		return;
	directory_free(&(*s)->directory);
	arena_free(&(*s)->rows);
	arena_free(&(*s)->scratch);
	arena_free(&(*s)->kept);
	free((*s)->id);
	free(*s);
	*s = NULL;
}

/* Somebody put it there by hand. */
static void
leave_alone(struct absent *s, const char *id)
{
	if (s->strange++ >= STRANGE_SHOWN)
		return;
	progress_clear(s->o.progress);
	fprintf(s->o.out, "left alone  %s %s: not an id of this provider\n",
	    s->o.provider, str_is_header_safe(id) ? id : "(unprintable)");
}

static int
keep(struct absent *s, const char *id, struct err *e)
{
	const char *copy = arena_dup(s->kept, id);

	if (copy == NULL)
		return err_set(e, ERR_BUG, "out of memory");
	s->id[s->n++] = copy;
	return 0;
}

static int
ask_page(struct absent *s, const char *const *row, int rows, struct err *e)
{
	const char *ids[DIRECTORY_BATCH];
	bool there[DIRECTORY_BATCH];
	int n = 0;

	for (int i = 0; i < rows; i++) {
		if (directory_is_id(s->directory, row[i]))
			ids[n++] = row[i];
		else
			leave_alone(s, row[i]);
	}
	arena_reset(s->scratch);
	if (directory_ask(s->directory, ids, n, there, s->scratch, e) == -1)
		return -1;
	s->checked += n;
	for (int i = 0; i < n && s->n <= s->o.most; i++)
		if (!there[i] && keep(s, ids[i], e) == -1)
			return -1;
	return 0;
}

int
absent_find(struct absent *s, struct err *e)
{
	char after[ROSTER_ID_SIZE] = "";
	const char *const *row;
	int rows = DIRECTORY_BATCH;

	while (rows == DIRECTORY_BATCH && s->n <= s->o.most) {
		arena_reset(s->rows);
		rows =
		    roster_page(s->o.db, s->o.provider, after, DIRECTORY_BATCH,
			clock_mono_ms() + ABSENT_DATABASE_MS, s->rows, &row, e);
		if (rows == -1 || ask_page(s, row, rows, e) == -1)
			return -1;
		if (rows > 0)
			snprintf(after, sizeof(after), "%s", row[rows - 1]);
		progress_say(s->o.progress,
		    "%s: %" PRId64 " users looked for, %" PRId64 " missing",
		    s->o.provider, s->checked, s->n);
	}
	if (s->strange > STRANGE_SHOWN)
		fprintf(s->o.out, "left alone  %s, %" PRId64 " more such\n",
		    s->o.provider, s->strange - STRANGE_SHOWN);
	return 0;
}

int
absent_confirm(struct absent *s, struct err *e)
{
	for (int64_t i = 0; i < s->n; i++) {
		bool there;

		arena_reset(s->scratch);
		if (directory_ask_one(s->directory, s->id[i], &there,
			s->scratch, e) == -1)
			return -1;
		if (there)
			return err_set(e, ERR_DOWN,
			    "the provider has %s after all: its answers "
			    "contradict each other",
			    s->id[i]);
		progress_say(s->o.progress,
		    "%s: %" PRId64 " of %" PRId64 " missing ones confirmed",
		    s->o.provider, i + 1, s->n);
	}
	return 0;
}

int64_t
absent_checked(const struct absent *s)
{
	return s->checked;
}

int64_t
absent_count(const struct absent *s)
{
	return s->n;
}

const char *
absent_id(const struct absent *s, int64_t i)
{
	return s->id[i];
}
