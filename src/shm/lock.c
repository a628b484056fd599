/* SPDX-License-Identifier: MIT */
/* F_SETLK and short pauses: F_SETLKW would wait for a stopped holder. */
#include "shm/lock.h"

#include "base/clock.h"
#include "shm/shmfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

/* A holder that runs needs microseconds; one that does not, who knows. */
enum { PAUSE_FIRST_US = 50, PAUSE_MAX_US = 10 * 1000 };

/* Locks need no bytes behind them: these are numbers, not contents. */
static const off_t first[SHM_AREAS] = {
	[SHM_LINES] = 0,
	[SHM_LINE_USED] = 0x100,
	[SHM_LINE_DATA] = 0x200,
	[SHM_LINE_FETCH] = 0x300,
	[SHM_REVOKED] = 0x400,
	[SHM_NEWS] = 0x401,
	[SHM_FLIGHTS] = 0x10000,
	[SHM_SETS] = 0x20000,
};

static int
set(const struct shmfile *f, short type, enum shm_area area, uint32_t index)
{
	struct flock l = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = first[area] + (off_t)index,
		.l_len = 1,
	};

	return fcntl(shmfile_fd(f), F_SETLK, &l);
}

static int
lock(const struct shmfile *f, short type, enum shm_area area, uint32_t index,
    int64_t deadline)
{
	long us = PAUSE_FIRST_US;

	while (set(f, type, area, index) == -1) {
		struct timespec pause = { .tv_nsec = us * 1000 };

		if (errno == EACCES || errno == EINTR)
			errno = EAGAIN; /* POSIX leaves the choice */
		if (errno != EAGAIN)
			return -1;
		if (deadline == 0 || clock_left_ms(deadline) == 0) {
			errno = EAGAIN;
			return -1;
		}
		nanosleep(&pause, NULL);
		us = us * 2 < PAUSE_MAX_US ? us * 2 : PAUSE_MAX_US;
	}
	return 0;
}

int
shm_lock(const struct shmfile *f, enum shm_area area, uint32_t index,
    int64_t deadline)
{
	return lock(f, F_WRLCK, area, index, deadline);
}

int
shm_lock_reading(const struct shmfile *f, enum shm_area area, uint32_t index,
    int64_t deadline)
{
	return lock(f, F_RDLCK, area, index, deadline);
}

void
shm_unlock(const struct shmfile *f, enum shm_area area, uint32_t index)
{
	set(f, F_UNLCK, area, index);
}
