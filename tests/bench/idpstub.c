/* SPDX-License-Identifier: MIT */
/*
 * The identity provider of the bench: Ory's GET /sessions/whoami and Clerk's
 * GET /v1/jwks and /v1/users/ID for its users, over kept connections, as fast
 * as one thread can, so that what is measured is Gatehouse.  Not faithful
 * beyond that; contrib/idp/idp is.
 *
 *     idpstub [-l MS] READY_FILE [KEY_SET_FILE]
 *                             listens on a port of the kernel's choice and
 *                             writes "http://127.0.0.1:PORT" to READY_FILE;
 *                             every answer comes MS milliseconds late
 */
#include "users.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN_MAX = 8192, BODY_MAX = 4096, OUT_MAX = BODY_MAX + 512, EVENTS = 64 };

struct link {
	TAILQ_ENTRY(link) next; /* of those that wait */
	int64_t due_ms;         /* 0: does not wait */
	int fd;
	size_t len;
	char in[IN_MAX];
};

static TAILQ_HEAD(, link) waiting = TAILQ_HEAD_INITIALIZER(waiting);
static int late_ms;

static long asked;             /* about users; /asked tells it */
static int times[BENCH_USERS]; /* about each; /forget empties both */
static char key_set[BODY_MAX];

/* The session of a user, with the members and the bulk of Kratos's. */
#define AT "\"2025-01-02T03:04:05.678901Z\""
static const char session[] =
    "{\"id\":\"%s\",\"active\":true,"
    "\"expires_at\":\"2099-01-02T03:04:05.678901Z\",\"authenticated_at\":" AT
    ",\"authenticator_assurance_level\":\"aal1\",\"authentication_methods\":"
    "[{\"method\":\"password\",\"aal\":\"aal1\",\"completed_at\":" AT "}],"
    "\"issued_at\":" AT ",\"identity\":{\"id\":\"%s\",\"schema_id\":"
    "\"preset://email\",\"schema_url\":\"https://bench.projects.example/"
    "schemas/cHJlc2V0Oi8vZW1haWw\",\"state\":\"active\","
    "\"state_changed_at\":" AT ",\"traits\":{\"email\":\"%s\",\"name\":\"%s\"},"
    "\"verifiable_addresses\":[{\"id\":\"6a3b0c1d-1111-4222-8333-944445555666"
    "\",\"value\":\"%s\",\"verified\":true,\"via\":\"email\",\"status\":"
    "\"completed\",\"verified_at\":" AT ",\"created_at\":" AT
    ",\"updated_at\":" AT "}],\"recovery_addresses\":[{\"id\":"
    "\"7b4c1d2e-1111-4222-8333-944445555666\",\"value\":\"%s\",\"via\":"
    "\"email\",\"created_at\":" AT ",\"updated_at\":" AT "}],"
    "\"metadata_public\":null,\"created_at\":" AT ",\"updated_at\":" AT
    ",\"organization_id\":null},\"devices\":[{\"id\":"
    "\"8c5d2e3f-1111-4222-8333-944445555666\",\"ip_address\":\"203.0.113.7\","
    "\"user_agent\":\"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101"
    " Firefox/128.0\",\"location\":\"Munich, DE\"}]}";

static const char no_session[] =
    "{\"error\":{\"code\":401,\"status\":\"Unauthorized\",\"reason\":"
    "\"No valid session credentials found in the request.\",\"message\":"
    "\"The request could not be authorized\"}}";

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* Answers are small and the peer waits for them: they fit the socket. */
static int
say(int fd, const char *status, const char *body, int n)
{
	char out[OUT_MAX];
	int len = snprintf(out, sizeof(out),
	    "HTTP/1.1 %s\r\n"
	    "Content-Type: application/json; charset=utf-8\r\n"
	    "Cache-Control: private, no-cache, no-store, must-revalidate\r\n"
	    "Vary: Origin, Cookie\r\n"
	    "Content-Length: %d\r\n"
	    "\r\n"
	    "%.*s",
	    status, n, n, body);

	return send(fd, out, (size_t)len, MSG_NOSIGNAL) == len ? 0 : -1;
}

/* A user by Clerk's Backend API: the primary address is not the first. */
static const char user[] =
    "{\"id\":\"%s\",\"object\":\"user\",\"external_id\":null,\"username\":null,"
    "\"first_name\":\"User\",\"last_name\":\"Number%d\",\"has_image\":false,"
    "\"image_url\":\"\",\"primary_email_address_id\":\"idn_2new\","
    "\"primary_phone_number_id\":null,\"password_enabled\":true,"
    "\"two_factor_enabled\":false,\"email_addresses\":[{\"id\":\"idn_2old\","
    "\"object\":\"email_address\",\"email_address\":\"old.%s\",\"reserved\":"
    "false,\"verification\":null,\"linked_to\":[]},{\"id\":\"idn_2new\","
    "\"object\":\"email_address\",\"email_address\":\"%s\",\"reserved\":false,"
    "\"verification\":{\"object\":\"verification_otp\",\"status\":\"verified\","
    "\"strategy\":\"email_code\",\"attempts\":1,\"expire_at\":1767322245678},"
    "\"linked_to\":[]}],\"phone_numbers\":[],\"external_accounts\":[],"
    "\"public_metadata\":{},\"private_metadata\":{},\"unsafe_metadata\":{},"
    "\"last_sign_in_at\":1767322245678,\"banned\":false,\"locked\":false,"
    "\"deprovisioned\":false,\"created_at\":1735787045678,"
    "\"updated_at\":1735787045678}";

static const char no_user[] =
    "{\"errors\":[{\"message\":\"not found\",\"long_message\":\"No user was "
    "found with that id\",\"code\":\"resource_not_found\"}]}";

/* The value of a header inside the head, "" when it is not there. */
static const char *
header(const char *head, const char *name, size_t *len)
{
	size_t n = strlen(name);
	const char *line = head;

	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		line += n + 1;
		line += strspn(line, " ");
		*len = strcspn(line, "\r");
		return line;
	}
	*len = 0;
	return "";
}

static int
whoami(int fd, const char *head, const char *path)
{
	char body[BODY_MAX];
	struct bench_user u;
	size_t n;
	const char *token = header(head, "X-Session-Token", &n);

	(void)path;
	asked++;
	if (bench_user(token, n, &u) == -1)
		return say(fd, "401 Unauthorized", no_session,
		    (int)sizeof(no_session) - 1);
	times[bench_index(token, n, BENCH_TOKEN_HEAD, BENCH_TOKEN_TAIL)]++;
	return say(fd, "200 OK", body,
	    snprintf(body, sizeof(body), session, u.subject, u.subject, u.email,
		u.name, u.email, u.email));
}

static int
clerk_user(int fd, const char *head, const char *path)
{
	int i = bench_index(path, strcspn(path, " "), "user_" BENCH_ID_HEAD,
	    BENCH_ID_TAIL);
	char body[BODY_MAX], id[BENCH_TEXT];
	struct bench_user u;

	(void)head;
	asked++;
	if (i == -1)
		return say(fd, "404 Not Found", no_user,
		    (int)sizeof(no_user) - 1);
	bench_nth(i, &u);
	bench_clerk_id(i, "user_", id);
	return say(fd, "200 OK", body,
	    snprintf(body, sizeof(body), user, id, i, u.email, u.email));
}

static int
keys(int fd, const char *head, const char *path)
{
	(void)head;
	(void)path;
	return say(fd, "200 OK", key_set, (int)strlen(key_set));
}

/* Calls in all; how many users they were about; the most about one user. */
static int
tell(int fd, const char *head, const char *path)
{
	char body[128];
	int known = 0, most = 0;

	(void)head;
	(void)path;
	for (int i = 0; i < BENCH_USERS; i++) {
		known += times[i] > 0;
		most = times[i] > most ? times[i] : most;
	}
	return say(fd, "200 OK", body,
	    snprintf(body, sizeof(body),
		"{\"users\":%ld,\"known\":%d,\"most\":%d}", asked, known,
		most));
}

static int
forget(int fd, const char *head, const char *path)
{
	asked = 0;
	memset(times, 0, sizeof(times));
	return tell(fd, head, path);
}

static int
ready(int fd, const char *head, const char *path)
{
	static const char body[] = "{\"status\":\"ok\"}";

	(void)head;
	(void)path;
	return say(fd, "200 OK", body, (int)sizeof(body) - 1);
}

/* By the beginning of the request line; `path` is what follows it. */
static const struct {
	const char *start;
	int (*answer)(int fd, const char *head, const char *path);
} routes[] = {
	{ "GET /sessions/whoami ", whoami },
	{ "GET /v1/users/", clerk_user },
	{ "GET /v1/jwks ", keys },
	{ "GET /health/ready ", ready },
	{ "GET /asked ", tell },
	{ "GET /forget ", forget },
};

/* One request head, ending in a NUL behind its empty line. */
static int
answer(int fd, const char *head)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		size_t n = strlen(routes[i].start);

		if (strncmp(head, routes[i].start, n) == 0)
			return routes[i].answer(fd, head, head + n);
	}
	return say(fd, "404 Not Found", "{}", 2);
}

static void
drop(struct link *l)
{
	if (l->due_ms != 0)
		TAILQ_REMOVE(&waiting, l, next);
	close(l->fd);
	free(l);
}

/* What has come in whole is answered.  -1: the connection is of no use. */
static int
answer_all(struct link *l)
{
	char *end;

	while ((end = strstr(l->in, "\r\n\r\n")) != NULL) {
		char after = end[4];

		end += 4;
		*end = '\0';
		if (answer(l->fd, l->in) == -1)
			return -1;
		*end = after;
		l->len -= (size_t)(end - l->in);
		memmove(l->in, end, l->len + 1);
	}
	return l->len == IN_MAX - 1 ? -1 : 0;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* -1 when the connection is of no more use. */
static int
serve(struct link *l)
{
	ssize_t got = recv(l->fd, l->in + l->len, IN_MAX - 1 - l->len, 0);

	if (got <= 0)
		return got == -1 && (errno == EAGAIN || errno == EINTR) ? 0
									: -1;
	l->len += (size_t)got;
	l->in[l->len] = '\0';
	if (late_ms == 0)
		return answer_all(l);
	if (l->due_ms == 0 && strstr(l->in, "\r\n\r\n") != NULL) {
		l->due_ms = now_ms() + late_ms;
		TAILQ_INSERT_TAIL(&waiting, l, next);
	}
	return 0;
}

/* Answers what is due; milliseconds until the next is, -1: nothing waits. */
static int
serve_late(void)
{
	struct link *l;

	while ((l = TAILQ_FIRST(&waiting)) != NULL) {
		int64_t left = l->due_ms - now_ms();

		if (left > 0)
			return (int)left;
		TAILQ_REMOVE(&waiting, l, next);
		l->due_ms = 0;
		if (answer_all(l) == -1)
			drop(l);
	}
	return -1;
}

static void
welcome(int ep, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct link *l = fd == -1 ? NULL : calloc(1, sizeof(*l));
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = l };
	int one = 1;

	if (l == NULL)
		return;
	l->fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1)
		drop(l);
}

static int
open_port(const char *ready)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char part[4096];
	FILE *f;

	if (fd == -1 || bind(fd, (struct sockaddr *)&a, size) == -1 ||
	    listen(fd, SOMAXCONN) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &size) == -1)
		die("socket");
	snprintf(part, sizeof(part), "%s.new", ready);
	f = fopen(part, "w");
	if (f == NULL ||
	    fprintf(f, "http://127.0.0.1:%d\n", ntohs(a.sin_port)) < 0 ||
	    fclose(f) != 0 || rename(part, ready) == -1)
		die(ready);
	return fd;
}

static void
read_key_set(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n = f == NULL ? 0 : fread(key_set, 1, sizeof(key_set) - 1, f);

	if (n == 0 || fclose(f) != 0)
		die(path);
}

static void
usage(const char *me)
{
	fprintf(stderr, "usage: %s [-l MS] READY_FILE [KEY_SET_FILE]\n", me);
	exit(2);
}

static _Noreturn void
serve_all(int ep, int listener)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		int n = epoll_wait(ep, events, EVENTS, serve_late());

		for (int i = 0; i < n; i++) {
			struct link *l = events[i].data.ptr;

			if (l == NULL)
				welcome(ep, listener);
			else if (serve(l) == -1)
				drop(l);
		}
	}
}

int
main(int argc, char **argv)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC), listener, option;

	while ((option = getopt(argc, argv, "l:")) != -1) {
		if (option != 'l')
			usage(argv[0]);
		late_ms = atoi(optarg);
	}
	if (argc - optind != 1 && argc - optind != 2)
		usage(argv[0]);
	signal(SIGPIPE, SIG_IGN);
	if (argc - optind == 2)
		read_key_set(argv[optind + 1]);
	listener = open_port(argv[optind]);
	if (ep == -1 || epoll_ctl(ep, EPOLL_CTL_ADD, listener, &ev) == -1)
		die("epoll");
	serve_all(ep, listener);
}
