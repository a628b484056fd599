/* SPDX-License-Identifier: MIT */
/* shm/folder: where is searched, and which folder is good enough. */
#include "tap.h"

#include "shm/folder.h"
#include "unit/files.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
set(const char *name, const char *value)
{
	if (value == NULL)
		unsetenv(name);
	else
		setenv(name, value, 1);
}

static void
names(void)
{
	static char longest[FOLDER_PATH_MAX + 2];
	static const struct {
		enum folder_kind kind;
		const char *variable, *value, *path; /* NULL: none */
	} t[] = {
		{ FOLDER_RUNTIME, "RUNTIME_DIRECTORY", "/run/gatehouse",
		    "/run/gatehouse" },
		{ FOLDER_RUNTIME, "RUNTIME_DIRECTORY", "/run/a:/run/b",
		    "/run/a" },
		{ FOLDER_RUNTIME, "RUNTIME_DIRECTORY", NULL, NULL },
		{ FOLDER_RUNTIME, "RUNTIME_DIRECTORY", "", NULL },
		{ FOLDER_RUNTIME, "RUNTIME_DIRECTORY", "run/a", NULL },
		{ FOLDER_RUNTIME, "RUNTIME_DIRECTORY", longest, NULL },
		{ FOLDER_STATE, "STATE_DIRECTORY", "/var/lib/g:/var/lib/h",
		    "/var/lib/g" },
		{ FOLDER_STATE, "STATE_DIRECTORY", NULL, NULL },
		{ FOLDER_XDG, "XDG_STATE_HOME", "/home/u/state",
		    "/home/u/state/gatehouse" },
		{ FOLDER_XDG, "XDG_STATE_HOME", "state", NULL },
		{ FOLDER_XDG, "XDG_STATE_HOME", NULL, NULL },
	};

	memset(longest, '/', sizeof(longest) - 1);
	for (size_t i = 0; i < ROWS(t); i++) {
		char path[FOLDER_PATH_MAX];

		tap_row("%s is %.40s", t[i].variable,
		    t[i].value == NULL ? "unset" : t[i].value);
		set(t[i].variable, t[i].value);
		INTEQ(folder_path(t[i].kind, path), t[i].path != NULL);
		if (t[i].path != NULL)
			STREQ(path, t[i].path);
		unsetenv(t[i].variable);
	}
}

static void
users(void)
{
	char path[FOLDER_PATH_MAX], want[FOLDER_PATH_MAX];
	const struct passwd *p = getpwuid(geteuid());

	CHECK(folder_path(FOLDER_MEMORY, path));
	snprintf(want, sizeof(want), "/dev/shm/gatehouse-%ld", (long)geteuid());
	STREQ(path, want);
	if (p == NULL) {
		CHECK(!folder_path(FOLDER_HOME, path));
		return;
	}
	CHECK(folder_path(FOLDER_HOME, path));
	snprintf(want, sizeof(want), "%s/.local/state/gatehouse", p->pw_dir);
	STREQ(path, want);
	CHECK(!folder_path(FOLDER_KINDS, path));
}

/* What folder_open() says; "" when it opens. */
static const char *
opens(const char *path, int depth)
{
	static struct err e;
	struct err seen = { 0 };
	int fd, looked;

	e = (struct err){ 0 };
	looked = folder_look(path, depth, &seen);
	fd = folder_open(path, depth, &e);
	INTEQ(looked == -1, fd == -1); /* a look foresees it */
	if (fd != -1)
		close(fd);
	if (looked != -1)
		close(looked);
	return e.text;
}

static mode_t
mode_of(const char *path)
{
	struct stat st = { 0 };

	return lstat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void
made(void)
{
	char deep[300];

	snprintf(deep, sizeof(deep), "%s/a/b/c", files_dir());
	STREQ(opens(deep, 2), "No such file or directory");
	snprintf(deep, sizeof(deep), "%s/a", files_dir());
	INTEQ(mode_of(deep), 0);
	snprintf(deep, sizeof(deep), "%s/a/b/c", files_dir());
	STREQ(opens(deep, 3), "");
	INTEQ(mode_of(deep), 0700);
	STREQ(opens(deep, 1), "");
	snprintf(deep, sizeof(deep), "%s/x/y", files_dir());
	STREQ(opens(deep, 0), "No such file or directory");
	snprintf(deep, sizeof(deep), "%s/x", files_dir());
	INTEQ(mode_of(deep), 0);
}

static void
judged(void)
{
	const char *dir = files_path("dir"), *link = files_path("link");
	const char *file = files_write("file", "", 0600);

	CHECK(mkdir(dir, 0700) == 0);
	CHECK(symlink(dir, link) == 0);
	STREQ(opens(link, 0), "");
	STREQ(opens(link, 1), "Not a directory");
	STREQ(opens(file, 0), "Not a directory");
	STREQ(opens(file, 1), "Not a directory");
	chmod(dir, 0755);
	STREQ(opens(dir, 1), "");
	chmod(dir, 0775);
	STREQ(opens(dir, 1), "others may write to it");
	STREQ(opens(dir, 0), ""); /* the administrator's choice */
	chmod(dir, 01707);
	STREQ(opens(dir, 1), "others may write to it");
	chmod(dir, 0700);
	if (geteuid() != 0)
		return;
	CHECK(chown(dir, 1, 1) == 0);
	STREQ(opens(dir, 1), "it belongs to another user");
	STREQ(opens(dir, 0), "");
}

static const struct tap_case cases[] = {
	{ "the environment names folders, absolute ones, the first of several",
	    names },
	{ "each user has one in memory and one at home", users },
	{ "ours is made for us alone, no deeper than it may; others are not",
	    made },
	{ "a link, another user's, one that others write to is not ours",
	    judged },
};
TAP_MAIN(cases)
