/* SPDX-License-Identifier: MIT */
/* Long work tells that it lives. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	PROGRESS_LINE_MS = 10 * 1000, /* into a file or pipe: one line each */
	PROGRESS_TERMINAL_MS = 200,   /* on a terminal: one line, rewritten */
};

struct progress {
	FILE *out;
	bool terminal;
	bool dirty; /* the terminal's line has text */
	int64_t said_ms;
};

/* Tells to `out`, from now on. */
void progress_init(struct progress *p, FILE *out);

/* Tells now and then; most calls do nothing. */
void progress_say(struct progress *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The terminal's line is free for others. */
void progress_clear(struct progress *p);

#endif
