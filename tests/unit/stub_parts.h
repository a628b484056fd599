/* SPDX-License-Identifier: MIT */
/* What unit/stub is made of: sockets and texts, no threads. */
#ifndef UNIT_STUB_PARTS_H
#define UNIT_STUB_PARTS_H

#include <stdbool.h>
#include <stddef.h>

enum { STUB_URL_SIZE = 64, STUB_TEXT_MAX = 1 << 20 };

/* Ends the test program unless it is good. */
void stub_must(bool good, const char *what);

/* A listening socket at 127.0.0.1, on a port of the kernel's choice. */
int stub_listen(char url[STUB_URL_SIZE]);

/* All of it, unless the client has gone. */
void stub_send_text(int fd, const char *text, size_t n);

/* A whole answer; owned. */
char *stub_json_text(int status, const char *headers, const char *body);

#endif
