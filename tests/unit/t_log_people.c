/* SPDX-License-Identifier: MIT */
/* base/log: the text form, on a terminal and off it; lines that were lost. */
#include "tap.h"

#include "base/log.h"
#include "unit/child.h"
#include "unit/files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SMALL = 4096 };

static void
open_as(const char *target, enum log_format format)
{
	const struct log_options o = { LEVEL_DEBUG, format, target };
	struct err e = { 0 };

	INTEQ(log_open(&o, &e), 0);
}

static void
open_file(const char *name, enum log_format format)
{
	char target[300];

	snprintf(target, sizeof(target), "file:%s", files_path(name));
	open_as(target, format);
}

static void
some_request(void)
{
	log_event(LEVEL_INFO, "request", LOG_S("request_id", "r-1"),
	    LOG_BARE_S("method", "GET"), LOG_BARE_S("path", "/a b"),
	    LOG_S("origin", NULL), LOG_BARE_I("status", 200),
	    LOG_I("took_us", 12345), LOG_I("_us", 7), LOG_I("sent", 90));
}

static void
text(void)
{
	open_file("people.log", FORMAT_TEXT);
	some_request();
	CHECK(strstr(files_read("people.log"),
		  "Z info  request GET \"/a b\" 200 request_id=r-1 "
		  "took=12.345ms _us=7 sent=90\n") != NULL);
	open_file("scripts.log", FORMAT_JSON);
	some_request();
	CHECK(strstr(files_read("scripts.log"),
		  "\"event\":\"request\",\"request_id\":\"r-1\",\"method\":"
		  "\"GET\",\"path\":\"/a b\",\"status\":200,"
		  "\"took_us\":12345,\"_us\":7,\"sent\":90}\n") != NULL);
}

/* What a terminal got for a warning. */
static const char *
shown(const char *no_color)
{
	static char seen[512];
	int us = posix_openpt(O_RDWR | O_NOCTTY), were = dup(STDERR_FILENO);
	int them;
	ssize_t n;

	if (no_color != NULL)
		setenv("NO_COLOR", no_color, 1);
	else
		unsetenv("NO_COLOR");
	CHECK(us != -1 && grantpt(us) == 0 && unlockpt(us) == 0);
	them = open(ptsname(us), O_RDWR | O_NOCTTY);
	dup2(them, STDERR_FILENO);
	open_as("stderr", FORMAT_TEXT);
	log_event(LEVEL_WARN, "hot", LOG_I("n", 1));
	dup2(were, STDERR_FILENO);
	open_as("stderr", FORMAT_TEXT);
	n = read(us, seen, sizeof(seen) - 1);
	seen[n < 0 ? 0 : n] = '\0';
	close(us);
	close(them);
	close(were);
	return seen;
}

static void
terminal(void)
{
	const char *line = shown(NULL);

	/* "15:41:22.898 " in front */
	CHECK(strlen(line) > 13 && line[2] == ':' && line[5] == ':' &&
	      line[8] == '.');
	STREQ(line + 12, " \x1b[33mwarn\x1b[0m  hot n=1\r\n");
	STREQ(shown("1") + 12, " warn  hot n=1\r\n");
}

static void
limit_files(rlim_t most)
{
	struct rlimit l;

	getrlimit(RLIMIT_FSIZE, &l);
	l.rlim_cur = most;
	setrlimit(RLIMIT_FSIZE, &l);
}

static void
full(void)
{
	struct rlimit was;
	int64_t before = log_dropped();
	const char *said, *told;
	int64_t lost;
	char want[80];

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	open_file("full.log", FORMAT_JSON);
	limit_files(SMALL);
	for (int i = 0; i < 100; i++)
		log_event(LEVEL_INFO, "filling", LOG_I("i", i));
	lost = log_dropped() - before;
	CHECK(lost > 0 && lost < 100);
	limit_files(was.rlim_max);
	log_event(LEVEL_INFO, "there is room again");
	log_event(LEVEL_INFO, "and again");
	INTEQ(log_dropped() - before, lost);
	said = files_read("full.log");
	snprintf(want, sizeof(want),
	    "\"event\":\"log lines were lost\",\"n\":%d}\n", (int)lost);
	told = strstr(said, want);
	if (!CHECK(told != NULL))
		return;
	/* once, before what follows, and on a line of its own */
	CHECK(strstr(told, "there is room again") != NULL);
	CHECK(strstr(told + strlen(want), "were lost") == NULL);
	while (told > said && told[-1] != '\n')
		told--;
	INTEQ(told[0], '{');
}

/* Another process's line stands behind what found room, and not in it. */
static int
fill(void *ctx)
{
	(void)ctx;
	signal(SIGXFSZ, SIG_IGN);
	limit_files(SMALL);
	for (int i = 0; i < 100; i++)
		log_event(LEVEL_INFO, "filling", LOG_I("i", i));
	return log_dropped() > 0 ? 0 : 1;
}

static void
shared(void)
{
	int lines = 0, begun = 0;
	const char *said;

	open_file("shared.log", FORMAT_JSON);
	INTEQ(child_run(fill, NULL), 0);
	log_event(LEVEL_INFO, "another process");
	said = files_read("shared.log");
	CHECK(strlen(said) > SMALL / 2);
	CHECK(strstr(said, "another process\"}\n") != NULL);
	for (const char *at = said; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	for (const char *at = said; (at = strstr(at, "{\"time\"")); at++)
		begun += at == said || at[-1] == '\n' ? 1 : 1000;
	INTEQ(begun, lines);
}

static const struct tap_case cases[] = {
	{ "what matters comes first and times are milliseconds", text },
	{ "a terminal gets a short time and colours, unless NO_COLOR",
	    terminal },
	{ "a full disk: the next line that fits tells how many were lost",
	    full },
	{ "a full disk: one process's part of a line spoils no other's",
	    shared },
};
TAP_MAIN(cases)
