/* SPDX-License-Identifier: MIT */
/* Fetching a secret from where the administrator put it. */
#include "conf/secret.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_MAX = 8192 };

bool
secret_is_reference(const char *written)
{
	return str_after(written, "file:") != NULL ||
	       str_after(written, "env:") != NULL ||
	       str_after(written, "credential:") != NULL;
}

bool
secret_needs_hiding(const char *literal)
{
	const char *rest = strstr(literal, "://");
	const char *at, *colon;

	if (strstr(literal, "password") != NULL)
		return true;
	if (rest == NULL)
		return false;
	at = strchr(rest + 3, '@');
	colon = strchr(rest + 3, ':');
	return at != NULL && colon != NULL && colon < at;
}

bool
secret_hides(const struct conf_key *k, const char *value)
{
	if ((k->flags & KEY_HIDE) != 0)
		return value[0] != '\0';
	return (k->flags & KEY_PUBLIC) == 0 && secret_needs_hiding(value);
}

/* Without the line end that editors leave. */
static const char *
read_all(int fd, const char *path, struct arena *a, struct err *e)
{
	char *text = arena_alloc(a, SECRET_MAX + 1);
	ssize_t n = text == NULL ? -1 : read(fd, text, SECRET_MAX);

	if (n == -1) {
		err_set(e, ERR_CONFIG, "%s: %s", path, strerror(errno));
		return NULL;
	}
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	text[n] = '\0';
	if (n == 0 || strlen(text) != (size_t)n || n == SECRET_MAX) {
		err_set(e, ERR_CONFIG, "%s: empty, too long or not text", path);
		return NULL;
	}
	return text;
}

static const char *
from_file(const char *path, bool check_mode, struct arena *a, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *text = NULL;
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		err_set(e, ERR_CONFIG, "%s: %s", path, strerror(errno));
	else if (check_mode && (st.st_mode & S_IROTH) != 0)
		err_set(e, ERR_CONFIG, "%s: others can read it; chmod o-r it",
		    path);
	else
		text = read_all(fd, path, a, e);
	if (fd != -1)
		close(fd);
	return text;
}

static const char *
from_env(const char *name, struct err *e)
{
	const char *value = getenv(name);

	if (value != NULL && value[0] != '\0')
		return value;
	err_set(e, ERR_CONFIG, "environment variable %s is not set", name);
	return NULL;
}

const char *
secret_resolve(const char *written, const char *folder, bool open,
    struct arena *a, struct err *e)
{
	const char *name;

	if ((name = str_after(written, "env:")) != NULL)
		return from_env(name, e);
	if ((name = str_after(written, "credential:")) != NULL) {
		folder = from_env("CREDENTIALS_DIRECTORY", e);
		if (folder == NULL)
			return NULL;
		name = arena_printf(a, "%s/%s", folder, name);
		return name == NULL ? NULL : from_file(name, false, a, e);
	}
	if ((name = str_after(written, "file:")) != NULL) {
		if (name[0] != '/')
			name = arena_printf(a, "%s/%s", folder, name);
		return name == NULL ? NULL : from_file(name, !open, a, e);
	}
	return written;
}
