/* SPDX-License-Identifier: MIT */
/*
 * Found, weighed, confirmed, confirmed again, and only then removed.  Stopping
 * it anywhere leaves nothing half done: each removal is one statement, and the
 * next run finds the rest.
 */
#include "cmd/cmd_reconcile.h"

#include "base/arena.h"
#include "base/clock.h"
#include "cmd/absent.h"
#include "cmd/progress.h"
#include "cmd/reconcile_policy.h"
#include "conf/conf.h"
#include "io/db.h"
#include "user/revocation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXIT_USAGE = 2, EXIT_SOME = 3, ARENA = 1 << 20 };

static const char usage[] = "usage: gatehouse reconcile [--apply] [--limit N] "
			    "[--provider NAME]\n";

/* What was asked for. */
struct orders {
	bool apply;
	int64_t limit;        /* 0: none */
	const char *provider; /* NULL: all */
};

/* One provider's part. */
struct job {
	const struct conf *conf;
	const struct orders *orders;
	const char *provider;
	struct db *db;
	struct arena *arena;
	struct progress *progress;
	struct absent *absent;
	FILE *out;
};

/* Says why a run removes nothing; NULL: nothing speaks against it. */
static const char *const refusals[RECONCILE_STEPS] = {
	[RECONCILE_NOBODY] = "not one user was found: is it the right "
			     "provider?",
	[RECONCILE_TOO_MANY] = "more users are missing than is plausible",
	[RECONCILE_OVER] = "more users are missing than --limit allows",
};

static enum reconcile_step
weigh(const struct job *j, struct err *e)
{
	const struct reconcile_count c = {
		.checked = absent_checked(j->absent),
		.absent = absent_count(j->absent),
		.limit = j->orders->limit,
		.apply = j->orders->apply,
	};
	enum reconcile_step step = reconcile_step(&c);
	bool all = c.absent <= reconcile_ceiling(c.limit);

	if (refusals[step] != NULL)
		err_set(e, ERR_DOWN,
		    "%s (%s%" PRId64 " of %" PRId64
		    "); nothing was removed; if it is true, "
		    "say so with --limit N",
		    refusals[step], all ? "" : "at least ", c.absent,
		    c.checked);
	return step;
}

static void
wait_grace(struct job *j)
{
	int64_t end = clock_mono_ms() + RECONCILE_GRACE_MS;
	int left;

	while ((left = clock_left_ms(end)) > 0) {
		const struct timespec t = { .tv_sec = left / 1000,
			.tv_nsec = left % 1000 * 1000000L };

		progress_say(j->progress, "%s: asking once more in %d s",
		    j->provider, left / 1000 + 1);
		nanosleep(&t, NULL);
	}
}

static int
remove_one(struct job *j, const char *id, struct err *e)
{
	const struct revocation r = {
		.provider = j->provider,
		.kind = REVOKED_USER,
		.id = id,
		.effect = REVOKED_ALL,
		.gone = true,
	};
	enum revocation_stored stored;

	arena_reset(j->arena);
	return revocation_add(j->db, NULL, NULL, &r, j->conf->revocation.keep,
	    clock_mono_ms() + ABSENT_DATABASE_MS, j->arena, &stored, e);
}

static int
remove_all(struct job *j, struct err *e)
{
	int64_t n = absent_count(j->absent);

	wait_grace(j);
	if (absent_confirm(j->absent, e) == -1)
		return -1;
	progress_clear(j->progress);
	for (int64_t i = 0; i < n; i++) {
		if (remove_one(j, absent_id(j->absent, i), e) == -1)
			return err_wrap(e,
			    "%" PRId64 " of %" PRId64 " were removed", i, n);
		fprintf(j->out,
		    "removed     %s %s: the provider has no such "
		    "user\n",
		    j->provider, absent_id(j->absent, i));
	}
	fprintf(j->out, "%s: %" PRId64 " profiles of %" PRId64 " removed\n",
	    j->provider, n, absent_checked(j->absent));
	return EXIT_SUCCESS;
}

static int
show(const struct job *j)
{
	int64_t n = absent_count(j->absent);

	for (int64_t i = 0; i < n; i++)
		fprintf(j->out,
		    "would go    %s %s: the provider has no such "
		    "user\n",
		    j->provider, absent_id(j->absent, i));
	fprintf(j->out,
	    "%s: %" PRId64 " profiles of %" PRId64 " would be removed by "
	    "gatehouse reconcile --apply\n",
	    j->provider, n, absent_checked(j->absent));
	return EXIT_SOME;
}

/* An exit status, or -1 and *e. */
static int
go(struct job *j, struct err *e)
{
	enum reconcile_step step;

	if (absent_find(j->absent, e) == -1)
		return -1;
	progress_clear(j->progress);
	step = weigh(j, e);
	if (refusals[step] != NULL)
		return -1;
	if (step == RECONCILE_NOTHING) {
		fprintf(j->out, "%s: %" PRId64 " users, none is missing\n",
		    j->provider, absent_checked(j->absent));
		return EXIT_SUCCESS;
	}
	if (absent_confirm(j->absent, e) == -1)
		return -1;
	progress_clear(j->progress);
	return step == RECONCILE_REMOVE ? remove_all(j, e) : show(j);
}

static int
run(struct job *j, struct err *e)
{
	const struct absent_options o = {
		.conf = j->conf,
		.provider = j->provider,
		.db = j->db,
		.most = reconcile_ceiling(j->orders->limit),
		.progress = j->progress,
		.out = j->out,
	};
	int rc = -1;

	j->absent = absent_new(&o, e);
	if (j->absent != NULL)
		rc = go(j, e);
	absent_free(&j->absent);
	return rc;
}

/* Trouble outweighs "there are some", and that outweighs "all is well". */
static int
worse(int a, int b)
{
	static const int weight[] = {
		[EXIT_SUCCESS] = 0, [EXIT_SOME] = 1, [EXIT_FAILURE] = 2
	};

	return weight[a] > weight[b] ? a : b;
}

static int
run_all(struct job *j, FILE *complaints)
{
	const struct conf_list *list = &j->conf->providers;
	int status = EXIT_SUCCESS;

	for (int i = 0; i < list->n; i++) {
		struct err e = { 0 };
		int rc;

		j->provider = list->item[i];
		if (j->orders->provider != NULL &&
		    strcmp(j->orders->provider, j->provider) != 0)
			continue;
		rc = run(j, &e);
		progress_clear(j->progress);
		fflush(j->out);
		if (rc == -1)
			fprintf(complaints, "gatehouse: %s: %s\n", j->provider,
			    e.text);
		/* what cannot be asked is a trouble for who named it only */
		if (rc == -1 && j->orders->provider == NULL &&
		    conf_find_oidc(j->conf, j->provider) != NULL)
			rc = EXIT_SUCCESS;
		status = worse(status, rc == -1 ? EXIT_FAILURE : rc);
	}
	return status;
}

/* 0: no number of profiles. */
static int64_t
number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *text == '\0' || *end != '\0' || n < 1 || n > RECONCILE_LIMIT_MAX
		   ? 0
		   : n;
}

static int
parse(int argc, char **argv, struct orders *o)
{
	for (int i = 0; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--apply") == 0) {
			o->apply = true;
		} else if (value != NULL && strcmp(argv[i], "--limit") == 0 &&
			   (o->limit = number(value)) > 0) {
			i++;
		} else if (value != NULL &&
			   strcmp(argv[i], "--provider") == 0) {
			o->provider = value;
			i++;
		} else {
			return -1;
		}
	}
	return 0;
}

int
cmd_reconcile(const struct conf *c, int argc, char **argv, FILE *out,
    FILE *complaints)
{
	struct orders orders = { 0 };
	struct progress progress;
	struct db_options o;
	struct job j = { .conf = c, .orders = &orders, .out = out };
	int status = EXIT_FAILURE;

	if (parse(argc, argv, &orders) == -1 ||
	    (orders.provider != NULL &&
		!conf_list_has(&c->providers, orders.provider))) {
		fputs(usage, complaints);
		return EXIT_USAGE;
	}
	progress_init(&progress, complaints);
	conf_db_options(c, &o);
	j.progress = &progress;
	j.db = db_new(&o);
	j.arena = arena_new(ARENA);
	if (j.db == NULL || j.arena == NULL)
		fprintf(complaints, "gatehouse: out of memory\n");
	else
		status = run_all(&j, complaints);
	arena_free(&j.arena);
	db_free(&j.db);
	return status;
}
