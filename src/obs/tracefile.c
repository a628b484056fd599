/* SPDX-License-Identifier: MIT */
/* Open, append, and look now and then whether it is still that file. */
#include "obs/tracefile.h"

#include "base/append.h"
#include "base/log.h"
#include "base/seldom.h"
#include "obs/metrics.h"
#include "obs/otlp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MODE = 0640 };

_Static_assert(TRACEFILE_LINE_MAX >= OTLP_FRAME_MAX + OTLP_RECORD_MAX,
    "a line holds any record");

struct tracefile {
	const char *path;
	const struct metrics *metrics;
	struct otlp_batch line;
	int fd; /* -1: not open */
	dev_t device;
	ino_t inode;
	bool regular;
	bool torn; /* its last line has no end */
	int64_t looked_ms;
	struct seldom failures;
};

struct tracefile *
tracefile_new(const char *path, const struct metrics *m)
{
	struct tracefile *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->path = path;
	f->metrics = m;
	f->fd = -1;
	if (otlp_open(&f->line, TRACEFILE_LINE_MAX) == -1)
		tracefile_free(&f);
	return f;
}

void
tracefile_reopen(struct tracefile *f)
{
	if (f->fd != -1)
		close(f->fd);
	f->fd = -1;
}

void
tracefile_free(struct tracefile **f)
{
	if (*f == NULL)
		return;
	tracefile_reopen(*f);
	otlp_close(&(*f)->line);
	free(*f);
	*f = NULL;
}

/* Non-blocking: it may be a pipe that nobody reads.  The umask is not asked
 * for the mode, it is ours and narrower. */
static int
open_or_make(const char *path)
{
	const int flags = O_RDWR | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open(path, flags);

	if (fd != -1 || errno != ENOENT)
		return fd;
	fd = open(path, flags | O_CREAT | O_EXCL, MODE);
	if (fd != -1)
		fchmod(fd, MODE);
	return fd == -1 && errno == EEXIST ? open(path, flags) : fd;
}

static bool
ends_within_a_line(int fd, off_t size)
{
	char last;

	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* 0, or -1 with errno. */
static int
make_open(struct tracefile *f, int64_t now)
{
	struct stat is, st;

	if (f->fd != -1 && now - f->looked_ms >= TRACEFILE_LOOK_MS) {
		f->looked_ms = now;
		if (stat(f->path, &is) == -1 || is.st_dev != f->device ||
		    is.st_ino != f->inode)
			tracefile_reopen(f);
	}
	if (f->fd != -1)
		return 0;
	f->fd = open_or_make(f->path);
	if (f->fd == -1 || fstat(f->fd, &st) == -1)
		return -1;
	f->device = st.st_dev;
	f->inode = st.st_ino;
	f->regular = S_ISREG(st.st_mode);
	f->torn = f->regular && ends_within_a_line(f->fd, st.st_size);
	f->looked_ms = now;
	return 0;
}

/* 0, or -1 with errno: nothing of it is in the file, as a line. */
static int
append(struct tracefile *f, const char *text, size_t n)
{
	struct iovec part[] = {
		{ .iov_base = (char[]){ '\n' }, .iov_len = f->torn ? 1 : 0 },
		{ .iov_base = (char *)text, .iov_len = n },
	};
	ssize_t done = writev(f->fd, part, 2);

	if (done == -1)
		return -1;
	if ((size_t)done == n + part[0].iov_len) {
		f->torn = false;
		return 0;
	}
	/* of a regular file make_open() looks itself */
	if (done > 0 && !append_take_back(f->fd, (size_t)done))
		f->torn = true;
	errno = f->regular ? ENOSPC : EAGAIN;
	return -1;
}

static void
tell(struct tracefile *f, int error, int64_t now)
{
	int64_t times = seldom_count(&f->failures, now);

	if (times > 0)
		log_event(LEVEL_WARN, "trace file not written",
		    LOG_S("path", f->path), LOG_S("error", strerror(error)),
		    LOG_I("n", times));
}

void
tracefile_flush(struct tracefile *f, int64_t now)
{
	const char *text;
	bool written;
	size_t n;
	int error;

	if (f->line.n == 0)
		return;
	text = otlp_text(&f->line, &n);
	written = make_open(f, now) == 0 && append(f, text, n) == 0;
	error = errno;
	metrics_traces(f->metrics,
	    written ? METRIC_TRACE_WRITTEN : METRIC_TRACE_DROPPED, f->line.n);
	if (!written) {
		tell(f, error, now);
		if (f->regular) /* else nothing but `torn` tells of its end */
			tracefile_reopen(f);
	}
	otlp_clear(&f->line);
}

void
tracefile_add(struct tracefile *f, const unsigned char *record, size_t n,
    int64_t now)
{
	if (otlp_add(&f->line, record, n))
		return;
	tracefile_flush(f, now);
	if (!otlp_add(&f->line, record, n))
		metrics_traces(f->metrics, METRIC_TRACE_DROPPED, 1);
}

int
tracefile_look(const char *path, struct err *e)
{
	const char *name = strrchr(path, '/');
	char folder[4096];
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(e, ERR_CONFIG, "%s: %s", path, strerror(EISDIR));
	if (access(path, R_OK | W_OK) == 0)
		return 0;
	if (errno != ENOENT)
		return err_set(e, ERR_CONFIG, "%s: %s", path, strerror(errno));
	if (name == NULL || (size_t)(name - path) >= sizeof(folder))
		return err_set(e, ERR_CONFIG, "%s: no path of a file", path);
	memcpy(folder, path, (size_t)(name - path) + 1);
	folder[name - path + 1] = '\0';
	if (access(folder, W_OK | X_OK) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: %s", folder, strerror(errno));
}
