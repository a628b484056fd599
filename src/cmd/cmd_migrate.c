/* SPDX-License-Identifier: MIT */
/* The schema's history on a terminal. */
#include "cmd/cmd_migrate.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "io/db.h"
#include "user/migrate.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = 16 << 20 };

enum { EXIT_USAGE = 2 };

/* What one run of the command needs. */
struct job {
	struct db *db;
	struct arena *arena;
	int to;
	FILE *out;
};

static const char *const row_words[] = {
	[MIGRATE_ROW_APPLIED] = "applied",
	[MIGRATE_ROW_PENDING] = "pending",
	[MIGRATE_ROW_CHANGED] = "CHANGED, applied with other contents",
	[MIGRATE_ROW_UNKNOWN] = "of a newer program, applied",
};

static const struct {
	const char *words;
	int status;
} answers[] = {
	[MIGRATE_CURRENT] = { "the schema is current", EXIT_SUCCESS },
	[MIGRATE_NEWER] = { "the schema is newer than this program, which "
			    "works with it",
	    EXIT_SUCCESS },
	[MIGRATE_PENDING] = { "to apply what is pending: gatehouse migrate up",
	    EXIT_FAILURE },
	[MIGRATE_CHANGED] = { "an applied migration is not this program's: "
			      "nothing will be applied",
	    EXIT_FAILURE },
};

static int
status(struct job *j, struct err *e)
{
	struct migrate_list list;

	if (migrate_list(j->db, migrate_builtin(),
		clock_mono_ms() + MIGRATE_LIST_MS, j->arena, &list, e) == -1)
		return EXIT_FAILURE;
	for (int i = 0; i < list.n; i++)
		fprintf(j->out, "%-40s %s%s%s\n", list.row[i].name,
		    row_words[list.row[i].state],
		    list.row[i].applied_at == NULL ? "" : " ",
		    list.row[i].applied_at == NULL ? ""
						   : list.row[i].applied_at);
	fprintf(j->out, "%s\n", answers[list.state].words);
	return answers[list.state].status;
}

static void
told(void *ctx, const struct migrate_row *row, enum migrate_event event)
{
	static const char *const words[] = {
		[MIGRATE_BEGINS] = "applying",
		[MIGRATE_DONE] = "applied",
		[MIGRATE_ELSEWHERE] = "applied by another process",
	};
	FILE *out = ctx;

	fprintf(out, "%-40s %s\n", row->name, words[event]);
	fflush(out);
}

static int
up(struct job *j, struct err *e)
{
	struct migrate_told t = { told, j->out };

	if (migrate_up(j->db, migrate_builtin(), j->to, &t, j->arena, e) == -1)
		return EXIT_FAILURE;
	fprintf(j->out, "nothing is left to apply%s\n",
	    j->to == 0 ? "" : " up to that number");
	return EXIT_SUCCESS;
}

static int
number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *text == '\0' || *end != '\0' || n < 1 || n > INT_MAX ? -1
								     : (int)n;
}

static const struct verb {
	const char *word;
	int words; /* with the ones after it */
	int (*run)(struct job *j, struct err *e);
} verbs[] = {
	{ "status", 1, status },
	{ "to", 2, up },
	{ "up", 1, up },
};

/* NULL when the words make no sense; a number goes into *to. */
static const struct verb *
find_verb(int argc, char **argv, int *to)
{
	const char *word = argc == 0 ? "status" : argv[0];
	int words = argc == 0 ? 1 : argc;

	*to = words == 2 ? number(argv[1]) : 0;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(word, verbs[i].word) == 0)
			return words == verbs[i].words && *to != -1 ? &verbs[i]
								    : NULL;
	return NULL;
}

int
cmd_migrate(const struct db_options *o, int argc, char **argv, FILE *out,
    FILE *complaints)
{
	struct job j = { .out = out };
	struct err e = { .kind = ERR_NONE };
	const struct verb *verb = find_verb(argc, argv, &j.to);
	int rc = EXIT_FAILURE;

	if (verb == NULL) {
		fprintf(complaints,
		    "usage: gatehouse migrate [status | up | to N]\n");
		return EXIT_USAGE;
	}
	j.db = db_new(o);
	j.arena = arena_new(ARENA);
	if (j.db == NULL || j.arena == NULL)
		err_set(&e, ERR_DOWN, "out of memory");
	else
		rc = verb->run(&j, &e);
	if (e.kind != ERR_NONE)
		fprintf(complaints, "gatehouse: %s\n", e.text);
	arena_free(&j.arena);
	db_free(&j.db);
	return rc;
}
