/* SPDX-License-Identifier: MIT */
/* Copies out of memory that others write: every value is taken as a guess. */
#include "cmd/status_look.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "io/db.h"
#include "shm/boards.h"
#include "shm/sane.h"
#include "user/migrate.h"

#include <string.h>

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

/* What has passed since a time that others wrote; -1: never. */
static int64_t
ago(int64_t then, int64_t now)
{
	if (then <= 0)
		return -1;
	return then > now ? 0 : now - then;
}

static void
copy_provider(const struct shared *m, const struct conf *c,
    struct status_provider *p, int64_t now)
{
	unsigned char scope[CONF_DIGEST_SIZE];
	const struct upstream *u;
	int64_t pause, backoff;

	if (conf_provider_digest(c, p->name, scope) == -1 ||
	    (u = upstream_look(m->lines, scope)) == NULL)
		return;
	pause = sane_left_ms(atomic_load(&u->gate.paused_until_ms),
	    GATE_PAUSE_MAX_MS, now);
	backoff = sane_left_ms(atomic_load(&u->gate.backoff_until_ms),
	    GATE_BACKOFF_MAX_MS, now);
	p->used = true;
	p->gate = pause > 0     ? STATUS_PAUSED
		  : backoff > 0 ? STATUS_BACKOFF
				: STATUS_OPEN;
	p->closed_ms = pause > backoff ? pause : backoff;
	p->good_ms = ago(atomic_load(&u->gate.good_ms), now);
	p->took_ms = atomic_load(&u->gate.took_ms);
	p->failures = atomic_load(&u->gate.failures);
	for (int i = 0; i < UPSTREAM_COUNTS; i++)
		p->count[i] = atomic_load(&u->count[i]);
}

static struct status_memory *
copy_memory(const struct shared *m, const struct conf *c, struct arena *a,
    int64_t now)
{
	struct status_memory *to = arena_alloc(a, sizeof(*to));
	const char *where = arena_dup(a, m->where);

	if (to == NULL || where == NULL)
		return NULL;
	memset(to, 0, sizeof(*to));
	to->where = where;
	to->size = SHMFILE_HEAD + shmfile_content_size(m->file);
	to->slots = slots_usage(m->slots, now);
	to->revoked = revoked_count(m->revoked, clock_wall_ms() / 1000);
	to->lost = revoked_lost(m->revoked);
	to->news_ms = ago(atomic_load(&m->news->read_ms), now);
	to->fresh = news_are_fresh(m->news, c->revocation.bound, now);
	for (int i = 0; i < c->providers.n && i < SHARED_PROVIDERS; i++) {
		to->provider[i].name = c->providers.item[i];
		copy_provider(m, c, &to->provider[i], now);
		to->n++;
	}
	return to;
}

static bool
copy_worker(const struct look *l, const struct board_slot *from,
    struct status_worker *to)
{
	const struct conf *c = l->status->conf;
	int state = atomic_load(&from->state);
	int p = atomic_load(&from->waits_for) - 1;

	if (state <= BOARD_FREE || state > BOARD_BUSY)
		return false;
	*to = (struct status_worker){
		.pid = atomic_load(&from->pid),
		.state = (enum board_state)state,
		.generation = atomic_load(&from->generation),
		.since_ms = ago(atomic_load(&from->since_ms), l->now),
		.served = atomic_load(&from->served),
	};
	if (p >= 0 && p < c->providers.n) {
		to->waits_for = c->providers.item[p];
		to->waits_ms = ago(atomic_load(&from->wait_since_ms), l->now);
	}
	return true;
}

static void
copy_board(void *ctx, const struct boards_one *one)
{
	struct look *l = ctx;
	struct status_board *to = &l->status->board[l->status->n];
	int used = atomic_load(&one->board->used);

	if (used <= 0 || l->failed)
		return;
	if (used > BOARD_SLOTS)
		used = BOARD_SLOTS;
	*to = (struct status_board){ .pid = one->pid,
		.limit = atomic_load(&one->board->limit) };
	to->worker = arena_alloc(l->arena, (size_t)used * sizeof(*to->worker));
	if (to->worker == NULL) {
		l->failed = true;
		return;
	}
	for (int i = 0; i < used; i++)
		if (copy_worker(l, &one->board->slot[i], &to->worker[to->n]))
			to->n++;
	to->single = to->n == 1 && to->worker[0].pid == one->pid;
	if (one->memory != NULL)
		to->memory =
		    copy_memory(one->memory, l->status->conf, l->arena, l->now);
	l->failed = one->memory != NULL && to->memory == NULL;
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
		s->memory = copy_memory(m, s->conf, l->arena, l->now);
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
