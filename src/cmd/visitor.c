/* SPDX-License-Identifier: MIT */
/* The shared authentication routine, without a web server in front. */
#include "cmd/visitor.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "io/db.h"
#include "io/fcg.h"
#include "shm/shared.h"
#include "user/follower.h"

#include <string.h>
#include <unistd.h>

enum { ARENA = 4 << 20 };

static const int exit_status[AUTH_VERDICTS] = {
	[AUTH_ANON] = VISITOR_REFUSED,
	[AUTH_DENY] = VISITOR_REFUSED,
	[AUTH_STEPUP] = VISITOR_REFUSED,
	[AUTH_UNSURE] = VISITOR_UNKNOWN,
	[AUTH_ALLOW] = VISITOR_PASSES,
};

bool
visitor_read(FILE *in, FILE *complaints, char line[VISITOR_LINE_SIZE])
{
	if (isatty(fileno(in)))
		fprintf(complaints,
		    "a token, or a cookie as name=value, and Enter:\n");
	if (fgets(line, VISITOR_LINE_SIZE, in) == NULL)
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	return line[0] != '\0';
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

int
visitor_open(struct visitor *v, const struct conf *c, FILE *out)
{
	const struct shared_options o = { .site = c->file, .private = true };
	struct err e = { 0 };

	*v = (struct visitor){ .arena = arena_new(ARENA) };
	if (v->arena == NULL)
		err_set(&e, ERR_BUG, "out of memory");
	else if ((v->shared = shared_open(&o, &e)) != NULL)
		v->auth = auth_new(c, v->shared, 0, &e);
	if (v->auth == NULL) {
		fprintf(out, "cannot start: %s\n", e.text);
		return -1;
	}
	learn_revocations(c, v->shared, out);
	return 0;
}

void
visitor_close(struct visitor *v)
{
	auth_free(&v->auth);
	shared_free(&v->shared);
	arena_free(&v->arena);
}

/* As the request would bring it: a pair is a cookie, else it is a token. */
static struct cred
credential(const struct auth *auth, const char *line, struct arena *a)
{
	struct fcg_request in = { 0 };

	if (strchr(line, '=') != NULL)
		in.param[FCG_HTTP_COOKIE] = line;
	else if (line[0] != '\0')
		in.param[FCG_HTTP_AUTHORIZATION] =
		    arena_printf(a, "Bearer %s", line);
	return auth_credential(auth, &in, a);
}

void
visitor_check(struct visitor *v, const struct conf *c, const char *line,
    bool contact, struct auth_answer *answer)
{
	const struct auth_request rq = {
		.cred = credential(v->auth, line, v->arena),
		.request_id = "terminal",
		.deadline = clock_mono_ms() + c->workers.request_timeout,
		.arena = v->arena,
		.wants_contact = contact,
	};

	auth_check(v->auth, &rq, answer);
}

void
visitor_print_line(FILE *out, const char *what, const char *value)
{
	if (value != NULL && value[0] != '\0')
		fprintf(out, "%-12s %s\n", what, value);
}

static void
print_lines(FILE *out, const char *what, const struct auth_names *names)
{
	for (int i = 0; i < names->n; i++)
		visitor_print_line(out, what, names->item[i]);
}

static void
print_time(FILE *out, const char *what, int64_t s)
{
	char text[CLOCK_RFC3339_SIZE];

	if (s <= 0)
		return;
	clock_format_rfc3339(s * 1000, text);
	visitor_print_line(out, what, text);
}

static void
print_identity(FILE *out, const struct auth_ident *who)
{
	visitor_print_line(out, "provider", who->provider);
	visitor_print_line(out, "subject", who->subject);
	visitor_print_line(out, "session", who->session);
	visitor_print_line(out, "email", who->email);
	visitor_print_line(out, "verified", who->email_verified ? "yes" : "no");
	visitor_print_line(out, "name", who->name);
	visitor_print_line(out, "organization", who->org);
	visitor_print_line(out, "org slug", who->org_slug);
	print_lines(out, "role", &who->roles);
	print_lines(out, "permission", &who->permissions);
	visitor_print_line(out, "actor", who->actor);
	visitor_print_line(out, "assurance", who->aal);
	print_time(out, "1st factor", who->first_factor_s);
	print_time(out, "2nd factor", who->second_factor_s);
	print_time(out, "expires", who->expires_s);
}

void
visitor_print(FILE *out, const struct auth_answer *answer)
{
	visitor_print_line(out, "verdict", auth_verdict_name(answer->verdict));
	visitor_print_line(out, "trouble", answer->trouble);
	if (answer->verdict == AUTH_ALLOW) {
		print_identity(out, &answer->who);
		return;
	}
	visitor_print_line(out, "why", answer->why);
	visitor_print_line(out, "step up at", answer->step_up_url);
}

int
visitor_status(enum auth_verdict verdict)
{
	return exit_status[verdict];
}
