/* SPDX-License-Identifier: MIT */
/* Where the listening socket comes from. */
#include "proc/listen.h"

#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { SYSTEMD_FIRST = 3 };

static int
fail(struct err *e, const char *what, const char *where)
{
	return err_set(e, ERR_CONFIG, "%s %s: %s", what, where,
	    strerror(errno));
}

static bool
is_listening(int fd)
{
	int yes = 0;
	socklen_t n = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) == 0 &&
	       yes != 0;
}

static bool
systemd_gave_one(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");

	return pid != NULL && fds != NULL &&
	       strtol(pid, NULL, 10) == (long)getpid() &&
	       strtol(fds, NULL, 10) >= 1 && is_listening(SYSTEMD_FIRST);
}

/* A socket file without a listener is left over from a crash. */
static int
clear_stale(const struct sockaddr_un *a, struct err *e)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc = connect(fd, (const struct sockaddr *)a, sizeof(*a));
	int why = errno;
	struct stat st;

	close(fd);
	if (rc == 0 || why == EAGAIN) /* its backlog may be full */
		return err_set(e, ERR_CONFIG,
		    "%s: another process is serving there", a->sun_path);
	/* Linux refuses connections to regular files in the same words. */
	if (why == ECONNREFUSED && lstat(a->sun_path, &st) == 0 &&
	    S_ISSOCK(st.st_mode) && unlink(a->sun_path) == -1)
		return fail(e, "unlink", a->sun_path);
	return 0;
}

static int
set_owner(const char *path, const struct conf *c, struct err *e)
{
	struct group *g;

	if (c->listen_group[0] != '\0') {
		g = getgrnam(c->listen_group);
		if (g == NULL)
			return err_set(e, ERR_CONFIG,
			    "listen_group: there is no group %s",
			    c->listen_group);
		if (chown(path, (uid_t)-1, g->gr_gid) == -1)
			return fail(e, "chown", path);
	}
	if (chmod(path, (mode_t)c->listen_mode) == -1)
		return fail(e, "chmod", path);
	return 0;
}

static int
open_unix(const struct conf *c, const char *path, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, rc;

	if (strlen(path) >= sizeof(a.sun_path))
		return err_set(e, ERR_CONFIG, "listen: the path is too long");
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (clear_stale(&a, e) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return fail(e, "socket", path);
	mask = umask(0177); /* nobody else before set_owner() */
	rc = bind(fd, (struct sockaddr *)&a, sizeof(a));
	umask(mask);
	if (rc == -1)
		fail(e, "bind", path);
	else if (set_owner(path, c, e) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	else
		fail(e, "listen", path);
	close(fd);
	return -1;
}

static int
open_tcp(const char *where, struct err *e)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
	};
	char host[128];
	const char *colon = strrchr(where, ':');
	struct addrinfo *ai;
	int fd, yes = 1;

	/* getaddrinfo() takes an empty port for 0 and 65536 for 0 as well */
	if (colon == NULL || (size_t)(colon - where) >= sizeof(host) ||
	    !str_is_from(colon + 1, STR_DIGITS, 1, 5) ||
	    strtol(colon + 1, NULL, 10) > UINT16_MAX)
		return err_set(e, ERR_CONFIG,
		    "listen: tcp needs address:port, such as 127.0.0.1:9000");
	snprintf(host, sizeof(host), "%.*s", (int)(colon - where), where);
	if (host[0] == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		memmove(host, host + 1, strlen(host));
	}
	if (getaddrinfo(host, colon + 1, &hints, &ai) != 0)
		return err_set(e, ERR_CONFIG,
		    "listen: %s is not a numeric address and port", where);
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (fd == -1 || bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    listen(fd, LISTEN_BACKLOG) == -1) {
		fail(e, "listen", where);
		if (fd != -1)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(ai);
	return fd;
}

static int
open_at(const struct conf *c, const char *where, struct err *e)
{
	const char *rest;

	if ((rest = str_after(where, "unix:")) != NULL)
		return open_unix(c, rest, e);
	if ((rest = str_after(where, "tcp:")) != NULL)
		return open_tcp(rest, e);
	return err_set(e, ERR_CONFIG,
	    "listen: %s is neither unix:/path nor tcp:address:port", where);
}

/* Out of the way of 0, 1 and 2, which become /dev/null where they are not
 * open for something useful. */
static int
settle(int fd, struct err *e)
{
	int high = fd;

	if (fd < 3) {
		high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (high == -1)
			return fail(e, "dup", "listener");
	}
	fcntl(high, F_SETFD, FD_CLOEXEC);
	/* A lost race for a connection returns instead of sleeping. */
	fcntl(high, F_SETFL, fcntl(high, F_GETFL) | O_NONBLOCK);
	return high;
}

/* Descriptor 0 is the socket we had made before we were executed anew. */
static bool
is_bound_to(int fd, const char *path)
{
	struct sockaddr_un a;
	socklen_t n = sizeof(a);

	memset(&a, 0, sizeof(a));
	return getsockname(fd, (struct sockaddr *)&a, &n) == 0 &&
	       a.sun_family == AF_UNIX && strcmp(a.sun_path, path) == 0;
}

int
listen_open(const struct conf *c, const char *given, const char **made,
    struct err *e)
{
	const char *where = given == NULL ? c->listen : given;
	const char *path = str_after(where, "unix:");
	int fd;

	*made = NULL;
	if (is_listening(STDIN_FILENO)) {
		if (path != NULL && getenv(LISTEN_OURS) != NULL &&
		    is_bound_to(STDIN_FILENO, path))
			*made = path;
		return settle(STDIN_FILENO, e);
	}
	if (given == NULL && systemd_gave_one())
		return settle(SYSTEMD_FIRST, e);
	if (where[0] == '\0')
		return LISTEN_NONE;
	fd = open_at(c, where, e);
	if (fd == -1)
		return -1;
	*made = path;
	return settle(fd, e);
}

static void
null_if_useless(int fd, bool always)
{
	int null;

	if (!always && fcntl(fd, F_GETFD) != -1)
		return;
	null = open("/dev/null", O_RDWR);
	if (null != -1 && null != fd) {
		dup2(null, fd);
		close(null);
	}
}

void
listen_close_others(int keep)
{
	int low = keep, high = log_fd();

	if (high < low) {
		low = log_fd();
		high = keep;
	}
	null_if_useless(STDIN_FILENO, true);
	null_if_useless(STDOUT_FILENO, true); /* may be the socket, too */
	null_if_useless(STDERR_FILENO, false);
	if (low < 3)
		low = 2;
	if (high <= low)
		high = low;
	if (low > 3)
		close_range(3, (unsigned)low - 1, 0);
	if (high > low + 1)
		close_range((unsigned)low + 1, (unsigned)high - 1, 0);
	close_range((unsigned)high + 1, ~0U, 0);
}
