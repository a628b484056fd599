/* SPDX-License-Identifier: MIT */
/* Rendering of log lines and the four places they can go. */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

enum sink { SINK_FD, SINK_SYSLOG, SINK_JOURNAL };

static const char *const level_names[] = {
	[LEVEL_ERROR] = "error",
	[LEVEL_WARN] = "warn",
	[LEVEL_INFO] = "info",
	[LEVEL_DEBUG] = "debug",
};
static const int level_priority[] = {
	[LEVEL_ERROR] = LOG_ERR,
	[LEVEL_WARN] = LOG_WARNING,
	[LEVEL_INFO] = LOG_INFO,
	[LEVEL_DEBUG] = LOG_DEBUG,
};

/* The log is the process's: the one piece of global state in the program. */
static struct {
	enum log_level level;
	enum log_format format;
	enum sink sink;
	int fd;
	char path[512]; /* of a file, else "" */
	bool may_block; /* a pipe or socket whose reader may have stopped */
	int64_t dropped;
} out = { .level = LEVEL_INFO, .format = FORMAT_TEXT, .fd = STDERR_FILENO };

static bool
is_dev_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == -1 ||
	       (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

static int
open_file(const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	if (fd == -1)
		return err_set(e, ERR_CONFIG, "log file %s: %s", path,
		    strerror(errno));
	return fd;
}

static int
open_journal(struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX,
		.sun_path = "/run/systemd/journal/socket" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1) {
		if (fd != -1)
			close(fd);
		return err_set(e, ERR_CONFIG, "journal: %s", strerror(errno));
	}
	return fd;
}

static void
replace_fd(enum sink sink, int fd)
{
	struct stat st;

	if (out.fd > STDERR_FILENO)
		close(out.fd);
	out.sink = sink;
	out.fd = fd;
	out.may_block = fstat(fd, &st) == 0 &&
			(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

int
log_open(const struct log_options *o, struct err *e)
{
	const char *path = str_after(o->target, "file:");
	int fd;

	if (path != NULL) {
		if ((fd = open_file(path, e)) == -1)
			return -1;
		replace_fd(SINK_FD, fd);
		snprintf(out.path, sizeof(out.path), "%s", path);
	} else if (strcmp(o->target, "journal") == 0) {
		if ((fd = open_journal(e)) == -1)
			return -1;
		replace_fd(SINK_JOURNAL, fd);
		out.path[0] = '\0';
	} else if (strcmp(o->target, "syslog") == 0 ||
		   is_dev_null(STDERR_FILENO)) {
		openlog("gatehouse", LOG_PID, LOG_DAEMON);
		replace_fd(SINK_SYSLOG, -1);
		out.path[0] = '\0';
	} else {
		replace_fd(SINK_FD, STDERR_FILENO);
		out.path[0] = '\0';
	}
	out.level = o->level;
	out.format = o->format;
	return 0;
}

int
log_reopen(struct err *e)
{
	int fd;

	if (out.path[0] == '\0')
		return 0;
	if ((fd = open_file(out.path, e)) == -1)
		return -1;
	replace_fd(SINK_FD, fd);
	return 0;
}

int
log_fd(void)
{
	closelog();
	if (out.sink == SINK_SYSLOG)
		openlog("gatehouse", LOG_PID, LOG_DAEMON);
	return out.fd;
}

int64_t
log_dropped(void)
{
	return out.dropped;
}

/* A character that the cut goes through becomes U+FFFD; fine for a log. */
static void
add_value(struct buf *b, const char *value)
{
	buf_jsonn(b, value, strnlen(value, LOG_VALUE_MAX));
}

/* {"time":"…","level":"info","event":"…","key":"value",…} */
static void
render_json(struct buf *b, const char *time, enum log_level level,
    const char *event, const struct log_field *f)
{
	buf_str(b, "{\"time\":\"");
	buf_str(b, time);
	buf_str(b, "\",\"level\":\"");
	buf_str(b, level_names[level]);
	buf_str(b, "\",\"event\":");
	buf_json(b, event);
	for (; f->type != FIELD_END; f++) {
		if (f->type == FIELD_STR && f->str == NULL)
			continue;
		buf_str(b, ",\"");
		buf_str(b, f->key);
		buf_str(b, "\":");
		if (f->type == FIELD_STR)
			add_value(b, f->str);
		else
			buf_int(b, f->num);
	}
	buf_char(b, '}');
}

/* 2026-07-30T15:41:22.898Z info  worker started pid=12 how="signal 9" */
static void
render_text(struct buf *b, const char *time, enum log_level level,
    const char *event, const struct log_field *f)
{
	buf_str(b, time);
	buf_char(b, ' ');
	buf_str(b, level_names[level]);
	buf_str(b, level == LEVEL_WARN || level == LEVEL_INFO ? "  " : " ");
	buf_str(b, event);
	for (; f->type != FIELD_END; f++) {
		if (f->type == FIELD_STR && f->str == NULL)
			continue;
		buf_char(b, ' ');
		buf_str(b, f->key);
		buf_char(b, '=');
		if (f->type == FIELD_INT)
			buf_int(b, f->num);
		else if (str_is_from(f->str, STR_ALNUM "-._:/", 1,
			     LOG_VALUE_MAX))
			buf_str(b, f->str);
		else
			add_value(b, f->str);
	}
}

/* A log that nobody reads loses lines; nobody waits for it. */
static bool
would_block(void)
{
	struct pollfd p = { .fd = out.fd, .events = POLLOUT };

	return out.may_block && poll(&p, 1, 0) != 1;
}

static void
emit(const char *line, size_t n, enum log_level level)
{
	char native[LOG_LINE_MAX + 64];
	ssize_t sent;
	int len;

	switch (out.sink) {
	case SINK_SYSLOG:
		syslog(level_priority[level], "%.*s", (int)n - 1, line);
		return;
	case SINK_JOURNAL:
		len = snprintf(native, sizeof(native),
		    "PRIORITY=%d\nSYSLOG_IDENTIFIER=gatehouse\nMESSAGE=%.*s",
		    level_priority[level], (int)n, line);
		sent = send(out.fd, native, (size_t)len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	default:
		sent = would_block() ? -1 : write(out.fd, line, n);
	}
	if (sent == -1)
		out.dropped++;
}

static void
render(struct buf *b, enum log_level level, const char *event,
    const struct log_field *fields)
{
	char time[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(clock_wall_ms(), time);
	if (out.format == FORMAT_JSON)
		render_json(b, time, level, event, fields);
	else
		render_text(b, time, level, event, fields);
}

void
log_write(enum log_level level, const char *event,
    const struct log_field *fields)
{
	static const struct log_field cut[] = {
		LOG_S("cut", "the line was too long"),
		{ NULL, FIELD_END, NULL, 0 },
	};
	char line[LOG_LINE_MAX];
	struct buf b;

	if (level > out.level)
		return;
	buf_init_fixed(&b, line, sizeof(line) - 1);
	render(&b, level, event, fields);
	if (b.failed) {
		buf_init_fixed(&b, line, sizeof(line) - 1);
		render(&b, level, event, cut);
	}
	line[b.len++] = '\n';
	emit(line, b.len, level);
}
