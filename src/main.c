/* SPDX-License-Identifier: MIT */
/* From the command line to a mode: serve, or one of the commands. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cmd/cmd_check.h"
#include "cmd/cmd_explain.h"
#include "cmd/cmd_migrate.h"
#include "cmd/cmd_reconcile.h"
#include "cmd/cmd_revoke.h"
#include "cmd/cmd_status.h"
#include "cmd/cmd_whoami.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "io/db.h"
#include "io/http.h"
#include "proc/listen.h"
#include "proc/replaced.h"
#include "proc/supervise.h"
#include "proc/worker.h"
#include "route/doing.h"
#include "route/openapi_print.h"
#include "shm/shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_UNKNOWN = 3, WORKERS_MOST = 1024, WORDS_MOST = 16 };

struct args {
	const char *file;   /* -c */
	const char *listen; /* -l */
	int workers;        /* -w; 0: not given */
	int n;              /* words: a command, and what belongs to it */
	char *word[WORDS_MOST];
	bool help, version;
};

static const char usage[] =
    "usage: gatehouse [-c FILE] [-w N] [-l SOCKET] [COMMAND]\n"
    "\n"
    "Without a command it serves FastCGI requests.\n"
    "  check                       configuration, database, provider: one "
    "line each\n"
    "  explain --path PATH [--method METHOD]\n"
    "                              reads a token, tells whether it may pass\n"
    "  migrate [status|up|to N]    the database schema\n"
    "  openapi                     the API's description, OpenAPI 3.1\n"
    "  print-config                the effective configuration\n"
    "  reconcile [--apply] [--limit N] [--provider NAME]\n"
    "                              profiles of users that are no more\n"
    "  revoke [--provider NAME] --session ID | --user ID\n"
    "                              refuses it on every host\n"
    "  status [--json]             what the processes on this host do\n"
    "  whoami                      reads a token, prints who it is\n"
    "\n"
    "  -c FILE     configuration file\n"
    "  -w N        exactly N worker processes\n"
    "  -l SOCKET   unix:/path or tcp:address:port\n"
    "  --version, --help\n"
    "\n"
    "A program name that ends in .fcgi means one process, unless -w is "
    "given.\n"
    "See gatehouse(8) and gatehouse.conf(5).\n";

static int
parse_workers(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *end != '\0' || n < 1 || n > WORKERS_MOST ? -1 : (int)n;
}

/* A command's own options are long, stand behind it, and are words to us. */
static bool
is_word(const struct args *a, const char *text)
{
	return text[0] != '-' || (a->n > 0 && strncmp(text, "--", 2) == 0);
}

/* Options may stand before or after the command.  -1: wrong usage. */
static int
parse_args(int argc, char **argv, struct args *a)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0) {
			a->help = true;
		} else if (strcmp(argv[i], "--version") == 0) {
			a->version = true;
		} else if (is_word(a, argv[i])) {
			if (a->n == WORDS_MOST)
				return -1;
			a->word[a->n++] = argv[i];
		} else if (value == NULL || strlen(argv[i]) != 2 ||
			   strchr("cwl", argv[i][1]) == NULL) {
			return -1;
		} else {
			i++;
			if (argv[i - 1][1] == 'c')
				a->file = value;
			else if (argv[i - 1][1] == 'l')
				a->listen = value;
			else if ((a->workers = parse_workers(value)) == -1)
				return -1;
		}
	}
	return 0;
}

/* Under spawn-fcgi and lighttpd standard error is lost: the system log. */
static void
complain(const char *text)
{
	fprintf(stderr, "gatehouse: %s\n", text);
	syslog(LOG_DAEMON | LOG_ERR, "%s", text);
}

static struct conf *
load(const char *given, bool serving)
{
	struct conf_problems p;
	struct conf *c = conf_load(conf_find(given), &p);

	for (int i = 0; i < p.n; i++) {
		if (serving)
			complain(p.text[i]);
		else
			fprintf(stderr, "%s\n", p.text[i]);
	}
	return c;
}

static bool
is_single(const struct args *a, const char *program)
{
	size_t n = strlen(program);

	return a->workers == 0 && n > 5 &&
	       strcmp(program + n - 5, ".fcgi") == 0;
}

/*
 * A supervisor's workers have it in common by birth, unless a folder is named;
 * single processes know nothing of each other and meet in a file.
 */
static struct shared *
open_shared(const struct conf *c, bool single, struct err *e)
{
	const struct shared_options o = {
		.dir = c->cache.path,
		.size = (size_t)c->cache.size,
		.site = c->file,
		.private = !single && c->cache.path[0] == '\0',
	};
	struct shared *s = shared_open(&o, e);

	if (s == NULL && c->cache.path[0] != '\0')
		err_wrap(e, "cache.path");
	if (s != NULL && s->warning[0] != '\0')
		log_event(LEVEL_WARN,
		    "shared memory is private to this process",
		    LOG_S("why", s->warning));
	return s;
}

static int
serve_single(struct conf *c, struct shared *shared, int listener)
{
	struct worker w = {
		.conf = c,
		.shared = shared,
		.listener = listener,
		.lifeline = -1,
		.bell = -1,
		.traces = -1,
	};
	int status;

	w.slot = board_take(shared->board, 1);
	atomic_store(&shared->board->slot[w.slot].pid, getpid());
	atomic_store(&shared->board->limit, 1);
	board_begin(shared->board, 1, clock_mono_ms());
	if (c->trace.endpoint[0] != '\0')
		log_event(LEVEL_WARN, "configuration",
		    LOG_S("key", "trace.endpoint"),
		    LOG_S("advice",
			"does nothing here: a single process sends no traces, "
			"but writes trace.file"));
	status = worker_run(&w);
	conf_free(&c);
	return status;
}

static int
serve(const struct args *a, char **argv)
{
	const struct rlimit none = { 0, 0 };
	struct conf *c = load(a->file, true);
	struct log_options log;
	struct shared *shared;
	struct err e = { 0 };
	const char *made;
	int listener, status;

	if (c == NULL)
		return EXIT_FAILURE;
	conf_log_options(c, &log);
	listener = listen_open(c, a->listen, &made, &e);
	if (listener == LISTEN_NONE) {
		fprintf(stderr,
		    "gatehouse: there is no socket to serve on: "
		    "set listen, use -l, or be started by a web server, "
		    "spawn-fcgi or systemd\n\n%s",
		    usage);
		return EXIT_USAGE;
	}
	if (listener == -1 || log_open(&log, &e) == -1) {
		complain(e.text);
		return EXIT_FAILURE;
	}
	listen_close_others(listener);
	umask(077);
	setrlimit(RLIMIT_CORE, &none); /* credentials are in our memory */
	replaced_watch(c->file);
	supervise_advise(c);
	shared = open_shared(c, is_single(a, argv[0]), &e);
	if (shared == NULL) {
		complain(e.text);
		return EXIT_FAILURE;
	}
	doing_names(shared->board);
	if (is_single(a, argv[0])) {
		status = serve_single(c, shared, listener);
	} else {
		crypt_prepare();
		http_prepare();
		status = supervise_run(&(struct supervise){
		    .conf = c,
		    .shared = shared,
		    .fixed = a->workers,
		    .listener = listener,
		    .made_socket = made,
		    .argv = argv,
		});
	}
	shared_free(&shared);
	return status;
}

static int
run_check(const struct conf *c, const struct args *a)
{
	(void)a;
	return cmd_check(c, stdout);
}

static int
run_explain(const struct conf *c, const struct args *a)
{
	return cmd_explain(c, a->n - 1, (char **)a->word + 1, stdin, stdout,
	    stderr);
}

static int
run_migrate(const struct conf *c, const struct args *a)
{
	struct db_options o;

	conf_db_options(c, &o);
	return cmd_migrate(&o, a->n - 1, (char **)a->word + 1, stdout, stderr);
}

static int
run_openapi(const struct conf *c, const struct args *a)
{
	(void)a;
	return openapi_print(c, stdout, stderr);
}

static int
run_print_config(const struct conf *c, const struct args *a)
{
	(void)a;
	conf_print(c, stdout);
	return 0;
}

static int
run_reconcile(const struct conf *c, const struct args *a)
{
	return cmd_reconcile(c, a->n - 1, (char **)a->word + 1, stdout, stderr);
}

static int
run_revoke(const struct conf *c, const struct args *a)
{
	return cmd_revoke(c, a->n - 1, (char **)a->word + 1, stdout, stderr);
}

static int
run_status(const struct conf *c, const struct args *a)
{
	return cmd_status(c, a->n - 1, (char **)a->word + 1, stdout, stderr);
}

static int
run_whoami(const struct conf *c, const struct args *a)
{
	(void)a;
	return cmd_whoami(c, stdin, stdout);
}

static const struct command {
	const char *name;
	int words;  /* most that may stand there, with the name */
	int broken; /* exit status when the configuration is */
	int (*run)(const struct conf *c, const struct args *a);
} commands[] = {
	{ "check", 1, EXIT_FAILURE, run_check },
	{ "explain", WORDS_MOST, EXIT_UNKNOWN, run_explain },
	{ "migrate", 3, EXIT_FAILURE, run_migrate },
	{ "openapi", 1, EXIT_FAILURE, run_openapi },
	{ "print-config", 1, EXIT_FAILURE, run_print_config },
	{ "reconcile", WORDS_MOST, EXIT_FAILURE, run_reconcile },
	{ "revoke", WORDS_MOST, EXIT_FAILURE, run_revoke },
	{ "status", WORDS_MOST, EXIT_FAILURE, run_status },
	{ "whoami", 1, EXIT_UNKNOWN, run_whoami },
};

static int
run_command(const struct args *a)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct conf *c;
		int status;

		if (strcmp(commands[i].name, a->word[0]) != 0 ||
		    a->n > commands[i].words)
			continue;
		c = load(a->file, false);
		if (c == NULL)
			return commands[i].broken;
		status = commands[i].run(c, a);
		conf_free(&c);
		return status;
	}
	fputs(usage, stderr);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct args a = { 0 };

	if (parse_args(argc, argv, &a) == -1) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (a.help) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (a.version) {
		printf("gatehouse %s\n", PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	return a.n > 0 ? run_command(&a) : serve(&a, argv);
}
