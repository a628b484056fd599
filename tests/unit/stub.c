/* SPDX-License-Identifier: MIT */
/* One thread, one connection after the other: our client keeps only one. */
#include "unit/stub.h"

#include "unit/stub_parts.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PLANS = 8, HEAD_SIZE = 1 << 15, DRIP_MS = 20 };

struct plan {
	char path[64];
	enum stub_how how;
	char *text;
	size_t n;
	char *once; /* for the next request; NULL: none */
	int requests;
};

struct stub {
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	int listener;
	int stop[2];
	char url[STUB_URL_SIZE];
	struct plan plan[PLANS];
	int plans;
	int connections;
	char head[HEAD_SIZE];
};

/* False when there is nothing to be read within ms, or we are to stop. */
static bool
wait_for(const struct stub *s, int fd, int ms)
{
	struct pollfd p[] = { { .fd = s->stop[0], .events = POLLIN },
		{ .fd = fd, .events = POLLIN } };

	return poll(p, 2, ms) > 0 && p[0].revents == 0 && p[1].revents != 0;
}

/* What of a body is still to come behind n bytes of head and body. */
static size_t
body_left(const char *head, size_t n)
{
	const char *length = strstr(head, "\r\nContent-Length: ");
	size_t all = (size_t)(strstr(head, "\r\n\r\n") + 4 - head);

	if (length != NULL)
		all += strtoul(strchr(length, ' '), NULL, 10);
	return all > n ? all - n : 0;
}

static bool
skip(const struct stub *s, int fd, size_t left)
{
	char rest[4096];

	while (left > 0 && wait_for(s, fd, -1)) {
		ssize_t got =
		    read(fd, rest, left < sizeof(rest) ? left : sizeof(rest));

		if (got <= 0)
			return false;
		left -= (size_t)got;
	}
	return left == 0;
}

/* One request's head into s->head, and what of its body came with it. */
static bool
read_head(struct stub *s, int fd)
{
	char head[HEAD_SIZE];
	size_t n = 0;

	while (n < sizeof(head) - 1 && wait_for(s, fd, -1)) {
		ssize_t got = read(fd, head + n, sizeof(head) - 1 - n);

		if (got <= 0)
			return false;
		n += (size_t)got;
		head[n] = '\0';
		if (strstr(head, "\r\n\r\n") == NULL)
			continue;
		pthread_mutex_lock(&s->lock);
		memcpy(s->head, head, n + 1);
		pthread_mutex_unlock(&s->lock);
		return skip(s, fd, body_left(head, n));
	}
	return false;
}

static struct plan *
plan_for(struct stub *s)
{
	const char *path = strchr(s->head, ' ');

	for (int i = s->plans - 1; path != NULL && i > 0; i--)
		if (strncmp(path + 1, s->plan[i].path,
			strlen(s->plan[i].path)) == 0)
			return &s->plan[i];
	return &s->plan[0];
}

/* True when the connection may carry another request. */
static bool
act(struct stub *s, int fd)
{
	const struct linger now = { 1, 0 };
	static char text[STUB_TEXT_MAX];
	enum stub_how how;
	struct plan *p;
	size_t n;

	pthread_mutex_lock(&s->lock);
	p = plan_for(s);
	p->requests++;
	how = p->how;
	n = p->n;
	memcpy(text, p->text, n);
	if (p->once != NULL) {
		how = STUB_SEND;
		n = strlen(p->once);
		memcpy(text, p->once, n);
		free(p->once);
		p->once = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	stub_send_text(fd, text, n);
	if (how == STUB_RESET)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	if (how == STUB_HANG)
		wait_for(s, fd, -1); /* until the client gives up */
	while (how == STUB_DRIP && send(fd, "x", 1, MSG_NOSIGNAL) == 1)
		if (wait_for(s, fd, DRIP_MS) ||
		    poll(&(struct pollfd){ .fd = s->stop[0], .events = POLLIN },
			1, 0) > 0)
			break;
	return how == STUB_SEND;
}

static void *
run(void *ctx)
{
	struct stub *s = ctx;

	while (wait_for(s, s->listener, -1)) {
		int fd = accept(s->listener, NULL, NULL);

		if (fd == -1)
			continue;
		pthread_mutex_lock(&s->lock);
		s->connections++;
		pthread_mutex_unlock(&s->lock);
		while (read_head(s, fd) && act(s, fd))
			continue;
		close(fd);
	}
	return NULL;
}

struct stub *
stub_start(void)
{
	struct stub *s = calloc(1, sizeof(*s));

	stub_must(s != NULL && pipe(s->stop) == 0, "stub");
	s->listener = stub_listen(s->url);
	pthread_mutex_init(&s->lock, NULL);
	stub_json(s, "/", 200, "", "{}");
	stub_must(pthread_create(&s->thread, NULL, run, s) == 0, "thread");
	return s;
}

void
stub_stop(struct stub **s)
{
	stub_must(write((*s)->stop[1], "", 1) == 1, "stop");
	pthread_join((*s)->thread, NULL);
	close((*s)->listener);
	close((*s)->stop[0]);
	close((*s)->stop[1]);
	for (int i = 0; i < (*s)->plans; i++)
		free((*s)->plan[i].text), free((*s)->plan[i].once);
	free(*s);
	*s = NULL;
}

const char *
stub_url(const struct stub *s)
{
	return s->url;
}

/* The row of exactly that path; "/" stays the first, for all others. */
static struct plan *
row_of(struct stub *s, const char *path)
{
	for (int i = 0; i < s->plans; i++)
		if (strcmp(s->plan[i].path, path) == 0)
			return &s->plan[i];
	stub_must(s->plans < PLANS, "too many plans");
	snprintf(s->plan[s->plans].path, sizeof(s->plan[0].path), "%s", path);
	return &s->plan[s->plans++];
}

void
stub_raw(struct stub *s, const char *path, enum stub_how how, const char *text)
{
	struct plan *p;

	pthread_mutex_lock(&s->lock);
	p = row_of(s, path);
	free(p->text);
	p->how = how;
	p->n = strlen(text);
	p->text = strdup(text);
	stub_must(p->text != NULL && p->n <= STUB_TEXT_MAX, "stub text");
	pthread_mutex_unlock(&s->lock);
}

void
stub_json(struct stub *s, const char *path, int status, const char *headers,
    const char *body)
{
	char *text = stub_json_text(status, headers, body);

	stub_raw(s, path, STUB_SEND, text);
	free(text);
}

void
stub_once(struct stub *s, const char *path, int status, const char *headers,
    const char *body)
{
	struct plan *p;

	pthread_mutex_lock(&s->lock);
	p = row_of(s, path);
	free(p->once);
	p->once = stub_json_text(status, headers, body);
	pthread_mutex_unlock(&s->lock);
}

int
stub_requests(struct stub *s, const char *path)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = row_of(s, path)->requests;
	pthread_mutex_unlock(&s->lock);
	return n;
}

int
stub_connections(struct stub *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->connections;
	pthread_mutex_unlock(&s->lock);
	return n;
}

const char *
stub_latest(struct stub *s)
{
	static char head[HEAD_SIZE];

	pthread_mutex_lock(&s->lock);
	memcpy(head, s->head, sizeof(head));
	pthread_mutex_unlock(&s->lock);
	return head;
}
