/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a program under test: its clocks are ahead of the machine's
 * by the nanoseconds that stand in the file SKEW_FILE.  All processes map the
 * file, so that an hour passes for all of them in one moment; waits, which
 * are durations, take as long as ever.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000 };

static const _Atomic int64_t *ahead; /* NULL: not asked for */

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("SKEW_FILE");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *map;

	if (fd == -1)
		return;
	map = mmap(NULL, sizeof(*ahead), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		ahead = map;
}

/* Clocks that measure the work of a process or thread stay as they are. */
int
clock_gettime(clockid_t id, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, id, t);
	int64_t ns;

	if (rc == -1 || ahead == NULL || id == CLOCK_PROCESS_CPUTIME_ID ||
	    id == CLOCK_THREAD_CPUTIME_ID)
		return rc;
	ns = t->tv_nsec + atomic_load(ahead) % SECOND;
	t->tv_sec += atomic_load(ahead) / SECOND + ns / SECOND;
	t->tv_nsec = ns % SECOND;
	return 0;
}
