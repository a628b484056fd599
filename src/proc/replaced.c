/* SPDX-License-Identifier: MIT */
/* Comparing files with what they were. */
#include "proc/replaced.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	LOOK_EVERY_MS = 1000,
	SOUND_MS = 5 * 1000, /* for a new program to judge the configuration */
};

struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

static struct {
	char program[PATH_MAX];
	char file[PATH_MAX];
	struct stamp program_was, file_was;
	int64_t looked_ms;
} watch;

/* All zero when there is no such file. */
static struct stamp
stamp_of(const char *path)
{
	struct stamp s;
	struct stat st;

	memset(&s, 0, sizeof(s));
	if (stat(path, &st) == 0) {
		s.dev = st.st_dev;
		s.ino = st.st_ino;
		s.size = st.st_size;
		s.mtime = st.st_mtim;
	}
	return s;
}

static bool
same(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime.tv_sec == b->mtime.tv_sec &&
	       a->mtime.tv_nsec == b->mtime.tv_nsec;
}

void
replaced_watch(const char *conf_file)
{
	char *deleted;
	ssize_t n = readlink("/proc/self/exe", watch.program,
	    sizeof(watch.program) - 1);

	watch.program[n < 0 ? 0 : n] = '\0';
	/* it may have been replaced since we were executed */
	deleted = strstr(watch.program, " (deleted)");
	if (deleted != NULL)
		*deleted = '\0';
	snprintf(watch.file, sizeof(watch.file), "%s", conf_file);
	watch.program_was = stamp_of(watch.program);
	watch.file_was = stamp_of(watch.file);
}

const char *
replaced_program(void)
{
	return watch.program;
}

static bool
is_valid(const char *file)
{
	struct conf_problems p;
	struct conf *c = conf_load(file, &p);

	for (int i = 0; i < p.n; i++)
		log_event(LEVEL_ERROR, "new configuration is not used",
		    LOG_S("problem", p.text[i]));
	conf_free(&c);
	return p.n == 0;
}

bool
replaced_since_start(void)
{
	int64_t now = clock_mono_ms();
	struct stamp program, file;

	if (now - watch.looked_ms < LOOK_EVERY_MS)
		return false;
	watch.looked_ms = now;
	program = stamp_of(watch.program);
	file = stamp_of(watch.file);
	if (!same(&program, &watch.program_was))
		return true;
	if (same(&file, &watch.file_was))
		return false;
	watch.file_was = file;
	return is_valid(watch.file);
}

/* The status of a child that is to end by itself; killed at the deadline. */
static int
end_of(pid_t pid, int64_t deadline)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000000L };
	int status = 1;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_left_ms(deadline) == 0)
			kill(pid, SIGKILL);
		nanosleep(&pause, NULL);
	}
	return status;
}

bool
replaced_is_sound(const char *conf_file)
{
	/* "true" succeeds as well: so does what it prints begin */
	static const char first[] = { '/', '/', ' ' };
	char said[sizeof(first)] = "";
	struct pollfd its_end = { .events = 0 };
	int64_t deadline = clock_mono_ms() + SOUND_MS;
	int out[2], status = 1;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) == -1)
		return false;
	pid = fork();
	if (pid == 0) {
		sigset_t none;

		dup2(out[1], STDOUT_FILENO);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execl(watch.program, watch.program, "print-config", "-c",
		    conf_file, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	its_end.fd = out[0];
	if (pid > 0) {
		poll(&its_end, 1, SOUND_MS);
		status = end_of(pid, deadline);
	}
	if (pid > 0 && read(out[0], said, sizeof(said)) == -1)
		status = -1;
	close(out[0]);
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
	       memcmp(said, first, sizeof(first)) == 0;
}
