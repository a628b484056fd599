/* SPDX-License-Identifier: MIT */
/* io/fcg: lines "NAME=value" are parameters, what follows an empty line is
 * the body; the first byte chooses the role.  The records around them are
 * sound: libfcgi ends the process for some that are not. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "io/fcg.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BODY_MAX = 1000, RECORD_MAX = 60000 };

static unsigned char pairs[RECORD_MAX];
static size_t n_pairs;

static void
record(int fd, int type, const void *data, size_t n)
{
	const unsigned char head[8] = { 1, (unsigned char)type, 0, 1,
		(unsigned char)(n >> 8), (unsigned char)n, 0, 0 };

	MUST(write(fd, head, sizeof(head)) == (ssize_t)sizeof(head));
	MUST(write(fd, data, n) == (ssize_t)n);
}

static void
pair(const uint8_t *line, size_t n)
{
	const uint8_t *eq = memchr(line, '=', n);
	size_t name = eq == NULL ? n : (size_t)(eq - line);
	size_t value = eq == NULL ? 0 : n - name - 1;

	if (n_pairs + n + 8 > sizeof(pairs))
		return;
	for (int i = 0; i < 2; i++) {
		size_t len = i == 0 ? name : value;

		pairs[n_pairs++] = (unsigned char)(len >> 24 | 0x80);
		pairs[n_pairs++] = (unsigned char)(len >> 16);
		pairs[n_pairs++] = (unsigned char)(len >> 8);
		pairs[n_pairs++] = (unsigned char)len;
	}
	memcpy(pairs + n_pairs, line, name);
	n_pairs += name;
	if (value > 0)
		memcpy(pairs + n_pairs, eq + 1, value);
	n_pairs += value;
}

static void
send_request(int fd, const uint8_t *data, size_t n)
{
	const unsigned char begin[8] = { 0,
		n == 0 ? 1 : (unsigned char)(1 + data[0] % 3) };
	size_t at = n > 0, end;

	n_pairs = 0;
	for (; at < n && data[at] != '\n'; at = end + 1) {
		const uint8_t *nl = memchr(data + at, '\n', n - at);

		end = nl == NULL ? n : (size_t)(nl - data);
		pair(data + at, end - at);
	}
	record(fd, 1, begin, sizeof(begin));
	if (n_pairs > 0)
		record(fd, 4, pairs, n_pairs);
	record(fd, 4, NULL, 0);
	if (at + 1 < n)
		record(fd, 5, data + at + 1, n - at - 1);
	record(fd, 5, NULL, 0);
	shutdown(fd, SHUT_WR);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct fcg *fcg;
	struct arena *a = arena_new(1 << 20);
	struct fcg_request r;
	struct err e = { 0 };
	const char *body;
	size_t len;
	int fd[2];

	signal(SIGPIPE, SIG_IGN);
	if (fcg == NULL)
		MUST(fcg_init(&e) == 0 && (fcg = fcg_new()) != NULL);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	if (n <= RECORD_MAX) {
		send_request(fd[0], data, n);
		if (fcg_begin(fcg, fd[1], a, &r) == 0) {
			if (fcg_read_body(fcg, &r, BODY_MAX, a, &body, &len) ==
			    FCG_BODY_OK)
				MUST(len <= BODY_MAX && body[len] == '\0');
			/* nothing but the web server makes it a question */
			MUST(r.fault != FCG_FINE ||
			     r.authorizer ==
				 ((n > 0 && data[0] % 3 == 1) ||
				     r.param[FCG_GATEHOUSE_ROLE] != NULL));
			for (int i = 0; i < FCG_PARAM_COUNT; i++)
				MUST(r.param[i] == NULL ||
				     r.param[i][0] != '\0' ||
				     r.fault != FCG_FINE);
			fcg_finish(fcg, "Status: 200 OK\r\n\r\n", 18);
		}
	} else {
		close(fd[1]);
	}
	close(fd[0]);
	arena_free(&a);
	return 0;
}
