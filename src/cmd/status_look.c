/* SPDX-License-Identifier: MIT */
/* Finds the boards, and asks the database. */
#include "cmd/status_look.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "io/db.h"
#include "shm/boards.h"
#include "user/migrate.h"

_Static_assert(sizeof(((struct status *)0)->board) /
		       sizeof(struct status_board) ==
		   BOARDS_MAX,
    "room for all that are reported");

/* While boards are found. */
struct look {
	struct status *status;
	struct arena *arena;
	int64_t now;
	bool failed;
	bool wants_file; /* one of them has it */
};

static void
copy_board(void *ctx, const struct boards_one *one)
{
	struct look *l = ctx;
	const struct conf *c = l->status->conf;
	struct status_board *to = &l->status->board[l->status->n];

	if (atomic_load(&one->board->used) <= 0 || l->failed)
		return;
	l->failed = status_copy_board(one->board, one->pid, c, l->arena, l->now,
			to) == -1;
	if (!l->failed && one->memory != NULL) {
		to->memory =
		    status_copy_memory(one->memory, c, l->arena, l->now);
		l->failed = to->memory == NULL;
	}
	l->wants_file = l->wants_file || one->memory == NULL;
	l->status->n++;
}

static void
look_at_file(struct look *l, const struct shared_options *o)
{
	struct status *s = l->status;
	struct err e = { 0 };
	struct shared *m = shared_view(o, &e);

	if (m != NULL)
		s->memory = status_copy_memory(m, s->conf, l->arena, l->now);
	else
		s->why = arena_dup(l->arena, e.text);
	shared_free(&m);
}

static const char *
look_at_migrations(struct db *db, struct arena *a, int64_t deadline)
{
	static const char *const words[] = {
		[MIGRATE_CURRENT] = "all applied",
		[MIGRATE_NEWER] = "those of a newer version",
		[MIGRATE_PENDING] = "some are missing",
		[MIGRATE_CHANGED] = "an applied file differs",
	};
	enum migrate_state m;
	struct err e = { 0 };

	if (migrate_check(db, deadline, a, &m, &e) == -1)
		return arena_dup(a, e.text);
	return words[m];
}

static void
look_at_database(struct look *l)
{
	static const struct db_statement version = {
		.name = "show_version",
		.sql = "SHOW server_version",
		.repeatable = true,
	};
	struct status *s = l->status;
	int64_t deadline = clock_mono_ms() + STATUS_DATABASE_MS;
	struct db_options o;
	struct db_result r;
	struct err e = { 0 };
	struct db *db;

	conf_db_options(s->conf, &o);
	db = db_new(&o);
	if (db == NULL) {
		s->database = "out of memory";
	} else if (db_run(db, &version, NULL, deadline, l->arena, &r, &e) ==
		   -1) {
		s->database = arena_dup(l->arena, e.text);
	} else {
		s->database_good = true;
		s->database =
		    arena_printf(l->arena, "PostgreSQL %s", r.value[0]);
		s->migrations = look_at_migrations(db, l->arena, deadline);
	}
	db_free(&db);
}

int
status_look(const struct conf *c, struct arena *a, struct status *s,
    struct err *e)
{
	struct look l = { .status = s, .arena = a, .now = clock_mono_ms() };

	const struct shared_options o = { .dir = c->cache.path,
		.site = c->file,
		.size = (size_t)c->cache.size };

	*s = (struct status){ .conf = c };
	if (boards_find(&o, copy_board, &l, e) == -1)
		return -1;
	if (l.wants_file && !l.failed)
		look_at_file(&l, &o);
	if (s->n > 0 && !l.failed)
		look_at_database(&l);
	return l.failed ? err_set(e, ERR_BUG, "out of memory") : 0;
}
