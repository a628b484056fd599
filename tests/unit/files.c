/* SPDX-License-Identifier: MIT */
/* Temporary files, and configurations made of them. */
#include "unit/files.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TURNS = 8, PATH_SIZE = 256, TEXT_SIZE = 1 << 16 };

static char dir[64];
static pid_t maker;
static struct conf_problems problems;

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

static void
remove_all(void)
{
	if (getpid() == maker)
		nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *
files_dir(void)
{
	if (dir[0] != '\0')
		return dir;
	snprintf(dir, sizeof(dir), "/tmp/gatehouse-unit-XXXXXX");
	if (mkdtemp(dir) == NULL) {
		perror("mkdtemp");
		exit(1);
	}
	maker = getpid();
	atexit(remove_all);
	return dir;
}

const char *
files_path(const char *name)
{
	static char path[TURNS][PATH_SIZE];
	static int turn;

	turn = (turn + 1) % TURNS;
	snprintf(path[turn], PATH_SIZE, "%s/%s", files_dir(), name);
	return path[turn];
}

const char *
files_write(const char *name, const char *text, mode_t mode)
{
	const char *path = files_path(name);
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0 ||
	    chmod(path, mode) == -1) {
		perror(path);
		exit(1);
	}
	return path;
}

const char *
files_read(const char *name)
{
	static char text[TEXT_SIZE];
	FILE *f = fopen(files_path(name), "r");
	size_t n = 0;

	if (f != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

struct conf *
files_conf(const char *text)
{
	return conf_load(files_write("t.conf", text, 0640), &problems);
}

struct conf *
files_good_conf(const char *ory_url, const char *more)
{
	char text[4096];
	struct conf *c;

	snprintf(text, sizeof(text),
	    "public_url = \"https://www.example.com\";\n"
	    "ory: { url = \"%s\"; timeout = \"400ms\"; };\n%s\n",
	    ory_url, more);
	c = files_conf(text);
	if (c == NULL) {
		fprintf(stderr, "Bail out! %s\n", problems.text[0]);
		exit(1);
	}
	return c;
}

const char *
files_problem(int i)
{
	size_t n = strlen(files_dir()) + 1;

	if (i >= problems.n)
		return "";
	if (strncmp(problems.text[i], files_dir(), n - 1) == 0)
		return problems.text[i] + n;
	return problems.text[i];
}
