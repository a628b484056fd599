/* SPDX-License-Identifier: MIT */
#include "unit/stub_parts.h"

#include "unit/stub.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
stub_must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

int
stub_listen(char url[STUB_URL_SIZE])
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	stub_must(fd != -1 && bind(fd, (struct sockaddr *)&a, n) == 0 &&
		      listen(fd, 64) == 0 &&
		      getsockname(fd, (struct sockaddr *)&a, &n) == 0,
	    "listen");
	snprintf(url, STUB_URL_SIZE, "http://127.0.0.1:%d", ntohs(a.sin_port));
	return fd;
}

void
stub_send_text(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		text += sent;
		n -= (size_t)sent;
	}
}

char *
stub_json_text(int status, const char *headers, const char *body)
{
	size_t size = strlen(headers) + strlen(body) + 256;
	char *text = malloc(size);

	stub_must(text != NULL, "malloc");
	snprintf(text, size,
	    "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n%s\r\n%s",
	    status, strlen(body), headers, body);
	stub_must(strlen(text) <= STUB_TEXT_MAX, "stub text");
	return text;
}

const char *
stub_nobody(void)
{
	static char url[STUB_URL_SIZE];

	/* The kernel gives a port that it gave lately to nobody else soon. */
	close(stub_listen(url));
	return url;
}
