/* SPDX-License-Identifier: MIT */
/* Errors as data: a kind that says how to react and a sentence for people. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* Each kind has one reaction at the edge, and only the edge reacts. */
enum err_kind {
	ERR_NONE,
	ERR_INPUT,  /* the client's fault: 4xx */
	ERR_DOWN,   /* a part we depend on gave no answer: 503, retry */
	ERR_CONFIG, /* refuse to start, or keep the old configuration */
	ERR_BUG,    /* our fault: 500 and an alarm in the log */
};

enum { ERR_TEXT_MAX = 400 };

struct err {
	enum err_kind kind;
	char text[ERR_TEXT_MAX];
};

/*
 * Fills *e and returns -1, so that "return err_set(...)" fails in one line.
 * The first cause wins: a second call leaves kind and text alone.  Line ends
 * (libpq appends them) are turned into spaces; text too long is cut.
 */
int err_set(struct err *e, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "format: " in front of the text; returns -1.  The kind stays. */
int err_wrap(struct err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
