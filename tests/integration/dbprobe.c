/* SPDX-License-Identifier: MIT */
/*
 * The database part on a terminal, for the it_*.py tests: one command a line,
 * words parted by tabs, one line back: "ok", milliseconds, results; or the
 * error's kind, milliseconds, its text.  In words \n is a line end and a lone
 * "-" is NULL; so is it in answers.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "cmd/cmd_migrate.h"
#include "integration/dbprobe_news.h"
#include "io/db.h"
#include "user/migrate.h"
#include "user/store.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNEL "gatehouse_revocation"

enum { WORDS_MAX = 40, FILES_MAX = 32, STATEMENTS_MAX = 32, ARENA = 8 << 20 };

static struct {
	struct db_options options;
	struct db *db;
	struct arena *arena;
	int budget_ms;
	struct db_statement statement[STATEMENTS_MAX];
	int statements;
	struct migrate_file file[FILES_MAX];
	struct migrate_set set;
	char answer[65536];
} probe = { .budget_ms = 4000, .set = { probe.file, 0 } };

static void
answer(const char *text)
{
	size_t n = strlen(probe.answer);

	snprintf(probe.answer + n, sizeof(probe.answer) - n, "\t%s",
	    text == NULL ? "-" : text);
}

static int64_t
deadline(void)
{
	return clock_mono_ms() + probe.budget_ms;
}

/* Texts that a struct calls const, because for the program they are. */
static void
drop(const char *text)
{
	free((void *)(uintptr_t)text);
}

static int
do_open(char **w, struct err *e)
{
	bool listens = strcmp(w[5], "listen") == 0;

	drop(probe.options.url);
	probe.options = (struct db_options){ strdup(w[1]), atoi(w[2]),
		atoi(w[3]), atoi(w[4]), listens ? CHANNEL : NULL, NULL };
	db_free(&probe.db);
	probe.db = db_new(&probe.options);
	return db_check_url(w[1], e);
}

static int
do_budget(char **w, struct err *e)
{
	(void)e;
	probe.budget_ms = atoi(w[1]);
	return 0;
}

static int
do_define(char **w, struct err *e)
{
	struct db_statement *st = &probe.statement[probe.statements];

	if (probe.statements == STATEMENTS_MAX)
		return err_set(e, ERR_BUG, "too many statements");
	probe.statements++;
	*st = (struct db_statement){ .name = strdup(w[1]),
		.sql = strdup(w[3]),
		.repeatable = strcmp(w[2], "read") == 0 };
	return 0;
}

static int
do_run(char **w, struct err *e)
{
	struct db_result r;
	int i = 0;

	while (i < probe.statements &&
	       strcmp(probe.statement[i].name, w[1]) != 0)
		i++;
	if (db_run(probe.db, &probe.statement[i], NULL, deadline(), probe.arena,
		&r, e) == -1)
		return -1;
	for (int n = 0; n < r.rows * r.cols; n++)
		answer(r.value[n]);
	return 0;
}

static int
do_script(char **w, struct err *e)
{
	return db_script(probe.db, w[1], deadline(), e);
}

static int
do_idle(char **w, struct err *e)
{
	(void)e;
	db_close_idle(probe.db, atoi(w[1]));
	return 0;
}

static int
do_spent(char **w, struct err *e)
{
	char text[24];

	(void)w;
	(void)e;
	snprintf(text, sizeof(text), "%lld",
	    (long long)db_take_spent_us(probe.db));
	answer(text);
	return 0;
}

static int
do_profile(char **w, struct err *e)
{
	struct profile p;
	int rc = strcmp(w[0], "get") == 0
		     ? store_get(probe.db, w[1], w[2], deadline(), probe.arena,
			   &p, e)
		     : store_get_or_create(probe.db, w[1], w[2], deadline(),
			   probe.arena, &p, e);

	if (rc == -1)
		return -1;
	if (rc == STORE_GONE) {
		answer("gone");
		return 0;
	}
	answer(p.theme);
	answer(p.notifications ? "true" : "false");
	answer(p.bio);
	return 0;
}

static int
do_change(char **w, struct err *e)
{
	struct profile_change c = { w[3], w[4], w[5] };

	int rc =
	    store_change(probe.db, w[1], w[2], &c, deadline(), probe.arena, e);

	if (rc == STORE_GONE)
		answer("gone");
	return rc == -1 ? -1 : 0;
}

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 65536);

	if (f == NULL || text == NULL || fread(text, 1, 65535, f) == 0) {
		fprintf(stderr, "dbprobe: cannot read %s\n", path);
		exit(2);
	}
	fclose(f);
	return text;
}

static void
drop_files(void)
{
	while (probe.set.n > 0) {
		probe.set.n--;
		drop(probe.file[probe.set.n].name);
		drop(probe.file[probe.set.n].sql);
	}
}

static int
do_files(char **w, struct err *e)
{
	(void)e;
	drop_files();
	for (int i = 1; w[i] != NULL && i <= FILES_MAX; i++) {
		char *name = strdup(strrchr(w[i], '/') + 1);

		*strchr(name, '.') = '\0';
		probe.file[probe.set.n++] =
		    (struct migrate_file){ i, name, read_file(w[i]) };
	}
	return 0;
}

static void
on_told(void *ctx, const struct migrate_row *row, enum migrate_event event)
{
	static const char *const words[] = { "begins", "done", "elsewhere" };

	(void)ctx;
	(void)row;
	answer(words[event]);
}

static int
do_up(char **w, struct err *e)
{
	struct migrate_told told = { on_told, NULL };

	return migrate_up(probe.db, &probe.set, atoi(w[1]), &told, probe.arena,
	    e);
}

static int
do_list(char **w, struct err *e)
{
	static const char *const states[] = { "current", "newer", "pending",
		"changed" };
	static const char *const rows[] = { "applied", "pending", "changed",
		"unknown" };
	struct migrate_list list;

	(void)w;
	if (migrate_list(probe.db, &probe.set, deadline(), probe.arena, &list,
		e) == -1)
		return -1;
	answer(states[list.state]);
	for (int i = 0; i < list.n; i++)
		answer(rows[list.row[i].state]);
	return 0;
}

static int
do_check(char **w, struct err *e)
{
	static const char *const states[] = { "current", "newer", "pending",
		"changed" };
	enum migrate_state state;

	(void)w;
	if (migrate_check(probe.db, deadline(), probe.arena, &state, e) == -1)
		return -1;
	answer(states[state]);
	return 0;
}

/* The command as the program runs it; its exit status and its lines. */
static int
do_cli(char **w, struct err *e)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int argc = 0;

	(void)e;
	while (w[argc + 1] != NULL)
		argc++;
	argc = cmd_migrate(&probe.options, argc, w + 1, out, out);
	fclose(out);
	answer((const char *[]){ "0", "1", "2" }[argc]);
	for (char *line = text, *l; (l = strsep(&line, "\n")) != NULL;)
		answer(*l == '\0' ? NULL : l);
	free(text);
	return 0;
}

static const struct {
	const char *word;
	int words;
	int (*run)(char **w, struct err *e);
} commands[] = {
	{ "budget", 2, do_budget },
	{ "change", 6, do_change },
	{ "check", 1, do_check },
	{ "cli", 1, do_cli },
	{ "define", 4, do_define },
	{ "files", 2, do_files },
	{ "get", 3, do_profile },
	{ "get_or_create", 3, do_profile },
	{ "idle", 2, do_idle },
	{ "list", 1, do_list },
	{ "open", 6, do_open },
	{ "run", 2, do_run },
	{ "script", 2, do_script },
	{ "spent", 1, do_spent },
	{ "up", 2, do_up },
};

static int
split(char *line, char *w[WORDS_MAX + 1])
{
	int n = 0;

	line[strcspn(line, "\n")] = '\0';
	while (line != NULL && n < WORDS_MAX) {
		char *word = strsep(&line, "\t"), *nl;

		while ((nl = strstr(word, "\\n")) != NULL)
			nl[0] = ' ', nl[1] = '\n';
		w[n++] = strcmp(word, "-") == 0 ? NULL : word;
	}
	w[n] = NULL;
	return n;
}

static int
dispatch(char **w, int n, struct err *e)
{
	const struct news_call c = { probe.db, probe.options.url, probe.arena,
		deadline(), answer };
	int rc;

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].word, w[0]) == 0 &&
		    n >= commands[i].words)
			return commands[i].run(w, e);
	rc = news_command(&c, w, n, e);
	if (rc == NEWS_NO_COMMAND)
		return err_set(e, ERR_BUG, "no such command: %s", w[0]);
	return rc;
}

int
main(void)
{
	static const char *const kinds[] = { "ok", "INPUT", "DOWN", "CONFIG",
		"BUG" };
	char *w[WORDS_MAX + 1];
	char *line = NULL;
	size_t size = 0;

	signal(SIGPIPE, SIG_IGN);
	probe.arena = arena_new(ARENA);
	while (probe.arena != NULL && getline(&line, &size, stdin) != -1) {
		struct err e = { .kind = ERR_NONE };
		int64_t started = clock_mono_ms();
		int n = split(line, w);

		probe.answer[0] = '\0';
		if (dispatch(w, n, &e) == -1)
			answer(e.text);
		printf("%s\t%d%s\n", kinds[e.kind],
		    (int)(clock_mono_ms() - started), probe.answer);
		fflush(stdout);
		arena_reset(probe.arena);
	}
	free(line);
	drop_files();
	while (probe.statements-- > 0) {
		drop(probe.statement[probe.statements].name);
		drop(probe.statement[probe.statements].sql);
	}
	drop(probe.options.url);
	db_free(&probe.db);
	arena_free(&probe.arena);
	return 0;
}
