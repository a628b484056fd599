/* SPDX-License-Identifier: MIT */
/* proc/listen: the socket's file, its owner, those who were there before. */
#include "tap.h"

#include "conf/conf.h"
#include "proc/listen.h"
#include "unit/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct conf *conf;

/* Descriptor 0 must not listen, whoever started the test. */
static void
set_up(const char *more)
{
	int null = open("/dev/null", O_RDONLY);

	dup2(null, STDIN_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	conf_free(&conf);
	conf = files_good_conf("https://a.x", more);
}

static int
open_at(const char *where, const char **made, struct err *e)
{
	*e = (struct err){ 0 };
	return listen_open(conf, where, made, e);
}

static const char *
at(const char *name)
{
	static char where[300];

	snprintf(where, sizeof(where), "unix:%s", files_path(name));
	return where;
}

static int
connect_to(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", files_path(name));
	rc = connect(fd, (struct sockaddr *)&a, sizeof(a));
	close(fd);
	return rc;
}

static void
fresh(void)
{
	struct stat st;
	struct err e;
	const char *made;
	int fd;

	set_up("listen_mode = \"0640\";");
	fd = open_at(at("fresh"), &made, &e);
	CHECK(fd >= 3);
	STREQ(made, files_path("fresh"));
	INTEQ(stat(made, &st), 0);
	INTEQ(st.st_mode & 07777, 0640);
	CHECK(S_ISSOCK(st.st_mode));
	INTEQ(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	INTEQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	INTEQ(connect_to("fresh"), 0);
	close(fd);
}

static void
stale(void)
{
	struct err e;
	const char *made;
	int fd;

	set_up("");
	fd = open_at(at("stale"), &made, &e);
	close(fd); /* as after a crash: the file is left */
	INTEQ(access(files_path("stale"), F_OK), 0);
	fd = open_at(at("stale"), &made, &e);
	CHECK(fd >= 3);
	INTEQ(connect_to("stale"), 0);
	close(fd);
}

static void
live(void)
{
	struct err e, f;
	const char *made;
	int fd;

	set_up("");
	fd = open_at(at("live"), &made, &f);
	INTEQ(open_at(at("live"), &made, &e), -1);
	CHECK(strstr(e.text, "another process is serving there") != NULL);
	INTEQ(e.kind, ERR_CONFIG);
	INTEQ(connect_to("live"), 0); /* and it still is */
	close(fd);
}

/* What is no socket is somebody's file. */
static void
not_a_socket(void)
{
	struct err e;
	const char *made;

	set_up("");
	files_write("precious", "data", 0600);
	mkdir(files_path("folder"), 0755);
	INTEQ(open_at(at("precious"), &made, &e), -1);
	STREQ(files_read("precious"), "data");
	INTEQ(open_at(at("folder"), &made, &e), -1);
	INTEQ(open_at(at("absent/x"), &made, &e), -1);
	INTEQ(e.kind, ERR_CONFIG);
}

static void
refused(void)
{
	static const char *const t[] = { "unix", "/run/x", "udp:1", "tcp:",
		"tcp:9000", "tcp::9000", "tcp:127.0.0.1:", "tcp:127.0.0.1:x",
		"tcp:127.0.0.1:99999", "tcp:127.0.0.1:-1", "tcp:localhost:0",
		"tcp:example.org:0", "tcp:[::1:0", "tcp:300.0.0.1:0", "tcp:[:0",
		"tcp:127.0.0.1:9000 " };
	struct err e;
	const char *made;
	char deep[200];

	set_up("");
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i]);
		INTEQ(open_at(t[i], &made, &e), -1);
		INTEQ(e.kind, ERR_CONFIG);
		CHECK(made == NULL);
	}
	tap_row("%s", "path too long");
	snprintf(deep, sizeof(deep), "unix:/tmp/%0150d", 1);
	INTEQ(open_at(deep, &made, &e), -1);
	CHECK(strstr(e.text, "too long") != NULL);
	tap_row("%s", "no such group");
	set_up("listen_group = \"no-such-group\";");
	INTEQ(open_at(at("group"), &made, &e), -1);
	CHECK(strstr(e.text, "no group no-such-group") != NULL);
	tap_row("%s", "nothing at all");
	set_up("");
	INTEQ(open_at(NULL, &made, &e), LISTEN_NONE);
}

static void
tcp(void)
{
	struct err e;
	const char *made;
	int fd;

	set_up("");
	fd = open_at("tcp:127.0.0.1:0", &made, &e);
	CHECK(fd >= 3 && made == NULL);
	close(fd);
	set_up("listen = \"tcp:127.0.0.1:0\";");
	fd = open_at(NULL, &made, &e);
	CHECK(fd >= 3);
	close(fd);
}

/* A socket that listens, at descriptor `as`. */
static void
hand_over(int as)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* autobind: an abstract name of the kernel's choice */
	if (bind(fd, (struct sockaddr *)&a, sizeof(a.sun_family)) == -1 ||
	    listen(fd, 5) == -1)
		_exit(9);
	if (fd != as) {
		dup2(fd, as);
		close(fd);
	}
}

/* Runs in a child, for its descriptors and environment; the exit status. */
static int
in_child(int as, const char *pid, const char *fds, const char *given)
{
	const char *made;
	struct err e = { 0 };
	char own[24];
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		snprintf(own, sizeof(own), "%ld", (long)getpid());
		close_range(3, ~0U, 0);
		if (as >= 0)
			hand_over(as);
		if (pid != NULL)
			setenv("LISTEN_PID", pid[0] == '=' ? own : pid, 1);
		if (fds != NULL)
			setenv("LISTEN_FDS", fds, 1);
		int fd = listen_open(conf, given, &made, &e);
		_exit(fd == LISTEN_NONE ? 2 : fd == -1 ? 1 :
			fcntl(fd, F_GETFD) == FD_CLOEXEC ? 0 : 3);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
inherited(void)
{
	static const struct {
		const char *name;
		int as;
		const char *pid, *fds, *given;
		int want;
	} t[] = {
		{ "descriptor 0", 0, NULL, NULL, NULL, 0 },
		{ "systemd", 3, "=", "1", NULL, 0 },
		{ "systemd, two sockets", 3, "=", "2", NULL, 0 },
		{ "systemd, for another process", 3, "1", "1", NULL, 2 },
		{ "systemd, none", 3, "=", "0", NULL, 2 },
		{ "systemd, nonsense", 3, "x", "y", NULL, 2 },
		{ "systemd without its pid", 3, NULL, "1", NULL, 2 },
		{ "systemd, but nothing there", -1, "=", "1", NULL, 2 },
		{ "an option beside systemd", 3, "=", "1", "udp:x", 1 },
		{ "nothing", -1, NULL, NULL, NULL, 2 },
	};

	set_up("");
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].name);
		INTEQ(in_child(t[i].as, t[i].pid, t[i].fds, t[i].given),
		    t[i].want);
	}
}

static const struct tap_case cases[] = {
	{ "a new socket has its mode, close-on-exec, and takes calls", fresh },
	{ "a stale socket file is replaced", stale },
	{ "a live socket is refused and goes on", live },
	{ "a file that is no socket is left alone", not_a_socket },
	{ "what is no address is refused with a reason", refused },
	{ "a TCP socket is opened as configured", tcp },
	{ "a socket is inherited from descriptor 0 or systemd", inherited },
};
TAP_MAIN(cases)
