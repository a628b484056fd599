/* SPDX-License-Identifier: MIT */
/* libpq's non-blocking half, driven by our own deadlines. */
#include "io/db_link.h"

#include "base/arena.h"
#include "base/clock.h"
#include "io/db_params.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAME_MAX_SIZE = 64, /* NAMEDATALEN of a stock server */
	READY_MAX = 16, /* prepared statements a connection; more run plain */
	DRAIN_MAX = 4,  /* unasked messages looked at before a statement */
	TLS_SLICE_MS = 20,
};

struct db_link {
	PGconn *conn;
	int64_t ahead_ms; /* the server's clock before clock_mono_ms() */
	bool leaving;     /* the server announced the end, unasked */
	bool noticed;     /* a notification came, nobody was told yet */
	unsigned serial;  /* of the latest name; names are never reused */
	int nready;
	struct ready {
		const struct db_statement *st;
		char name[NAME_MAX_SIZE];
	} ready[READY_MAX];
};

/* Copies the first line: what follows is advice, or another attempt's. */
static void
say(struct db_trouble *t, const char *text)
{
	if (*text == '\0')
		text = "no reason given";
	snprintf(t->text, sizeof(t->text), "%.*s", (int)strcspn(text, "\n"),
	    text);
}

/* libpq's own message would quote the URL, so its password. */
static PQconninfoOption *
parse(const char *url, struct db_params *p, struct err *e)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &message);

	if (message != NULL)
		PQfreemem(message);
	if (options == NULL) {
		err_set(e, ERR_CONFIG,
		    "database url: libpq does not accept it; is the password "
		    "percent-encoded?");
		return NULL;
	}
	for (PQconninfoOption *o = options; o->keyword != NULL; o++)
		db_params_set(p, o->keyword, o->val);
	return options;
}

int
db_link_hosts(const char *url, struct err *e)
{
	struct db_params p = { .n = 0 };
	PQconninfoOption *options = parse(url, &p, e);
	int n;

	if (options == NULL)
		return -1;
	n = db_params_hosts(&p, e);
	PQconninfoFree(options);
	return n;
}

static PGconn *
start(const struct db_options *o, int host, struct db_trouble *t)
{
	struct err e = { .kind = ERR_NONE };
	struct db_params url = { .n = 0 }, p = { .n = 0 };
	PQconninfoOption *options = parse(o->url, &url, &e);
	PGconn *conn = NULL;

	if (options != NULL && db_params_for(&url, o, host, &p, &e) == 0)
		conn = PQconnectStartParams(p.key, p.value, 0);
	if (e.kind != ERR_NONE)
		say(t, e.text);
	PQconninfoFree(options);
	return conn;
}

/* False when the deadline passed first. */
static bool
wait_ready(PGconn *conn, int events, int64_t deadline)
{
	struct pollfd p = { .fd = PQsocket(conn), .events = (short)events };
	int n;

	if (p.fd == -1)
		return true; /* libpq says why at the next call */
	do
		n = poll(&p, 1, clock_left_ms(deadline));
	while (n == -1 && errno == EINTR);
	return n == 1;
}

/* PQconnectPoll applies no connect_timeout: the waiting is ours. */
static void
finish(PGconn *conn, int64_t deadline, struct db_trouble *t)
{
	PostgresPollingStatusType s = PGRES_POLLING_WRITING;

	while (s == PGRES_POLLING_READING || s == PGRES_POLLING_WRITING) {
		if (!wait_ready(conn,
			s == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			deadline)) {
			snprintf(t->text, sizeof(t->text),
			    "no answer from %s port %s in time", PQhost(conn),
			    PQport(conn));
			return;
		}
		s = PQconnectPoll(conn);
	}
	if (s != PGRES_POLLING_OK)
		say(t, PQerrorMessage(conn));
}

/* Replaces libpq's habit of printing notices to stderr. */
static void
on_notice(void *arg, const PGresult *notice)
{
	struct db_link *l = arg;
	const char *s =
	    PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (s != NULL && (strcmp(s, "FATAL") == 0 || strcmp(s, "PANIC") == 0))
		l->leaving = true;
}

void
db_link_close(struct db_link **l)
{
	if (*l == NULL)
		return;
	PQfinish((*l)->conn);
	free(*l);
	*l = NULL;
}

bool
db_link_alive(struct db_link *l)
{
	for (int i = 0; i < DRAIN_MAX; i++) {
		if (!wait_ready(l->conn, POLLIN, 0))
			break;
		if (PQconsumeInput(l->conn) == 0)
			return false;
		(void)PQisBusy(l->conn); /* parses; may call on_notice() */
	}
	return !l->leaving && PQtransactionStatus(l->conn) == PQTRANS_IDLE;
}

/*
 * One wait.  Over TLS bytes may stand decrypted in libssl, where poll() does
 * not see them, so there libpq is asked again after a slice.
 */
static bool
wait_slice(PGconn *conn, int events, int64_t deadline)
{
	int64_t slice = clock_mono_ms() + TLS_SLICE_MS;

	if (!PQsslInUse(conn) || slice >= deadline)
		return wait_ready(conn, events, deadline);
	wait_ready(conn, events, slice);
	return true;
}

/* Sends what is left and waits until PQgetResult() has something to say. */
static enum db_outcome
await(PGconn *conn, int64_t deadline)
{
	int unsent = PQflush(conn);

	while (unsent == 1 || PQisBusy(conn)) {
		if (!wait_slice(conn, unsent == 1 ? POLLIN | POLLOUT : POLLIN,
			deadline))
			return DB_LATE;
		if (PQconsumeInput(conn) == 0)
			return DB_LOST;
		if (unsent == 1)
			unsent = PQflush(conn);
	}
	return DB_DONE;
}

/* The first refusal explains the others. */
static void
note(const PGresult *res, struct db_trouble *t)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	if (*t->text != '\0')
		return;
	if (state == NULL || text == NULL) {
		say(t, PQresultErrorMessage(res));
		return;
	}
	snprintf(t->state, sizeof(t->state), "%s", state);
	say(t, db_policy_class(state) == DB_CLASS_DATA
		   ? "a value is not what the column takes"
		   : text);
}

static bool
is_success(const PGresult *res)
{
	ExecStatusType s = PQresultStatus(res);

	return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK ||
	       s == PGRES_EMPTY_QUERY;
}

/*
 * Reads up to "ready for query": the commit comes after the rows, so rows that
 * are followed by an error or by silence were never committed.
 */
static enum db_outcome
collect(PGconn *conn, int64_t deadline, PGresult **last, struct db_trouble *t)
{
	enum db_outcome outcome;
	PGresult *res;

	while ((outcome = await(conn, deadline)) == DB_DONE &&
	       (res = PQgetResult(conn)) != NULL) {
		ExecStatusType s = PQresultStatus(res);

		if (!is_success(res))
			note(res, t);
		PQclear(*last);
		*last = res;
		if (s == PGRES_COPY_IN || s == PGRES_COPY_OUT)
			return DB_LOST; /* would never end */
	}
	if (outcome == DB_LATE)
		snprintf(t->text, sizeof(t->text), "no answer in time");
	if (outcome == DB_DONE && PQstatus(conn) != CONNECTION_OK)
		outcome = DB_LOST;
	if (outcome == DB_LOST && *t->text == '\0')
		say(t, PQerrorMessage(conn));
	return outcome == DB_DONE && *t->text != '\0' ? DB_REFUSED : outcome;
}

/*
 * Asks for the server's time, and takes the answer's arrival for its moment:
 * an error makes dated statements expire early, never late.
 */
static void
read_clock(struct db_link *l, int64_t deadline, struct db_trouble *t)
{
	static const char query[] =
	    "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
	PGresult *res = NULL;

	if (PQsendQuery(l->conn, query) == 0)
		say(t, PQerrorMessage(l->conn));
	else if (collect(l->conn, deadline, &res, t) == DB_DONE &&
		 PQntuples(res) == 1)
		l->ahead_ms =
		    strtoll(PQgetvalue(res, 0, 0), NULL, 10) - clock_mono_ms();
	else if (*t->text == '\0')
		say(t, "the server does not tell the time");
	PQclear(res);
}

/* Asked for or, behind a pooler, somebody else's: libpq would keep them. */
static void
take_notices(struct db_link *l)
{
	PGnotify *n;

	while ((n = PQnotifies(l->conn)) != NULL) {
		l->noticed = true;
		PQfreemem(n);
	}
}

/* A standby refuses; then there are no notices. */
static void
listen_to(struct db_link *l, const char *channel, int64_t deadline,
    struct db_trouble *t)
{
	char sql[sizeof("LISTEN ") + NAME_MAX_SIZE];
	PGresult *res = NULL;
	enum db_outcome outcome = DB_LOST;

	snprintf(sql, sizeof(sql), "LISTEN %s", channel);
	if (PQsendQuery(l->conn, sql) == 0)
		say(t, PQerrorMessage(l->conn));
	else
		outcome = collect(l->conn, deadline, &res, t);
	if (outcome == DB_REFUSED)
		*t = (struct db_trouble){ .text = "" };
	PQclear(res);
}

enum db_notice
db_link_wait_notice(struct db_link *l, int64_t until)
{
	take_notices(l);
	while (!l->noticed && wait_ready(l->conn, POLLIN, until)) {
		if (PQconsumeInput(l->conn) == 0)
			return DB_NOTICE_LOST;
		take_notices(l);
		if (l->leaving)
			return DB_NOTICE_LOST;
	}
	if (!l->noticed)
		return DB_NOTICE_NONE;
	l->noticed = false;
	return DB_NOTICE_CAME;
}

struct db_link *
db_link_open(const struct db_options *o, int host, int64_t deadline,
    struct db_trouble *t)
{
	struct db_link *l = calloc(1, sizeof(*l));

	*t = (struct db_trouble){ .text = "out of memory" };
	if (l != NULL && (l->conn = start(o, host, t)) != NULL) {
		*t->text = '\0';
		PQsetNoticeReceiver(l->conn, on_notice, l);
		finish(l->conn, deadline, t);
		if (*t->text == '\0' && PQsetnonblocking(l->conn, 1) != 0)
			say(t, PQerrorMessage(l->conn));
		if (*t->text == '\0')
			read_clock(l, deadline, t);
		if (*t->text == '\0' && o->listen != NULL)
			listen_to(l, o->listen, deadline, t);
	}
	if (*t->text == '\0')
		return l;
	db_link_close(&l);
	return NULL;
}

void
db_link_time(const struct db_link *l, int64_t when, char out[DB_LINK_TIME_SIZE])
{
	int64_t ms = when + l->ahead_ms;

	snprintf(out, DB_LINK_TIME_SIZE, "%lld.%03d", (long long)(ms / 1000),
	    (int)(ms % 1000));
}

static const struct ready *
ready_find(const struct db_link *l, const struct db_statement *st)
{
	for (int i = 0; i < l->nready; i++)
		if (l->ready[i].st == st)
			return &l->ready[i];
	return NULL;
}

void
db_link_forget(struct db_link *l, const struct db_statement *st)
{
	for (int i = 0; i < l->nready; i++)
		if (l->ready[i].st == st)
			l->ready[i--] = l->ready[--l->nready];
}

static enum db_outcome
prepare(struct db_link *l, const struct db_call *c, struct db_trouble *t)
{
	struct ready *r = &l->ready[l->nready];
	PGresult *res = NULL;
	enum db_outcome outcome;

	r->st = c->st;
	snprintf(r->name, sizeof(r->name), "%.40s_%u", c->st->name,
	    ++l->serial);
	if (PQsendPrepare(l->conn, r->name, c->st->sql, 0, NULL) == 0)
		outcome = DB_LOST;
	else
		outcome = collect(l->conn, c->deadline, &res, t);
	if (outcome == DB_DONE)
		l->nready++;
	PQclear(res);
	return outcome == DB_LOST ? DB_UNSENT : outcome;
}

static int
send_call(struct db_link *l, const struct db_call *c)
{
	const struct ready *r;

	if (c->st == NULL)
		return PQsendQuery(l->conn, c->sql);
	r = c->prepared ? ready_find(l, c->st) : NULL;
	if (r == NULL)
		return PQsendQueryParams(l->conn, c->st->sql, c->st->nparams,
		    NULL, c->values, NULL, NULL, 0);
	return PQsendQueryPrepared(l->conn, r->name, c->st->nparams, c->values,
	    NULL, NULL, 0);
}

static int
copy_rows(const PGresult *res, struct arena *a, struct db_result *r)
{
	size_t cells;

	*r = (struct db_result){ PQntuples(res), PQnfields(res), NULL };
	cells = (size_t)r->rows * (size_t)r->cols;
	if (cells == 0)
		return 0;
	r->value = arena_alloc(a, cells * sizeof(*r->value));
	if (r->value == NULL)
		return -1;
	for (size_t i = 0; i < cells; i++) {
		int row = (int)i / r->cols, col = (int)i % r->cols;

		r->value[i] = NULL;
		if (PQgetisnull(res, row, col))
			continue;
		r->value[i] = arena_dupn(a, PQgetvalue(res, row, col),
		    (size_t)PQgetlength(res, row, col));
		if (r->value[i] == NULL)
			return -1;
	}
	return 0;
}

enum db_outcome
db_link_run(struct db_link *l, const struct db_call *c, struct arena *a,
    struct db_result *r, struct db_trouble *t)
{
	enum db_outcome outcome = DB_DONE;
	PGresult *res = NULL;

	*t = (struct db_trouble){ .state = "" };
	if (c->prepared && l->nready < READY_MAX &&
	    ready_find(l, c->st) == NULL)
		outcome = prepare(l, c, t);
	if (outcome == DB_DONE && send_call(l, c) == 0)
		outcome = DB_UNSENT;
	if (outcome == DB_DONE)
		outcome = collect(l->conn, c->deadline, &res, t);
	if (outcome == DB_UNSENT && *t->text == '\0')
		say(t, PQerrorMessage(l->conn));
	if (outcome == DB_DONE && r != NULL && copy_rows(res, a, r) == -1)
		outcome = DB_TOO_MUCH;
	take_notices(l);
	PQclear(res);
	return outcome;
}
