/* SPDX-License-Identifier: MIT */
/* Compares the files with gatehouse_migrations and applies the rest. */
#include "user/migrate.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "io/crypt.h"
#include "io/db.h"

#include "generated/migrations.h"
#include "generated/queries.h"

#include <stdlib.h>
#include <string.h>

static const struct db_statement applied = {
	.name = "migrate_applied",
	.sql = query_migrate_applied,
	.nparams = 0,
	.repeatable = true,
};

enum { VERSION, NAME, SHA256, APPLIED_AT };

enum { BATCH_FIRST = 8192 };

const struct migrate_set *
migrate_builtin(void)
{
	static const struct migrate_set set = { migrations,
		sizeof(migrations) / sizeof(*migrations) };

	return &set;
}

static const char *
cell(const struct db_result *r, int row, int col)
{
	return r->value[row * r->cols + col];
}

static int
version_of(const struct db_result *r, int row)
{
	return (int)strtol(cell(r, row, VERSION), NULL, 10);
}

static struct migrate_row
look_up(const struct migrate_file *f, const struct db_result *r)
{
	struct migrate_row row = { f->version, f->name, MIGRATE_ROW_PENDING,
		NULL };
	char sum[CRYPT_SHA256_HEX_SIZE];

	for (int i = 0; i < r->rows; i++) {
		if (version_of(r, i) != f->version)
			continue;
		crypt_sha256_hex(f->sql, strlen(f->sql), sum);
		row.state = strcmp(cell(r, i, SHA256), sum) == 0
				? MIGRATE_ROW_APPLIED
				: MIGRATE_ROW_CHANGED;
		row.applied_at = cell(r, i, APPLIED_AT);
	}
	return row;
}

static enum migrate_state
worst(const struct migrate_list *list)
{
	static const enum migrate_state means[] = {
		[MIGRATE_ROW_APPLIED] = MIGRATE_CURRENT,
		[MIGRATE_ROW_PENDING] = MIGRATE_PENDING,
		[MIGRATE_ROW_CHANGED] = MIGRATE_CHANGED,
		[MIGRATE_ROW_UNKNOWN] = MIGRATE_NEWER,
	};
	enum migrate_state state = MIGRATE_CURRENT;

	for (int i = 0; i < list->n; i++)
		if (means[list->row[i].state] > state)
			state = means[list->row[i].state];
	return state;
}

static int
merge(const struct migrate_set *set, const struct db_result *r, struct arena *a,
    struct migrate_list *out, struct err *e)
{
	size_t most = (size_t)set->n + (size_t)r->rows;

	out->n = 0;
	out->row = arena_alloc(a, most * sizeof(*out->row));
	if (out->row == NULL)
		return err_set(e, ERR_BUG, "migrations: no room for the list");
	for (int i = 0; i < set->n; i++)
		out->row[out->n++] = look_up(&set->file[i], r);
	for (int i = 0; i < r->rows; i++) {
		int version = version_of(r, i);

		if (version >= 1 && version <= set->n)
			continue;
		out->row[out->n++] =
		    (struct migrate_row){ version, cell(r, i, NAME),
			    MIGRATE_ROW_UNKNOWN, cell(r, i, APPLIED_AT) };
	}
	out->state = worst(out);
	return 0;
}

int
migrate_list(struct db *db, const struct migrate_set *set, int64_t deadline,
    struct arena *a, struct migrate_list *out, struct err *e)
{
	struct err first = { .kind = ERR_NONE };
	struct db_result r;

	if (db_run(db, &applied, NULL, deadline, a, &r, &first) == -1) {
		if (strcmp(db_sqlstate(db), "42P01") != 0)
			return err_set(e, first.kind, "%s", first.text);
		r = (struct db_result){ .rows = 0 }; /* no such table yet */
	}
	return merge(set, &r, a, out, e);
}

int
migrate_check(struct db *db, int64_t deadline, struct arena *a,
    enum migrate_state *state, struct err *e)
{
	struct migrate_list list;

	if (migrate_list(db, migrate_builtin(), deadline, a, &list, e) == -1)
		return -1;
	*state = list.state;
	return 0;
}

static const struct migrate_row *
first_pending(const struct migrate_list *list)
{
	for (int i = 0; i < list->n; i++)
		if (list->row[i].state == MIGRATE_ROW_PENDING)
			return &list->row[i];
	return NULL;
}

int
migrate_refuse(const struct migrate_list *list, struct err *e)
{
	const struct migrate_row *pending = first_pending(list);

	for (int i = 0; i < list->n; i++) {
		const struct migrate_row *row = &list->row[i];

		if (row->state == MIGRATE_ROW_CHANGED)
			return err_set(e, ERR_CONFIG,
			    "migration %s was applied with other contents than "
			    "this program's: its checksum differs",
			    row->name);
		if (pending != NULL && row->state != MIGRATE_ROW_PENDING &&
		    row->version > pending->version)
			return err_set(e, ERR_CONFIG,
			    "migration %s is applied, but %s before it is not",
			    row->name, pending->name);
	}
	return 0;
}

/*
 * One message, one transaction: a connection that is lost or replaced on the
 * way can split nothing.  The record comes first, so that a file that another
 * process has applied meanwhile fails on its key before it changes anything.
 */
static const char *
batch(const struct migrate_file *f, struct arena *a)
{
	char sum[CRYPT_SHA256_HEX_SIZE];
	struct buf b;

	crypt_sha256_hex(f->sql, strlen(f->sql), sum);
	buf_init(&b, a, BATCH_FIRST);
	buf_str(&b, "BEGIN;\n"
		    "SET LOCAL statement_timeout = 0;\n"
		    "SET LOCAL lock_timeout = 0;\n"
		    "SELECT pg_advisory_xact_lock(" MIGRATE_LOCK ");\n"
		    "SET LOCAL lock_timeout = '5s';\n");
	buf_str(&b, query_migrate_table);
	buf_str(&b, "INSERT INTO gatehouse_migrations (version, name, sha256) "
		    "VALUES (");
	buf_int(&b, f->version);
	buf_str(&b, ", '");
	buf_str(&b, f->name);
	buf_str(&b, "', '");
	buf_str(&b, sum);
	buf_str(&b, "');\n");
	buf_str(&b, f->sql);
	buf_str(&b, "\nCOMMIT;\n");
	return buf_text(&b);
}

static int
apply(struct db *db, const struct migrate_file *f, struct arena *a,
    struct err *e)
{
	const char *sql = batch(f, a);

	if (sql == NULL)
		return err_set(e, ERR_BUG, "migration %s: no room", f->name);
	if (db_script(db, sql, clock_mono_ms() + MIGRATE_FILE_MS, e) == 0)
		return 0;
	if (strcmp(db_sqlstate(db), "42P07") == 0)
		err_wrap(e, "a table of that name is there already and not "
			    "ours; contrib/sql/adopt-encore.sql takes over "
			    "the tutorials'");
	return err_wrap(e, "migration %s", f->name);
}

static void
tell(const struct migrate_told *told, const struct migrate_row *row,
    enum migrate_event event)
{
	if (told != NULL)
		told->call(told->ctx, row, event);
}

/*
 * Applies row, or finds that it is applied: by another process, or by us when
 * the connection was lost after the commit.
 */
static int
settle(struct db *db, const struct migrate_set *set,
    const struct migrate_row *row, const struct migrate_told *told,
    struct arena *a, struct err *e)
{
	const struct migrate_file *f = &set->file[row->version - 1];
	struct err again = { .kind = ERR_NONE };
	struct migrate_list now;

	tell(told, row, MIGRATE_BEGINS);
	if (apply(db, f, a, e) == 0) {
		tell(told, row, MIGRATE_DONE);
		return 0;
	}
	if (migrate_list(db, set, clock_mono_ms() + MIGRATE_LIST_MS, a, &now,
		&again) == -1 ||
	    now.row[row->version - 1].state != MIGRATE_ROW_APPLIED)
		return -1;
	*e = (struct err){ .kind = ERR_NONE };
	tell(told, row, MIGRATE_ELSEWHERE);
	return 0;
}

int
migrate_up(struct db *db, const struct migrate_set *set, int to,
    const struct migrate_told *told, struct arena *a, struct err *e)
{
	const struct migrate_row *next;
	struct migrate_list list;

	if (to < 0 || to > set->n)
		return err_set(e, ERR_INPUT, "there is no migration %d", to);
	for (;;) {
		if (migrate_list(db, set, clock_mono_ms() + MIGRATE_LIST_MS, a,
			&list, e) == -1 ||
		    migrate_refuse(&list, e) == -1)
			return -1;
		next = first_pending(&list);
		if (next == NULL || (to > 0 && next->version > to))
			return 0;
		if (settle(db, set, next, told, a, e) == -1)
			return -1;
	}
}
