/* SPDX-License-Identifier: MIT */
/* An HTTP server on a thread that behaves, or misbehaves, as it is told. */
#ifndef UNIT_STUB_H
#define UNIT_STUB_H

#include <stddef.h>

struct stub;

enum stub_how {
	STUB_SEND,  /* the text, connection kept */
	STUB_CLOSE, /* the text, then the connection ends */
	STUB_RESET, /* the text, then RST */
	STUB_HANG,  /* the text, then nothing more */
	STUB_DRIP,  /* the text, then one byte every 20 ms for ever */
};

/* Listens at 127.0.0.1 on a port of the kernel's choice. */
struct stub *stub_start(void);
void stub_stop(struct stub **s);
const char *stub_url(const struct stub *s);

/* What requests whose path begins with `path` get from now on: raw bytes. */
void stub_raw(struct stub *s, const char *path, enum stub_how how,
    const char *text);

/* A whole JSON answer; headers as "Name: value\r\n" each, "" for none. */
void stub_json(struct stub *s, const char *path, int status,
    const char *headers, const char *body);

/* The same for the next request alone; what was there comes behind it. */
void stub_once(struct stub *s, const char *path, int status,
    const char *headers, const char *body);

/* How many requests began with that path, and connections there were. */
int stub_requests(struct stub *s, const char *path);
int stub_connections(struct stub *s);

/* The head of the latest request, and what of a body came at once; static. */
const char *stub_latest(struct stub *s);

/* A port at 127.0.0.1 where nobody listens, as a URL; static. */
const char *stub_nobody(void);

#endif
