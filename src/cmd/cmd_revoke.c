/* SPDX-License-Identifier: MIT */
/* Words to a row of the table, and what it does not do, said plainly. */
#include "cmd/cmd_revoke.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "cmd/words.h"
#include "conf/conf.h"
#include "io/db.h"
#include "user/revocation.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = 1 << 20, STORE_MS = 10 * 1000 };

enum { EXIT_USAGE = 2 };

static const char usage[] =
    "usage: gatehouse revoke [--provider NAME] --session ID | --user ID\n";

/* What was asked for; lent from the words. */
struct words {
	const char *provider, *session, *user;
};

static const struct words_option options[] = {
	{ "--provider", offsetof(struct words, provider) },
	{ "--session", offsetof(struct words, session) },
	{ "--user", offsetof(struct words, user) },
};

/* -1: something else stands there, something twice, or not one of two. */
static int
parse(int argc, char **argv, struct words *w)
{
	enum { N = sizeof(options) / sizeof(*options) };

	if (words_parse(argc, argv, options, N, w) == -1)
		return -1;
	return (w->session == NULL) == (w->user == NULL) ? -1 : 0;
}

/* The one that was named, or the only one; NULL with *e. */
static const char *
choose(const struct conf *c, const char *named, struct err *e)
{
	if (named != NULL && !conf_list_has(&c->providers, named))
		err_set(e, ERR_INPUT, "no provider of that name is configured");
	else if (named != NULL)
		return named;
	else if (c->providers.n > 1)
		err_set(e, ERR_INPUT,
		    "several providers are configured: name one by "
		    "--provider");
	else
		return c->providers.item[0];
	return NULL;
}

/* Who pastes a token meant the session; it is not repeated anywhere. */
static int
check_id(const char *id, struct err *e)
{
	long n = str_utf8_count(id, strlen(id));

	if (str_after(id, "ory_st_") != NULL || str_after(id, "eyJ") != NULL)
		return err_set(e, ERR_INPUT,
		    "this is a token; needed is the id of session or user");
	if (n < 1 || n > REVOCATION_ID_MAX || !str_is_header_safe(id))
		return err_set(e, ERR_INPUT,
		    "an id has 1 to %d printable characters",
		    REVOCATION_ID_MAX);
	return 0;
}

/* What it cannot do: sessions live at the provider. */
static const char *
note_of(const struct revocation *r)
{
	static const struct {
		const char *provider; /* NULL: OpenID Connect */
		const char *note[REVOKED_KINDS];
	} notes[] = {
		{ "ory", { "it goes on at Ory: end it there too",
			     "who signs in anew is let in" } },
		{ "clerk",
		    { "it goes on at Clerk: end it there too",
			"a browser whose session goes on at Clerk gets a new "
			"token there within a minute: end its sessions there "
			"too" } },
		{ NULL,
		    { "only tokens that name their session (sid) are refused",
			"who can refresh a token at the issuer is let in with "
			"the new one: end the session there too" } },
	};
	size_t i = 0;

	while (notes[i].provider != NULL &&
	       strcmp(notes[i].provider, r->provider) != 0)
		i++;
	return notes[i].note[r->kind];
}

static void
tell(const struct conf *c, const struct revocation *r, FILE *out)
{
	int64_t ms = c->revocation.bound;
	char until[CLOCK_RFC3339_SIZE];

	fprintf(out, "%s %s of %s is refused%s\n",
	    r->kind == REVOKED_USER ? "user" : "session", r->id, r->provider,
	    r->kind == REVOKED_USER ? " with what was issued before now" : "");
	fprintf(out, "every host knows within %lld%s\n",
	    (long long)(ms % 1000 == 0 ? ms / 1000 : ms),
	    ms % 1000 == 0 ? "s" : "ms");
	/* what comes down to the minute is exact enough for any clock */
	clock_format_rfc3339(clock_wall_ms() + c->revocation.keep, until);
	fprintf(out, "until %.16sZ: what lives longer is let in again then\n",
	    until);
	fprintf(out, "note: %s\n", note_of(r));
}

static int
store(const struct conf *c, const struct revocation *r, struct err *e)
{
	struct arena *a = arena_new(ARENA);
	enum revocation_stored stored;
	struct db_options o;
	struct db *db;
	int rc;

	conf_db_options(c, &o);
	db = db_new(&o);
	if (a == NULL || db == NULL)
		rc = err_set(e, ERR_DOWN, "out of memory");
	else
		rc = revocation_add(db, NULL, NULL, r, c->revocation.keep,
		    clock_mono_ms() + STORE_MS, a, &stored, e);
	db_free(&db);
	arena_free(&a);
	return rc;
}

int
cmd_revoke(const struct conf *c, int argc, char **argv, FILE *out,
    FILE *complaints)
{
	struct words w = { .provider = NULL };
	struct err e = { .kind = ERR_NONE };
	struct revocation r;

	if (parse(argc, argv, &w) == -1) {
		fputs(usage, complaints);
		return EXIT_USAGE;
	}
	r = (struct revocation){
		.provider = choose(c, w.provider, &e),
		.kind = w.user != NULL ? REVOKED_USER : REVOKED_SESSION,
		.id = w.user != NULL ? w.user : w.session,
		.effect = w.user != NULL ? REVOKED_OLDER : REVOKED_ALL,
	};
	if (r.provider != NULL && check_id(r.id, &e) == 0 &&
	    store(c, &r, &e) == 0) {
		tell(c, &r, out);
		return EXIT_SUCCESS;
	}
	fprintf(complaints, "gatehouse: %s\n", e.text);
	return e.kind == ERR_INPUT ? EXIT_USAGE : EXIT_FAILURE;
}
