/* SPDX-License-Identifier: MIT */
/* One line a part, in words for the person who must mend it. */
#include "cmd/cmd_check.h"

#include "auth/auth.h"
#include "base/arena.h"
#include "base/clock.h"
#include "cmd/directory.h"
#include "conf/conf.h"
#include "generated/queries.h"
#include "io/db.h"
#include "io/http.h"
#include "obs/courier.h"
#include "obs/delivery.h"
#include "obs/tracefile.h"
#include "shm/shared.h"
#include "user/migrate.h"

#include <string.h>

enum { CHECK_MS = 10 * 1000, ARENA = 1 << 20 };

static bool
say(FILE *out, bool good, const char *part, const char *text)
{
	fprintf(out, "%-4s %s: %s\n", good ? "ok" : "FAIL", part, text);
	return good;
}

static void
advise(void *ctx, const char *key, const char *advice)
{
	fprintf(ctx, "note %s %s\n", key, advice);
}

static bool
check_migrations(FILE *out, struct db *db, struct arena *a)
{
	static const struct {
		bool good;
		const char *text;
	} words[] = {
		[MIGRATE_CURRENT] = { true, "all applied" },
		[MIGRATE_NEWER] = { true,
		    "the database is of a newer version; that is fine" },
		[MIGRATE_PENDING] = { false,
		    "some are missing; run: gatehouse migrate up" },
		[MIGRATE_CHANGED] = { false,
		    "an applied file differs; see: gatehouse migrate status" },
	};
	enum migrate_state m;
	struct err e = { 0 };

	if (migrate_check(db, clock_mono_ms() + CHECK_MS, a, &m, &e) == -1)
		return say(out, false, "migrations", e.text);
	return say(out, words[m].good, "migrations", words[m].text);
}

/* Without start-up options nobody but the server itself ends a statement. */
static bool
check_statement_timeout(FILE *out, struct db *db, struct arena *a)
{
	static const struct db_statement show = {
		.name = "show_statement_timeout",
		.sql = "SHOW statement_timeout",
		.repeatable = true,
	};
	struct db_result r;
	struct err e = { 0 };

	if (db_run(db, &show, NULL, clock_mono_ms() + CHECK_MS, a, &r, &e) ==
	    -1)
		return say(out, false, "statement_timeout", e.text);
	if (strcmp(r.value[0], "0") != 0)
		return say(out, true, "statement_timeout", r.value[0]);
	return say(out, false, "statement_timeout",
	    "not set; with prepare = false the server must enforce it: "
	    "ALTER ROLE … SET statement_timeout = '2s'");
}

/* Tables may be there, and be somebody else's, or on a standby. */
static bool
check_revocations(const struct conf *c, FILE *out, struct db *db,
    struct arena *a)
{
	static const struct db_statement rights = {
		.name = "revocation_rights",
		.sql = query_revocation_rights,
		.repeatable = true,
	};
	struct db_result r;
	struct err e = { 0 };

	if (db_run(db, &rights, NULL, clock_mono_ms() + CHECK_MS, a, &r, &e) ==
	    -1)
		return say(out, false, "revocations", e.text);
	if (strcmp(r.value[0], "t") != 0)
		return say(out, false, "revocations",
		    "the database is read-only: a standby?");
	if (r.value[1] == NULL || strcmp(r.value[1], "t") != 0)
		return say(out, false, "revocations",
		    "the role may not read and write its tables");
	return say(out, true, "revocations",
	    c->database.prepare ? "told by the database, and looked for"
				: "looked for; prepare = false, so the "
				  "database cannot tell");
}

static bool
check_database(const struct conf *c, FILE *out, struct arena *a)
{
	static const struct db_statement version = {
		.name = "show_version",
		.sql = "SHOW server_version",
		.repeatable = true,
	};
	struct db_options o;
	struct db_result r;
	struct err e = { 0 };
	struct db *db;
	bool good;

	conf_db_options(c, &o);
	db = db_new(&o);
	if (db == NULL)
		return say(out, false, "database", "out of memory");
	if (db_run(db, &version, NULL, clock_mono_ms() + CHECK_MS, a, &r, &e) ==
	    -1) {
		good = say(out, false, "database", e.text);
	} else {
		good = say(out, true, "database",
		    arena_printf(a, "PostgreSQL %s", r.value[0]));
		if (check_migrations(out, db, a))
			good &= check_revocations(c, out, db, a);
		else
			good = false;
		if (!c->database.prepare)
			good &= check_statement_timeout(out, db, a);
	}
	db_free(&db);
	return good;
}

static bool
check_providers(const struct conf *c, FILE *out, struct arena *a)
{
	const struct shared_options o = { .site = c->file, .private = true };
	struct err e = { 0 };
	struct shared *shared = shared_open(&o, &e);
	struct auth *auth = shared == NULL ? NULL : auth_new(c, shared, 0, &e);
	const char *name;
	bool good = true;

	if (auth == NULL) {
		shared_free(&shared);
		return say(out, false, "providers", e.text);
	}
	for (int i = 0; (name = auth_provider_name(auth, i)) != NULL; i++) {
		const char *why = "out of memory";
		bool ready =
		    auth_probe(auth, i, clock_mono_ms() + CHECK_MS, a, &why);

		good &= say(out, ready, arena_printf(a, "provider %s", name),
		    ready ? "ready" : why);
	}
	auth_free(&auth);
	shared_free(&shared);
	return good;
}

static void
wait_quietly(void *ctx, int64_t ms)
{
	(void)ctx;
	(void)ms;
}

/* It must not know this identity, and say so in the right words. */
static bool
check_admin(const struct conf *c, FILE *out)
{
	static const char nobody[] = "00000000-0000-0000-0000-000000000000";
	const struct directory_told told = { wait_quietly, NULL };
	struct arena *a = arena_new(DIRECTORY_ARENA);
	struct err e = { 0 };
	struct directory *d;
	bool there, good;

	if (a == NULL)
		return say(out, false, "ory admin API", "out of memory");
	d = directory_new(c, "ory", &told, &e);
	good = d != NULL && directory_ask_one(d, nobody, &there, a, &e) == 0;
	directory_free(&d);
	arena_free(&a);
	return say(out, good, "ory admin API", good ? "ready" : e.text);
}

/*
 * Nothing is made here: who checks may be somebody else than who serves.
 * Without a folder only single processes need one, and do without.
 */
static bool
check_cache(const struct conf *c, FILE *out, struct arena *a)
{
	const struct shared_options o = { .dir = c->cache.path,
		.site = c->file };
	char text[SHARED_TEXT_MAX];
	struct err e = { 0 };
	int rc = shared_look(&o, text, &e);

	if (c->cache.path[0] != '\0')
		return say(out, rc == 0, "cache", rc == 0 ? text : e.text);
	return say(out, true, "cache",
	    rc == 0
		? arena_printf(a,
		      "a supervisor's workers: private; "
		      "single processes: %s",
		      text)
		: arena_printf(a,
		      "private; single processes cannot share it: %s", e.text));
}

/* An empty request: whoever takes it, takes traces. */
static int
try_collector(const char *url, struct arena *a, struct err *e)
{
	static const char empty[] = "{\"resourceSpans\":[]}";
	const struct http_options o = { .ca_file = "" };
	struct http_call call = courier_call(url);
	enum http_progress p = HTTP_UNDER_WAY;
	struct http *h = http_new(&o);
	struct http_reply r;

	if (h == NULL)
		return err_set(e, ERR_DOWN, "out of memory");
	call.body = empty;
	call.body_len = sizeof(empty) - 1;
	if (http_start(h, &call, a, &r, e) == 0)
		while (p == HTTP_UNDER_WAY)
			p = http_wait(h, NULL, 0, COURIER_TIMEOUT_MS, e);
	if (p == HTTP_OVER && delivery_judge(r.status) != DELIVERY_TAKEN)
		err_set(e, ERR_DOWN, "status %d", r.status);
	http_free(&h);
	return e->kind == ERR_NONE ? 0 : -1;
}

static bool
check_traces(const struct conf *c, FILE *out, struct arena *a)
{
	const struct conf_trace *t = &c->trace;
	bool good = true;
	int rc;

	if (t->file[0] != '\0') {
		struct err e = { 0 };

		rc = tracefile_look(t->file, &e);
		good &=
		    say(out, rc == 0, "trace.file", rc == 0 ? t->file : e.text);
	}
	if (t->endpoint[0] != '\0') {
		struct err e = { 0 };

		rc = try_collector(t->endpoint, a, &e);
		good &= say(out, rc == 0, "trace.endpoint",
		    rc == 0 ? "ready" : e.text);
	}
	return good;
}

int
cmd_check(const struct conf *c, FILE *out)
{
	struct arena *a = arena_new(ARENA);
	bool good;

	if (a == NULL)
		return 1;
	good = say(out, true, "configuration", c->file);
	conf_advise(c, advise, out);
	good &= check_database(c, out, a);
	good &= check_providers(c, out, a);
	if (conf_list_has(&c->providers, "ory") &&
	    (c->ory.admin_url[0] != '\0' || c->ory.admin_token[0] != '\0'))
		good &= check_admin(c, out);
	good &= check_cache(c, out, a);
	good &= check_traces(c, out, a);
	arena_free(&a);
	return good ? 0 : 1;
}
