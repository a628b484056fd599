/* SPDX-License-Identifier: MIT */
/* Pages behind a cursor, and the cursor that follows them on this host. */
#include "user/follower.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "generated/queries.h"
#include "io/crypt.h"
#include "io/db.h"
#include "shm/shared.h"
#include "user/revocation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 250,           /* as in revocation_read.sql */
	PAGE_ARENA = 1 << 20, /* a row's texts are 4 * 255 + 64 bytes at most */
	LOCK_MS = 100,
	NUMBER = 24,
};

static const struct db_statement next_page = {
	.name = "revocation_read",
	.sql = query_revocation_read,
	.nparams = 2,
	.repeatable = true,
};

static const struct db_statement stamp = {
	.name = "revocation_stamp",
	.sql = query_revocation_stamp,
	.repeatable = true,
};

/* One reading: as of its first page. */
struct reading {
	const struct follower *f;
	struct db_result page;
	uint64_t database;  /* which one answered */
	uint64_t from;      /* the cursor at the beginning */
	uint64_t xmin;      /* all rows before it were to be seen */
	uint64_t xid, row;  /* the last that was taken */
	int64_t started_ms; /* monotonic */
	bool stamped;       /* what we could */
	bool moving;        /* rows that we may miss this time, see below */
};

/* Of a page's row; what comes of no table is the same in each. */
enum { XMIN, XMAX, WHICH, XID, ROW, REVOCATION };

static uint64_t
number(const char *text)
{
	return strtoull(text, NULL, 10);
}

static int
no_lock(struct err *e)
{
	return err_set(e, ERR_DOWN,
	    "revocations: no lock on the shared memory");
}

/*
 * Moves the cursor, unless somebody began anew meanwhile (another database, or
 * a file whose contents were lost): what he has not read yet is his.
 */
static void
move(const struct reading *g, struct news *n, uint64_t cursor, bool complete)
{
	if (atomic_load(&n->database) != g->database && g->from == 0) {
		/* in this order: who dies between leaves a beginning */
		news_begin_anew(n);
		atomic_store(&n->database, g->database);
		if (g->f->seen != NULL)
			g->f->seen->epoch = atomic_load(&n->epoch);
	}
	if (atomic_load(&n->database) != g->database ||
	    atomic_load(&n->cursor) < g->from)
		return;
	if (atomic_load(&n->cursor) < cursor)
		atomic_store(&n->cursor, cursor);
	if (complete && atomic_load(&n->read_ms) < g->started_ms)
		atomic_store(&n->read_ms, g->started_ms);
}

static int
lock_news(const struct shared *s)
{
	return shm_lock(s->file, SHM_NEWS, 0, clock_mono_ms() + LOCK_MS);
}

static int
advance(const struct reading *g, uint64_t cursor, bool complete, struct err *e)
{
	const struct shared *s = g->f->shared;

	if (lock_news(s) == -1)
		return no_lock(e);
	move(g, s->news, cursor, complete);
	shm_unlock(s->file, SHM_NEWS, 0);
	return 0;
}

static uint64_t
digest(struct crypt_mac *mac, const char *url, const char *which)
{
	const struct crypt_part parts[] = {
		{ url, strlen(url) },
		{ which, strlen(which) },
	};

	return crypt_tag(mac, parts, 2);
}

static int
ask(struct reading *g, int64_t deadline, struct arena *a, struct err *e)
{
	char xid[NUMBER], row[NUMBER];
	const char *values[] = { xid, row };

	snprintf(xid, sizeof(xid), "%llu", (unsigned long long)g->xid);
	snprintf(row, sizeof(row), "%llu", (unsigned long long)g->row);
	arena_reset(a);
	return db_run(g->f->db, &next_page, values, deadline, a, &g->page, e);
}

/* Where all is read from the beginning, all is applied. */
static void
forget_unless(const struct reading *g, uint64_t epoch)
{
	struct follower_seen *seen = g->f->seen;

	if (seen == NULL || (seen->epoch == epoch && g->from != 0))
		return;
	*seen = (struct follower_seen){ .epoch = epoch };
}

/* The first page: behind the cursor if it is this database's. */
static int
begin(struct reading *g, int64_t deadline, struct arena *a, struct err *e)
{
	struct news *n = g->f->shared->news;
	uint64_t epoch = atomic_load(&n->epoch);
	uint64_t known = atomic_load(&n->database);

	g->xid = g->from = atomic_load(&n->cursor);
	for (;;) {
		if (ask(g, deadline, a, e) == -1)
			return -1;
		g->xmin = number(g->page.value[XMIN]);
		g->database =
		    digest(g->f->mac, g->f->database, g->page.value[WHICH]);
		if (g->from == 0 ||
		    (known == g->database && g->from <= g->xmin))
			break;
		g->xid = g->from = 0;
	}
	forget_unless(g, epoch);
	return 0;
}

/* Once, where it will be read again. */
static int
take_row(struct reading *g, const char *const *v)
{
	const struct follower *f = g->f;
	uint64_t *seen;

	g->xid = number(v[XID]);
	g->row = number(v[ROW]);
	seen = f->seen == NULL ? NULL : &f->seen->row[g->row % FOLLOWER_SEEN];
	if (seen != NULL && *seen == g->row)
		return 0;
	if (revocation_take(f->shared, f->mac, v + REVOCATION, g->row,
		g->database) == -1)
		return -1;
	if (seen != NULL && g->xid >= g->xmin)
		*seen = g->row;
	return 0;
}

enum taken { TAKEN_ALL, TAKEN_PAGE, TAKEN_FOREIGN };

/* Up to the first row of a transaction that has not begun here; -1 and *e. */
static int
take_page(struct reading *g, struct err *e)
{
	const char *const *v = g->page.value;
	bool last = g->page.rows < PAGE;

	for (int i = 0; i < g->page.rows; i++, v += g->page.cols) {
		if (v[XID] == NULL)
			break;
		if (!g->stamped && number(v[XID]) >= number(v[XMAX]))
			return TAKEN_FOREIGN;
		if (take_row(g, v) == -1)
			return no_lock(e);
	}
	if (advance(g, last || g->xid > g->xmin ? g->xmin : g->xid,
		last && !g->moving, e) == -1)
		return -1;
	return last ? TAKEN_ALL : TAKEN_PAGE;
}

/*
 * Some of them, which are read next then.  Where others are at it, or the role
 * may not, they are taken as they are.  Others may move a row to where we have
 * been, but never behind the cursor: the next reading finds it.
 */
static void
stamp_some(struct reading *g, int64_t deadline, struct arena *a)
{
	struct err refused = { .kind = ERR_NONE };
	struct db_result r;

	arena_reset(a);
	g->moving =
	    db_run(g->f->db, &stamp, NULL, deadline, a, &r, &refused) == 0;
	g->stamped = !g->moving || number(r.value[0]) == 0;
}

static int
read_all(struct reading *g, int64_t deadline, struct arena *a, struct err *e)
{
	int taken;

	if (begin(g, deadline, a, e) == -1)
		return -1;
	while ((taken = take_page(g, e)) > TAKEN_ALL) {
		if (taken == TAKEN_FOREIGN)
			stamp_some(g, deadline, a);
		if (ask(g, deadline, a, e) == -1)
			return -1;
	}
	return taken;
}

static int
note_clock(const struct reading *g, struct err *e)
{
	const struct shared *s = g->f->shared;

	atomic_store(&s->news->tried_ms, g->started_ms);
	if (lock_news(s) == -1)
		return no_lock(e);
	news_note_clock(s->news, clock_wall_ms(), clock_mono_ms());
	shm_unlock(s->file, SHM_NEWS, 0);
	return 0;
}

int
follower_read(const struct follower *f, int64_t deadline, struct err *e)
{
	struct reading g = { .f = f, .started_ms = clock_mono_ms() };
	struct arena *a = arena_new(PAGE_ARENA);
	int rc;

	if (a == NULL)
		return err_set(e, ERR_DOWN, "revocations: out of memory");
	rc = note_clock(&g, e);
	if (rc == 0)
		rc = read_all(&g, deadline, a, e);
	arena_free(&a);
	return rc;
}
