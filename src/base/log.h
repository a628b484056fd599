/* SPDX-License-Identifier: MIT */
/*
 * Structured log: one event, one line, one write.  As text, for people, a
 * number of microseconds (a key that ends in _us) is told in milliseconds, and
 * on a terminal the time is short and local, and the level has a colour unless
 * NO_COLOR is set.  Only the edges of the program (main, cmd, proc, route, obs
 * and user/reader) write lines; everybody else returns an error.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };
enum log_format { FORMAT_JSON, FORMAT_TEXT };

/*
 * The longest line, and the longest value in it: a longer value is cut.  A
 * line that is too long all the same goes without the fields that find no room,
 * and says so ("cut"): every line is whole JSON.
 */
enum { LOG_LINE_MAX = 4096, LOG_VALUE_MAX = 512 };

struct log_options {
	enum log_level level;
	enum log_format format;
	const char *target; /* "stderr", "syslog", "journal", "file:/path" */
};

/*
 * A field is a key from the code and a value of a known type; there is no way
 * to log a whole request, header or configuration.
 */
struct log_field {
	const char *key;
	enum { FIELD_END, FIELD_STR, FIELD_INT } type;
	const char *str; /* NULL: the field is left out */
	int64_t num;
	bool bare; /* as text: in front of the others, without its key */
};
/* clang-format off */
#define LOG_S(k, v) { (k), FIELD_STR, (v), 0, false }
#define LOG_I(k, v) { (k), FIELD_INT, NULL, (v), false }
#define LOG_BARE_S(k, v) { (k), FIELD_STR, (v), 0, true }
#define LOG_BARE_I(k, v) { (k), FIELD_INT, NULL, (v), true }
/* clang-format on */

/*
 * Opens the target.  With "stderr" and a standard error that is /dev/null (as
 * under spawn-fcgi and lighttpd) the system log is used instead.  Before the
 * first call lines go to standard error as text.
 */
int log_open(const struct log_options *o, struct err *e);

/*
 * Opens a log file anew after it was moved away; other targets stay.  Where
 * that fails the old file says so, and takes all lines on.
 */
void log_reopen(void);

/*
 * The open file's descriptor, for those who close all others; -1: none.  The
 * system log's own is closed here and opened anew by the next line: libc would
 * go on to use its number, whoever has it then.
 */
int log_fd(void);

/*
 * Lines that could not be written (full disk, closed pipe) so far.  When it
 * can be written again, a line says how many were lost.
 */
int64_t log_dropped(void);

/* Fields end at the first of type FIELD_END. */
void log_write(enum log_level level, const char *event,
    const struct log_field *fields);

/* log_event(LEVEL_INFO, "worker started", LOG_I("pid", pid)); */
#define log_event(level, event, ...)                                           \
	log_write((level), (event),                                            \
	    (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){            \
		NULL, FIELD_END, NULL, 0, false } })

#endif
