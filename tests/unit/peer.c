/* SPDX-License-Identifier: MIT */
/* Records by hand; a thread for the connection's other end. */
#include "unit/peer.h"

#include <errno.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BEGIN = 1,
	END = 3,
	PARAMS = 4,
	STDIN = 5,
	STDOUT = 6,
	HEADER = 8,
	CONTENT_MAX = 65535,
};

/* The one connection there is at a time. */
static struct {
	pthread_t thread;
	struct peer *peer;
	int fd;
	size_t split, step;
} link_now;

static void
put(struct peer *p, const void *data, size_t n)
{
	if (n == 0)
		return;
	if (p->n + n > PEER_SIZE) {
		fprintf(stderr, "Bail out! peer: request too long\n");
		exit(1);
	}
	memcpy(p->out + p->n, data, n);
	p->n += n;
}

void
peer_record(struct peer *p, int type, const void *data, size_t n)
{
	const unsigned char head[HEADER] = { 1, (unsigned char)type, 0, 1,
		(unsigned char)(n >> 8), (unsigned char)n, 0, 0 };

	put(p, head, sizeof(head));
	put(p, data, n);
}

void
peer_begin(struct peer *p, int role, int flags)
{
	const unsigned char body[8] = { 0, (unsigned char)role,
		(unsigned char)flags };

	p->n = p->n_pairs = p->n_answer = 0;
	p->ended = p->error = 0;
	peer_record(p, BEGIN, body, sizeof(body));
}

static void
put_length(struct peer *p, size_t n)
{
	if (n >= 128) {
		p->pairs[p->n_pairs++] = (unsigned char)(n >> 24 | 0x80);
		p->pairs[p->n_pairs++] = (unsigned char)(n >> 16);
		p->pairs[p->n_pairs++] = (unsigned char)(n >> 8);
	}
	p->pairs[p->n_pairs++] = (unsigned char)n;
}

void
peer_pair(struct peer *p, const char *name, const char *value)
{
	put_length(p, strlen(name));
	put_length(p, strlen(value));
	memcpy(p->pairs + p->n_pairs, name, strlen(name));
	p->n_pairs += strlen(name);
	memcpy(p->pairs + p->n_pairs, value, strlen(value));
	p->n_pairs += strlen(value);
}

/* A stream in records as large as they may be, ended by an empty one. */
static void
stream(struct peer *p, int type, const unsigned char *data, size_t n)
{
	while (n > 0) {
		size_t some = n < CONTENT_MAX ? n : CONTENT_MAX;

		peer_record(p, type, data, some);
		data += some;
		n -= some;
	}
	peer_record(p, type, NULL, 0);
}

void
peer_params(struct peer *p)
{
	stream(p, PARAMS, p->pairs, p->n_pairs);
	p->n_pairs = 0;
}

void
peer_stdin(struct peer *p, const void *data, size_t n)
{
	stream(p, STDIN, data, n);
}

void
peer_request(struct peer *p, const char *const (*pairs)[2], size_t n)
{
	peer_begin(p, PEER_RESPONDER, 0);
	for (size_t i = 0; i < n; i++)
		peer_pair(p, pairs[i][0], pairs[i][1]);
	peer_params(p);
	peer_stdin(p, NULL, 0);
}

/* Returns when the other end has read all of it, or is gone. */
static bool
send_and_wait(int fd, const unsigned char *data, size_t n)
{
	int unread = 1;

	if (n > 0 && send(fd, data, n, MSG_NOSIGNAL) != (ssize_t)n)
		return false;
	while (ioctl(fd, SIOCOUTQ, &unread) == 0 && unread > 0)
		sched_yield();
	return true;
}

static void
take_record(struct peer *p, int type, const char *data, size_t n)
{
	if (type == END)
		p->ended++;
	if (type != STDOUT || p->n_answer + n >= sizeof(p->answer))
		return;
	memcpy(p->answer + p->n_answer, data, n);
	p->n_answer += n;
}

static void
read_answer(struct peer *p, int fd)
{
	static unsigned char in[PEER_SIZE];
	size_t n = 0, at = 0;
	ssize_t got = 0;

	while (n < sizeof(in) && (got = read(fd, in + n, sizeof(in) - n)) > 0)
		n += (size_t)got;
	p->error = got == -1 ? errno : 0;
	while (at + HEADER <= n) {
		size_t len = (size_t)in[at + 4] << 8 | in[at + 5];
		size_t pad = in[at + 6];

		if (at + HEADER + len > n)
			break;
		take_record(p, in[at + 1], (char *)in + at + HEADER, len);
		at += HEADER + len + pad;
	}
	p->answer[p->n_answer] = '\0';
}

static void *
run(void *ctx)
{
	struct peer *p = ctx;
	int fd = link_now.fd;
	size_t at = link_now.split;
	bool going = send_and_wait(fd, p->out, at);

	while (going && at < p->n) {
		size_t some = link_now.step == 0 ? p->n - at : link_now.step;

		/* the last piece need not be read: errors close early */
		if (at + some < p->n)
			going = send_and_wait(fd, p->out + at, some);
		else
			send(fd, p->out + at, some, MSG_NOSIGNAL);
		at += some;
	}
	shutdown(fd, SHUT_WR);
	read_answer(p, fd);
	close(fd);
	return NULL;
}

static int
start(struct peer *p, size_t split, size_t step)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		perror("socketpair");
		exit(1);
	}
	link_now.peer = p;
	link_now.fd = pair[0];
	link_now.split = split;
	link_now.step = step;
	if (pthread_create(&link_now.thread, NULL, run, p) != 0) {
		perror("thread");
		exit(1);
	}
	return pair[1];
}

int
peer_connect(struct peer *p, size_t split)
{
	return start(p, split, 0);
}

int
peer_trickle(struct peer *p)
{
	return start(p, 1, 1);
}

void
peer_wait(struct peer *p)
{
	pthread_join(link_now.thread, NULL);
	link_now.peer = NULL;
	(void)p;
}
