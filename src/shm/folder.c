/* SPDX-License-Identifier: MIT */
/* The environment, the passwd entry, and a few careful system calls. */
#include "shm/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* systemd separates several by colons */
static bool
from_environment(const char *name, const char *below, char *path)
{
	const char *value = getenv(name);
	int n;

	if (value == NULL || value[0] != '/')
		return false;
	n = snprintf(path, FOLDER_PATH_MAX, "%.*s%s", (int)strcspn(value, ":"),
	    value, below);
	return n < FOLDER_PATH_MAX;
}

static bool
from_home(char *path)
{
	const struct passwd *p = getpwuid(geteuid());

	return p != NULL && p->pw_dir != NULL && p->pw_dir[0] == '/' &&
	       snprintf(path, FOLDER_PATH_MAX, "%s/.local/state/gatehouse",
		   p->pw_dir) < FOLDER_PATH_MAX;
}

bool
folder_path(enum folder_kind k, char path[FOLDER_PATH_MAX])
{
	switch (k) {
	case FOLDER_RUNTIME:
		return from_environment("RUNTIME_DIRECTORY", "", path);
	case FOLDER_MEMORY:
		snprintf(path, FOLDER_PATH_MAX, "/dev/shm/gatehouse-%lu",
		    (unsigned long)geteuid());
		return true;
	case FOLDER_STATE:
		return from_environment("STATE_DIRECTORY", "", path);
	case FOLDER_XDG:
		return from_environment("XDG_STATE_HOME", "/gatehouse", path);
	case FOLDER_HOME:
		return from_home(path);
	case FOLDER_KINDS:
		break;
	}
	return false;
}

int
folder_depth(enum folder_kind k)
{
	static const int depth[FOLDER_KINDS] = {
		[FOLDER_MEMORY] = 1,
		[FOLDER_XDG] = 2,
		[FOLDER_HOME] = 3,
	};

	return depth[k];
}

/* The path without its last n names. */
static void
go_up(const char *path, int n, char above[FOLDER_PATH_MAX])
{
	snprintf(above, FOLDER_PATH_MAX, "%s", path);
	while (n-- > 0) {
		char *slash = strrchr(above, '/');

		if (slash != NULL && slash != above)
			*slash = '\0';
	}
}

/* Errors show when it is opened. */
static void
make(const char *path, int depth)
{
	char part[FOLDER_PATH_MAX];

	while (depth-- > 0) {
		go_up(path, depth, part);
		mkdir(part, 0700);
	}
}

static int
check(int fd, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_set(e, ERR_CONFIG, "%s", strerror(errno));
	if (st.st_uid != geteuid())
		return err_set(e, ERR_CONFIG, "it belongs to another user");
	if ((st.st_mode & 022) != 0)
		return err_set(e, ERR_CONFIG, "others may write to it");
	return 0;
}

static int
open_it(const char *path, bool ours, struct err *e)
{
	int fd = open(path,
	    O_PATH | O_DIRECTORY | O_CLOEXEC | (ours ? O_NOFOLLOW : 0));

	if (fd == -1)
		return err_set(e, ERR_CONFIG, "%s", strerror(errno));
	if (ours && check(fd, e) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

int
folder_open(const char *path, int depth, struct err *e)
{
	make(path, depth);
	return open_it(path, depth > 0, e);
}

int
folder_look(const char *path, int depth, struct err *e)
{
	char above[FOLDER_PATH_MAX];
	struct stat st;

	for (int up = 0; up < depth; up++) {
		go_up(path, up, above);
		if (lstat(above, &st) == 0 || errno != ENOENT)
			return open_it(above, up == 0, e);
	}
	go_up(path, depth, above);
	return open_it(above, false, e);
}
