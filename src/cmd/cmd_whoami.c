/* SPDX-License-Identifier: MIT */
/* The shared authentication routine from a terminal. */
#include "cmd/cmd_whoami.h"

#include "auth/auth.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "io/db.h"
#include "io/fcg.h"
#include "shm/shared.h"
#include "user/follower.h"

#include <string.h>

enum { ARENA = 4 << 20, LINE_SIZE = CRED_TOKEN_MAX + 2 };

static const int exit_status[AUTH_VERDICTS] = {
	[AUTH_ANON] = 1,
	[AUTH_DENY] = 1,
	[AUTH_STEPUP] = 1,
	[AUTH_UNSURE] = 3,
	[AUTH_ALLOW] = 0,
};

/* As the request would bring it: a pair is a cookie, else it is a token. */
static struct cred
credential(const struct auth *auth, const char *line, struct arena *a)
{
	struct fcg_request in = { 0 };

	if (strchr(line, '=') != NULL)
		in.param[FCG_HTTP_COOKIE] = line;
	else
		in.param[FCG_HTTP_AUTHORIZATION] =
		    arena_printf(a, "Bearer %s", line);
	return auth_credential(auth, &in, a);
}

static void
print_line(FILE *out, const char *what, const char *value)
{
	if (value != NULL && value[0] != '\0')
		fprintf(out, "%-12s %s\n", what, value);
}

static void
print_lines(FILE *out, const char *what, const struct auth_names *names)
{
	for (int i = 0; i < names->n; i++)
		print_line(out, what, names->item[i]);
}

static void
print_answer(FILE *out, const struct auth_answer *answer)
{
	const struct auth_ident *who = &answer->who;
	char until[CLOCK_RFC3339_SIZE];

	print_line(out, "verdict", auth_verdict_name(answer->verdict));
	print_line(out, "trouble", answer->trouble);
	if (answer->verdict != AUTH_ALLOW) {
		print_line(out, "why", answer->why);
		print_line(out, "step up at", answer->step_up_url);
		return;
	}
	clock_format_rfc3339(who->expires_s * 1000, until);
	print_line(out, "provider", who->provider);
	print_line(out, "subject", who->subject);
	print_line(out, "session", who->session);
	print_line(out, "email", who->email);
	print_line(out, "verified", who->email_verified ? "yes" : "no");
	print_line(out, "name", who->name);
	print_line(out, "organization", who->org);
	print_line(out, "org slug", who->org_slug);
	print_lines(out, "role", &who->roles);
	print_lines(out, "permission", &who->permissions);
	print_line(out, "actor", who->actor);
	print_line(out, "assurance", who->aal);
	print_line(out, "expires", until);
}

/* What is revoked, from the database: a process that serves knows it. */
static void
learn_revocations(const struct conf *c, struct shared *shared, FILE *out)
{
	struct follower f = { .database = c->database.url, .shared = shared };
	int64_t deadline = clock_mono_ms() + c->database.connect_timeout +
			   c->database.statement_timeout;
	struct err e = { 0 };
	struct db_options o;

	conf_db_options(c, &o);
	f.db = db_new(&o);
	f.mac = shared_mac(shared, "revoked");
	if (f.mac == NULL || f.db == NULL)
		err_set(&e, ERR_BUG, "out of memory");
	else
		follower_read(&f, deadline, &e);
	if (e.text[0] != '\0')
		fprintf(out, "%-12s not known: %s\n", "revocations", e.text);
	db_free(&f.db);
	crypt_mac_free(&f.mac);
}

/* As a worker would check it; the exit status. */
static int
check(const struct conf *c, struct auth *auth, const char *line,
    struct arena *a, FILE *out)
{
	const struct auth_request rq = {
		.cred = credential(auth, line, a),
		.request_id = "whoami",
		.deadline = clock_mono_ms() + c->workers.request_timeout,
		.arena = a,
		.wants_contact = true,
	};
	struct auth_answer answer;

	auth_check(auth, &rq, &answer);
	print_answer(out, &answer);
	return exit_status[answer.verdict];
}

int
cmd_whoami(const struct conf *c, FILE *in, FILE *out)
{
	struct arena *a = arena_new(ARENA);
	const struct shared_options o = { .site = c->file, .private = true };
	struct err e = { 0 };
	struct shared *shared = shared_open(&o, &e);
	struct auth *auth = NULL;
	char line[LINE_SIZE];
	int status = 3; /* could not find out */

	if (fgets(line, sizeof(line), in) == NULL)
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '\0') {
		fprintf(out, "give a token on standard input\n");
		status = 2;
	} else if (a == NULL || shared == NULL ||
		   (auth = auth_new(c, shared, 0, &e)) == NULL) {
		fprintf(out, "cannot start: %s\n", e.text);
	} else {
		learn_revocations(c, shared, out);
		status = check(c, auth, line, a, out);
	}
	explicit_bzero(line, sizeof(line));
	auth_free(&auth);
	shared_free(&shared);
	arena_free(&a);
	return status;
}
