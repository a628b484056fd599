/* SPDX-License-Identifier: MIT */
/* Rendering of log lines and the four places they can go. */
#include "base/log.h"

#include "base/append.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* Kept for "cut", which tells that some field found no room. */
enum { LINE_END = 64 };

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
	mode_t mask;    /* with which it was made: we close ours later */
	bool may_block; /* a pipe or socket whose reader may have stopped */
	bool terminal;
	bool colour;
	bool torn; /* the file ends within a line of ours: the disk was full */
	int64_t dropped;
	int64_t untold; /* of these, those that no line told of */
} out = { .level = LEVEL_INFO, .format = FORMAT_TEXT, .fd = STDERR_FILENO };

static bool
is_dev_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == -1 ||
	       (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

static int
open_file(const char *path, mode_t mask, struct err *e)
{
	mode_t was = umask(mask);
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	umask(was);
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
	out.torn = false;
	out.terminal = sink == SINK_FD && isatty(fd) == 1;
	out.colour = out.terminal && getenv("NO_COLOR") == NULL;
	out.may_block = fstat(fd, &st) == 0 &&
			(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

int
log_open(const struct log_options *o, struct err *e)
{
	const char *path = str_after(o->target, "file:");
	mode_t mask = out.path[0] == '\0' ? umask(0) : out.mask;
	int fd;

	if (out.path[0] == '\0')
		umask(mask);
	if (path != NULL) {
		if ((fd = open_file(path, mask, e)) == -1)
			return -1;
		out.mask = mask;
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

void
log_reopen(void)
{
	struct err e = { 0 };
	int fd;

	if (out.path[0] == '\0')
		return;
	if ((fd = open_file(out.path, out.mask, &e)) != -1)
		replace_fd(SINK_FD, fd);
	else
		log_event(LEVEL_ERROR, "log not reopened",
		    LOG_S("error", e.text));
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

/* Each that fits; the end of the line has room kept for it. */
static void
add_fields(struct buf *b, const struct log_field *f,
    void (*add)(struct buf *b, const struct log_field *f))
{
	static const struct log_field cut =
	    LOG_S("cut", "the line is too long");
	bool all = true;

	b->cap -= LINE_END;
	for (; f->type != FIELD_END; f++) {
		size_t was = b->len;

		if (f->type == FIELD_STR && f->str == NULL)
			continue;
		add(b, f);
		if (!b->failed)
			continue;
		b->failed = all = false;
		b->len = was;
	}
	b->cap += LINE_END;
	if (!all)
		add(b, &cut);
}

static void
add_json_field(struct buf *b, const struct log_field *f)
{
	buf_str(b, ",\"");
	buf_str(b, f->key);
	buf_str(b, "\":");
	if (f->type == FIELD_STR)
		add_value(b, f->str);
	else
		buf_int(b, f->num);
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
	add_fields(b, f, add_json_field);
	buf_char(b, '}');
}

static const char *const level_colours[] = {
	[LEVEL_ERROR] = "\x1b[31m",
	[LEVEL_WARN] = "\x1b[33m",
	[LEVEL_INFO] = "\x1b[32m",
	[LEVEL_DEBUG] = "\x1b[2m",
};

/* A number of microseconds as "12.345ms"; its key has lost the unit. */
static void
add_number(struct buf *b, const struct log_field *f, bool is_us)
{
	char ms[32];

	if (!is_us || f->num < 0) {
		buf_int(b, f->num);
		return;
	}
	snprintf(ms, sizeof(ms), "%lld.%03lldms", (long long)f->num / 1000,
	    (long long)f->num % 1000);
	buf_str(b, ms);
}

static void
add_text_field(struct buf *b, const struct log_field *f)
{
	size_t n = strlen(f->key);
	bool is_us =
	    f->type == FIELD_INT && n > 3 && strcmp(f->key + n - 3, "_us") == 0;

	buf_char(b, ' ');
	if (!f->bare) {
		buf_add(b, f->key, is_us ? n - 3 : n);
		buf_char(b, '=');
	}
	if (f->type == FIELD_INT)
		add_number(b, f, is_us);
	else if (str_is_from(f->str, STR_ALNUM "-._:/", 1, LOG_VALUE_MAX))
		buf_str(b, f->str);
	else
		add_value(b, f->str);
}

static void
add_if_bare(struct buf *b, const struct log_field *f)
{
	if (f->bare)
		add_text_field(b, f);
}

static void
add_if_named(struct buf *b, const struct log_field *f)
{
	if (!f->bare)
		add_text_field(b, f);
}

/* On a terminal: whoever looks knows the day, and the place. */
static const char *
short_time(char text[CLOCK_RFC3339_SIZE])
{
	int64_t now = clock_wall_ms();
	time_t s = (time_t)(now / 1000);
	struct tm tm;

	localtime_r(&s, &tm);
	snprintf(text, CLOCK_RFC3339_SIZE, "%02d:%02d:%02d.%03d",
	    tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100,
	    (int)(now % 1000));
	return text;
}

/*
 * 2026-07-30T15:41:22.898Z info  request GET /healthz 200 took=0.097ms
 * 15:41:22.898 warn  worker died pid=12 signal=Killed
 */
static void
render_text(struct buf *b, const char *time, enum log_level level,
    const char *event, const struct log_field *fields)
{
	char now[CLOCK_RFC3339_SIZE];

	buf_str(b, out.terminal ? short_time(now) : time);
	buf_char(b, ' ');
	buf_str(b, out.colour ? level_colours[level] : "");
	buf_str(b, level_names[level]);
	buf_str(b, out.colour ? "\x1b[0m" : "");
	buf_str(b, level == LEVEL_WARN || level == LEVEL_INFO ? "  " : " ");
	buf_str(b, event);
	add_fields(b, fields, add_if_bare);
	add_fields(b, fields, add_if_named);
}

/* A log that nobody reads loses lines; nobody waits for it. */
static bool
would_block(void)
{
	struct pollfd p = { .fd = out.fd, .events = POLLOUT };

	return out.may_block && poll(&p, 1, 0) != 1;
}

/* Of a file that was full a part of the line may be there, without its end. */
static bool
write_fd(const char *line, size_t n)
{
	ssize_t sent;

	if (would_block())
		return false;
	if (out.torn && write(out.fd, "\n", 1) == 1)
		out.torn = false;
	sent = write(out.fd, line, n);
	/* A flag of ours tells other processes nothing: rather no part. */
	if (sent > 0 && (size_t)sent < n)
		out.torn = out.path[0] == '\0' ||
			   !append_take_back(out.fd, (size_t)sent);
	return sent == (ssize_t)n;
}

static bool
send_journal(const char *line, size_t n, enum log_level level)
{
	char native[LOG_LINE_MAX + 64];
	int len = snprintf(native, sizeof(native),
	    "PRIORITY=%d\nSYSLOG_IDENTIFIER=gatehouse\nMESSAGE=%.*s",
	    level_priority[level], (int)n, line);

	return send(out.fd, native, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	       -1;
}

static bool
emit(const char *line, size_t n, enum log_level level)
{
	switch (out.sink) {
	case SINK_SYSLOG: /* libc does not tell what became of it */
		syslog(level_priority[level], "%.*s", (int)n - 1, line);
		return true;
	case SINK_JOURNAL:
		return send_journal(line, n, level);
	default:
		return write_fd(line, n);
	}
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

static bool
write_line(enum log_level level, const char *event,
    const struct log_field *fields)
{
	char line[LOG_LINE_MAX];
	struct buf b;

	buf_init_fixed(&b, line, sizeof(line) - 1);
	render(&b, level, event, fields);
	line[b.len++] = '\n';
	return emit(line, b.len, level);
}

/* Before the next line: that is where they are missing. */
static void
tell_lost(void)
{
	const struct log_field fields[] = {
		LOG_I("n", out.untold),
		{ NULL, FIELD_END, NULL, 0, false },
	};

	if (out.untold > 0 &&
	    write_line(LEVEL_WARN, "log lines were lost", fields))
		out.untold = 0;
}

void
log_write(enum log_level level, const char *event,
    const struct log_field *fields)
{
	if (level > out.level)
		return;
	tell_lost();
	if (write_line(level, event, fields))
		return;
	out.dropped++;
	out.untold++;
}
