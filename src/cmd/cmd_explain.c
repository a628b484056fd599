/* SPDX-License-Identifier: MIT */
/*
 * The decision of route/r_check.c told step by step, by the same functions:
 * base/path, auth/policy, and auth/auth for who it is.
 */
#include "cmd/cmd_explain.h"

#include "auth/policy.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/path.h"
#include "cmd/visitor.h"
#include "cmd/words.h"
#include "conf/conf.h"

#include <stddef.h>
#include <string.h>

enum { EXIT_USAGE = 2, ARENA = 1 << 20 };

static const char usage[] =
    "usage: gatehouse explain --path PATH [--method METHOD]\n";

struct words {
	const char *path, *method;
};

static const struct words_option options[] = {
	{ "--method", offsetof(struct words, method) },
	{ "--path", offsetof(struct words, path) },
};

/* What a web server would be told. */
enum end {
	PASSES,
	BAD_REQUEST,
	NOBODY_KNOWN,
	NOT_ALLOWED,
	STEP_UP,
	UNKNOWN,
	NO_START,
};

static const struct {
	const char *answer;
	int status;
} ends[] = {
	[PASSES] = { "may pass: 200 to an authorizer, 204 from /auth/check",
	    VISITOR_PASSES },
	[BAD_REQUEST] = { "400 invalid_argument", VISITOR_REFUSED },
	[NOBODY_KNOWN] = { "401 unauthenticated", VISITOR_REFUSED },
	[NOT_ALLOWED] = { "403 permission_denied, not_allowed",
	    VISITOR_REFUSED },
	[STEP_UP] = { "403 permission_denied, second_factor_required",
	    VISITOR_REFUSED },
	[UNKNOWN] = { "503 unavailable, provider_unavailable",
	    VISITOR_UNKNOWN },
	[NO_START] = { NULL, VISITOR_UNKNOWN },
};

static const enum end ends_of[AUTH_VERDICTS] = {
	[AUTH_ANON] = NOBODY_KNOWN,
	[AUTH_DENY] = NOBODY_KNOWN,
	[AUTH_STEPUP] = STEP_UP,
	[AUTH_UNSURE] = UNKNOWN,
	[AUTH_ALLOW] = PASSES,
};

struct explain {
	const struct conf *conf;
	const char *method;
	const struct conf_rule *rule; /* or NULL: none are configured */
	FILE *in, *out, *complaints;
};

static void
say(const struct explain *x, const char *what, const char *text)
{
	visitor_print_line(x->out, what, text);
}

/* Each need of the rule; met or not where there is somebody to judge. */
static void
show_needs(const struct explain *x, const struct auth_answer *answer,
    int64_t now_s)
{
	bool judged = answer->verdict == AUTH_ALLOW;
	struct policy_need need[POLICY_NEEDS];
	int n = policy_needs(x->rule, &answer->who, now_s, need);

	for (int i = 0; i < n; i++) {
		fprintf(x->out, "%-12s ", "need");
		conf_print_of_rule(x->rule, need[i].key, x->out);
		if (judged && need[i].why == NULL)
			fputs(": met", x->out);
		else if (judged)
			fprintf(x->out, ": NOT MET (%s)", need[i].why);
		putc('\n', x->out);
	}
}

static enum end
judge(const struct explain *x, const struct auth_answer *answer)
{
	static const enum end of[] = {
		[POLICY_ALLOW] = PASSES,
		[POLICY_REFUSE] = NOT_ALLOWED,
		[POLICY_STEPUP] = STEP_UP,
	};
	int64_t now_s = clock_wall_ms() / 1000;
	const char *why;

	if (x->rule != NULL)
		show_needs(x, answer, now_s);
	if (answer->verdict != AUTH_ALLOW || x->rule == NULL)
		return ends_of[answer->verdict];
	return of[policy_judge(x->rule, &answer->who, now_s, &why)];
}

/* A page of another site could have sent it. */
static void
warn_of_cookies(const struct explain *x, const char *line)
{
	if (strchr(line, '=') != NULL && policy_writes(x->method) &&
	    (x->rule == NULL || !x->rule->cross_site))
		say(x, "note",
		    "with a cookie only from a page of this site or an allowed "
		    "one, else 403 permission_denied, cross_site");
}

/* It matters who asks. */
static enum end
ask(const struct explain *x)
{
	struct visitor v = { .auth = NULL };
	char line[VISITOR_LINE_SIZE];
	struct auth_answer answer;
	enum end end = NO_START;

	if (!visitor_read(x->in, x->complaints, line))
		say(x, "credential", "none");
	if (visitor_open(&v, x->conf, x->out) == 0) {
		visitor_check(&v, x->conf, line,
		    x->rule != NULL && policy_wants_contact(x->rule), &answer);
		visitor_print(x->out, &answer);
		end = judge(x, &answer);
	}
	if (end == PASSES)
		warn_of_cookies(x, line);
	explicit_bzero(line, sizeof(line));
	visitor_close(&v);
	return end;
}

static void
show_rule(const struct explain *x)
{
	const struct conf_guard *g = &x->conf->guard;

	fprintf(x->out, "%-12s guard.rules.[%d] ", "rule",
	    (int)(x->rule - g->rules));
	conf_print_of_rule(x->rule, "path", x->out);
	if (x->rule->methods.n > 0) {
		fputs(", ", x->out);
		conf_print_of_rule(x->rule, "methods", x->out);
	}
	fputc('\n', x->out);
	if (x->rule->place != NULL)
		fprintf(x->out, "%-12s %s\n", "written at", x->rule->place);
	fprintf(x->out, "%-12s %s\n", "access", x->rule->access);
}

static enum end
follow_rule(const struct explain *x)
{
	show_rule(x);
	switch (policy_access(x->rule)) {
	case POLICY_SIGNED_IN:
		return ask(x);
	case POLICY_ANYONE:
		return PASSES;
	case POLICY_NOBODY:
		break;
	}
	return NOT_ALLOWED;
}

static enum end
explain(struct explain *x, const char *uri, struct arena *a)
{
	const char *path, *query, *problem = path_problem(uri, a);

	if (path_parse(uri, "", a, &path, &query) != PATH_OK) {
		fprintf(x->out, "%-12s refused: it %s\n", "path",
		    problem == NULL ? "is too long" : problem);
		return BAD_REQUEST;
	}
	say(x, "path", path);
	say(x, "method", x->method);
	switch (policy_find(x->conf, path, x->method, a, &x->rule)) {
	case POLICY_RULE:
		return follow_rule(x);
	case POLICY_NO_RULES:
		say(x, "rule", "none are configured: whoever is signed in");
		return ask(x);
	case POLICY_UNMATCHED:
		say(x, "rule", "none is for this path and method: nobody");
		return NOT_ALLOWED;
	case POLICY_AMBIGUOUS:
		break;
	}
	say(x, "rule",
	    "refused: programs may read this path or method in ways that "
	    "different rules are for");
	return BAD_REQUEST;
}

int
cmd_explain(const struct conf *c, int argc, char **argv, FILE *in, FILE *out,
    FILE *complaints)
{
	enum { N = sizeof(options) / sizeof(options[0]) };
	struct words w = { .path = NULL };
	struct explain x = {
		.conf = c, .in = in, .out = out, .complaints = complaints
	};
	struct arena *a;
	enum end end = NO_START;

	if (words_parse(argc, argv, options, N, &w) == -1 || w.path == NULL) {
		fputs(usage, complaints);
		return EXIT_USAGE;
	}
	x.method = w.method == NULL ? "GET" : w.method;
	a = arena_new(ARENA);
	if (a != NULL)
		end = explain(&x, w.path, a);
	say(&x, "answer", ends[end].answer);
	arena_free(&a);
	return ends[end].status;
}
