/* SPDX-License-Identifier: MIT */
/* proc/queue: connections that nobody has accepted are counted. */
#include "tap.h"

#include "proc/queue.h"
#include "unit/files.h"
#include "unit/memory.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ROOM = 7, CLIENTS = 3 };

union address {
	struct sockaddr any;
	struct sockaddr_un un;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static int
listen_at(union address *a, socklen_t size)
{
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd != -1 && bind(fd, &a->any, size) == 0 &&
	      listen(fd, ROOM) == 0);
	CHECK(getsockname(fd, &a->any, &size) == 0);
	return fd;
}

static void
check_queue(union address *a, socklen_t size)
{
	int fd = listen_at(a, size), client[CLIENTS], limit = -1;

	INTEQ(queue_waiting(fd, &limit), 0);
	INTEQ(limit, ROOM);
	for (int i = 0; i < CLIENTS; i++) {
		client[i] = socket(a->any.sa_family, SOCK_STREAM, 0);
		CHECK(connect(client[i], &a->any, size) == 0);
		INTEQ(queue_waiting(fd, &limit), i + 1);
	}
	close(accept(fd, NULL, NULL));
	INTEQ(queue_waiting(fd, &limit), CLIENTS - 1);
	for (int i = 0; i < CLIENTS; i++)
		close(client[i]);
	close(fd);
}

/* Not where the kernel was built or started without IPv6. */
static bool
has_tcp6(const union address *a)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), why = 0;

	if (fd == -1 || bind(fd, &a->any, sizeof(a->in6)) == -1)
		why = errno;
	if (fd != -1)
		close(fd);
	return why != EADDRNOTAVAIL && why != EAFNOSUPPORT;
}

static void
kinds(void)
{
	union address a = { .un = { .sun_family = AF_UNIX } };

	snprintf(a.un.sun_path, sizeof(a.un.sun_path), "%s",
	    files_path("q.sock"));
	tap_row("unix");
	check_queue(&a, sizeof(a.un));
	a = (union address){ .in = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	tap_row("tcp");
	check_queue(&a, sizeof(a.in));
	a = (union address){ .in6 = { .sin6_family = AF_INET6,
				 .sin6_addr = IN6ADDR_LOOPBACK_INIT } };
	tap_row("tcp6");
	if (has_tcp6(&a))
		check_queue(&a, sizeof(a.in6));
	else
		printf("# tcp6 is left out: there is no IPv6 here\n");
}

static void
unknown(void)
{
	int limit, pair[2];

	INTEQ(queue_waiting(-1, &limit), -1);
	INTEQ(queue_waiting(STDERR_FILENO, &limit), -1);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	INTEQ(queue_waiting(pair[0], &limit), 0); /* none, and room for none */
	close(pair[0]);
	close(pair[1]);
}

static void
seldom(void)
{
	union address a = { .in = { .sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	struct board *b = memory_new()->board;
	struct queue q = { .listener = listen_at(&a, sizeof(a.in)) };

	queue_look(&q, b, 5);
	INTEQ(b->waiting_limit, ROOM);
	atomic_store(&b->waiting_limit, 0);
	queue_look(&q, b, 5 + QUEUE_EVERY_MS - 1);
	INTEQ(b->waiting_limit, 0);
	queue_look(&q, b, 5 + QUEUE_EVERY_MS);
	INTEQ(b->waiting_limit, ROOM);
	close(q.listener);
	q.looked_ms = 0;
	queue_look(&q, b, 9);
	INTEQ(b->waiting_limit, 0); /* not known any more */
}

static const struct tap_case cases[] = {
	{ "of unix and TCP listeners, as connections come and go", kinds },
	{ "what is no listener has no queue", unknown },
	{ "it is looked at once a second, and may become unknown", seldom },
};
TAP_MAIN(cases)
