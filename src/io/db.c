/* SPDX-License-Identifier: MIT */
/* Connects when needed, repeats what may be repeated, explains the rest. */
#include "io/db.h"

#include "base/clock.h"
#include "base/rng.h"
#include "base/span.h"
#include "io/db_link.h"
#include "io/db_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The server's statement_timeout answers first; ours is for a silent one. */
enum { GRACE_MS = 250 };

struct db {
	struct db_options options;
	char *url;
	struct db_link *link;
	int host; /* the last one that was good: the next one to try */
	struct {
		int pause_ms; /* 0 after success */
		int64_t until;
		char cause[sizeof(((struct db_trouble *)NULL)->text)];
	} failed;
	char state[sizeof(((struct db_trouble *)NULL)->state)];
	int64_t used_ms;
	int64_t spent_us;
};

int
db_check_url(const char *url, struct err *e)
{
	return db_link_hosts(url, e) == -1 ? -1 : 0;
}

struct db *
db_new(const struct db_options *o)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL)
		return NULL;
	db->options = *o;
	db->options.url = db->url = strdup(o->url);
	if (db->url == NULL)
		db_free(&db);
	return db;
}

void
db_free(struct db **db)
{
	if (*db == NULL)
		return;
	db_link_close(&(*db)->link);
	if ((*db)->url != NULL)
		explicit_bzero((*db)->url, strlen((*db)->url));
	free((*db)->url);
	free(*db);
	*db = NULL;
}

/* Half of the pause is jitter, or all workers would knock at once. */
static void
pause_connecting(struct db *db, int spent_ms, const char *cause)
{
	uint16_t r;
	int pause = db_policy_pause(db->failed.pause_ms, spent_ms);

	rng_bytes(&r, sizeof(r));
	db->failed.pause_ms = pause;
	db->failed.until = clock_mono_ms() + pause / 2 + r % (pause / 2 + 1);
	snprintf(db->failed.cause, sizeof(db->failed.cause), "%s", cause);
}

/* Every host gets an equal share of what the hosts before it left over. */
static int
connect_any(struct db *db, int hosts, int64_t deadline, struct err *e)
{
	int64_t started = clock_mono_ms();
	struct db_trouble t = { .text = "" };

	for (int i = 0; i < hosts; i++) {
		int host = (db->host + i) % hosts;
		int share = clock_left_ms(deadline) / (hosts - i);

		db->link = db_link_open(&db->options, host,
		    clock_mono_ms() + share, &t);
		if (db->link == NULL)
			continue;
		db->host = host;
		db->failed.pause_ms = 0;
		return 0;
	}
	pause_connecting(db, (int)(clock_mono_ms() - started), t.text);
	return err_set(e, ERR_DOWN, "database: %s", t.text);
}

static int64_t
sooner(int64_t deadline, int64_t ms)
{
	int64_t other = clock_mono_ms() + ms;

	return other < deadline ? other : deadline;
}

/*
 * `look`: does the connection still stand?  What may be repeated is better
 * sent at once: should it be lost, it is sent again.
 */
static int
be_connected(struct db *db, bool look, int64_t deadline, struct err *e)
{
	int64_t now = clock_mono_ms();
	int hosts;

	if (db->link != NULL && look && !db_link_alive(db->link))
		db_link_close(&db->link);
	if (db->link != NULL)
		return 0;
	if (db->failed.pause_ms > 0 && now < db->failed.until)
		return err_set(e, ERR_DOWN,
		    "database: asked again in %d ms: %s",
		    (int)(db->failed.until - now), db->failed.cause);
	hosts = db_link_hosts(db->url, e);
	if (hosts == -1)
		return -1;
	return connect_any(db, hosts,
	    sooner(deadline, db->options.connect_timeout_ms), e);
}

static const char *
name_of(const struct db_call *c)
{
	return c->st == NULL ? "script" : c->st->name;
}

/* "database: profile_get: 42P01 relation does not exist" */
static int
fail(struct db *db, enum db_outcome outcome, const struct db_call *c,
    const struct db_trouble *t, struct err *e)
{
	bool unknown = (outcome == DB_LOST || outcome == DB_LATE) &&
		       (c->st == NULL || !c->st->repeatable);

	snprintf(db->state, sizeof(db->state), "%s", t->state);
	return err_set(e, db_policy_kind(outcome, t->state),
	    "database: %s: %s%s%s%s", name_of(c), t->state,
	    *t->state == '\0' ? "" : " ",
	    outcome == DB_TOO_MUCH ? "more rows than a request may hold"
				   : t->text,
	    unknown ? "; outcome unknown" : "");
}

/* Does what the policy says about the connection; true: try once more. */
static bool
take_step(struct db *db, enum db_step step, struct db_call *c)
{
	switch (step) {
	case DB_STEP_AGAIN:
		return true;
	case DB_STEP_PLAIN:
		db_link_forget(db->link, c->st);
		c->prepared = false;
		return true;
	case DB_STEP_RENEW:
		db_link_close(&db->link);
		return true;
	case DB_STEP_MOVE_ON:
		db->host++;
		db_link_close(&db->link);
		return false;
	case DB_STEP_DROP:
		db_link_close(&db->link);
		return false;
	case DB_STEP_OK:
	case DB_STEP_FAIL:
		break;
	}
	return false;
}

/* The parameters of a dated statement, for one attempt. */
struct dated {
	const char *value[DB_VALUES_MAX];
	char until[DB_LINK_TIME_SIZE];
};

static void
date(const struct db *db, const char *const *given, struct dated *d,
    struct db_call *c)
{
	int last = c->st->nparams - 1;

	memcpy(d->value, given, (size_t)last * sizeof(*given));
	db_link_time(db->link, c->deadline, d->until);
	d->value[last] = d->until;
	c->values = d->value;
}

static int
run(struct db *db, struct db_call *c, int64_t deadline, struct arena *a,
    struct db_result *r, struct err *e)
{
	struct db_tries tries = { .plain = !c->prepared };
	bool repeatable = c->st != NULL && c->st->repeatable;
	struct db_trouble t = { .text = "no time left" };
	const char *const *given = c->values;
	struct dated dated;
	enum db_outcome outcome = DB_REFUSED;
	enum db_step step;

	*db->state = '\0';
	do {
		if (clock_left_ms(deadline) == 0)
			return err_set(e, ERR_DOWN, "database: %s: %s",
			    name_of(c), t.text);
		if (be_connected(db, !repeatable, deadline, e) == -1)
			return -1;
		c->deadline =
		    c->st == NULL
			? deadline
			: sooner(deadline,
			      db->options.statement_timeout_ms + GRACE_MS);
		if (c->st != NULL && c->st->dated)
			date(db, given, &dated, c);
		outcome = db_link_run(db->link, c, a, r, &t);
		step = db_policy_step(outcome, t.state, repeatable, &tries);
	} while (take_step(db, step, c));
	if (step == DB_STEP_OK)
		return 0;
	return fail(db, outcome, c, &t, e);
}

/* Keeps the account of time around run(). */
static int
timed(struct db *db, struct db_call *c, int64_t deadline, struct arena *a,
    struct db_result *r, struct err *e)
{
	int64_t started = clock_mono_us();
	int rc = run(db, c, deadline, a, r, e);
	int64_t ended = clock_mono_us();

	db->spent_us += ended - started;
	db->used_ms = ended / 1000;
	return rc;
}

int
db_run(struct db *db, const struct db_statement *st, const char *const *values,
    int64_t deadline, struct arena *a, struct db_result *r, struct err *e)
{
	struct db_call c = {
		.st = st, .values = values, .prepared = db->options.prepare
	};
	struct spans *spans = db->options.spans;
	int span = span_begin(spans, SPAN_CLIENT, NULL, st->name), rc;

	*r = (struct db_result){ .rows = 0 };
	rc = timed(db, &c, deadline, a, r, e);
	span_note(spans, span, SPAN_DB_SYSTEM, "postgresql");
	span_note(spans, span, SPAN_DB_STATEMENT, st->name);
	if (rc == -1 && *db->state != '\0')
		span_note(spans, span, SPAN_DB_STATE, db->state);
	if (rc == -1)
		span_fail(spans, span,
		    *db->state == '\0' ? "connection" : "refused");
	span_end(spans, span);
	return rc;
}

int
db_script(struct db *db, const char *sql, int64_t deadline, struct err *e)
{
	struct db_call c = { .sql = sql };
	int rc = timed(db, &c, deadline, NULL, NULL, e);

	if (db->link != NULL && !db_link_alive(db->link))
		db_link_close(&db->link);
	return rc;
}

const char *
db_sqlstate(const struct db *db)
{
	return db->state;
}

int64_t
db_take_spent_us(struct db *db)
{
	int64_t spent = db->spent_us;

	db->spent_us = 0;
	return spent;
}

enum db_notice
db_wait_notice(struct db *db, int64_t until)
{
	enum db_notice n = DB_NOTICE_LOST;

	if (db->link != NULL)
		n = db_link_wait_notice(db->link, until);
	if (n == DB_NOTICE_LOST)
		db_link_close(&db->link);
	return n;
}

void
db_close_idle(struct db *db, int idle_ms)
{
	if (db->link != NULL && clock_mono_ms() - db->used_ms >= idle_ms)
		db_link_close(&db->link);
}
