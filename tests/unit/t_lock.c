/* SPDX-License-Identifier: MIT */
/* shm/lock: held, released, waited for, left behind by the dead. */
#include "tap.h"

#include "base/clock.h"
#include "shm/lock.h"
#include "unit/child.h"
#include "unit/memory.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* What a child does, and where it tells that it has done so. */
struct act {
	const struct shmfile *f;
	enum shm_area area;
	uint32_t index;
	bool reading;
	int64_t wait;
	int hold_ms; /* -1: until killed */
	int told[2];
};

static int
act(void *ctx)
{
	const struct act *a = ctx;
	int64_t deadline = a->wait == 0 ? 0 : clock_mono_ms() + a->wait;
	struct timespec t = { .tv_nsec = (a->hold_ms % 1000) * 1000000L };
	int rc = a->reading
		     ? shm_lock_reading(a->f, a->area, a->index, deadline)
		     : shm_lock(a->f, a->area, a->index, deadline);

	if (rc == -1)
		return errno == EAGAIN ? 1 : 2;
	if (a->told[1] > 0 && write(a->told[1], "", 1) != 1)
		return 3;
	while (a->hold_ms == -1)
		pause();
	nanosleep(&t, NULL);
	shm_unlock(a->f, a->area, a->index);
	return 0;
}

/* Starts it and waits until it has the lock. */
static pid_t
start(struct act *a)
{
	char byte;
	pid_t pid;

	CHECK(pipe(a->told) == 0);
	pid = child_start(act, a);
	CHECK(read(a->told[0], &byte, 1) == 1);
	close(a->told[0]);
	close(a->told[1]);
	a->told[0] = a->told[1] = 0;
	return pid;
}

static void
excludes(void)
{
	static const struct {
		const char *name;
		bool held_reading, wanted_reading;
		enum shm_area area;
		uint32_t index;
		int rc;
	} t[] = {
		{ "the same", false, false, SHM_LINE_DATA, 5, -1 },
		{ "a reader while it is written", false, true, SHM_LINE_DATA, 5,
		    -1 },
		{ "a writer while it is read", true, false, SHM_LINE_DATA, 5,
		    -1 },
		{ "two readers", true, true, SHM_LINE_DATA, 5, 0 },
		{ "its neighbour", false, false, SHM_LINE_DATA, 6, 0 },
		{ "another area", false, false, SHM_LINE_FETCH, 5, 0 },
		{ "a set", false, false, SHM_SETS, 5, 0 },
	};
	const struct shmfile *f = memory_new()->file;

	for (size_t i = 0; i < ROWS(t); i++) {
		struct act holder = { .f = f,
			.area = SHM_LINE_DATA,
			.index = 5,
			.reading = t[i].held_reading,
			.hold_ms = -1 };
		pid_t pid = start(&holder);
		int rc;

		tap_row("%s", t[i].name);
		rc = t[i].wanted_reading
			 ? shm_lock_reading(f, t[i].area, t[i].index, 0)
			 : shm_lock(f, t[i].area, t[i].index, 0);
		INTEQ(rc, t[i].rc);
		if (rc == -1)
			INTEQ(errno, EAGAIN);
		else
			shm_unlock(f, t[i].area, t[i].index);
		child_kill(pid);
	}
}

/* No two areas share a byte: each first and last against all others. */
static void
areas(void)
{
	static const uint32_t most[SHM_AREAS] = {
		[SHM_LINES] = 1,
		[SHM_LINE_USED] = UPSTREAM_LINES,
		[SHM_LINE_DATA] = UPSTREAM_LINES,
		[SHM_LINE_FETCH] = UPSTREAM_LINES,
		[SHM_FLIGHTS] = LOCK_FLIGHTS,
		[SHM_REVOKED] = 1,
		[SHM_NEWS] = 1,
		[SHM_SETS] = (1u << 30) / SLOTS_SET_SIZE,
	};
	struct shared *s = memory_new();

	for (int held = 0; held < SHM_AREAS; held++) {
		struct act holder = { .f = s->file,
			.area = (enum shm_area)held,
			.index = most[held] - 1,
			.hold_ms = -1 };
		pid_t pid = start(&holder);

		for (int area = 0; area < SHM_AREAS; area++) {
			enum shm_area k = (enum shm_area)area;

			tap_row("%d held, %d wanted", held, area);
			INTEQ(shm_lock(s->file, k, most[area] - 1, 0),
			    area == held ? -1 : 0);
			if (most[area] > 1)
				INTEQ(shm_lock(s->file, k, 0, 0), 0);
		}
		for (int area = 0; area < SHM_AREAS; area++) {
			enum shm_area k = (enum shm_area)area;

			shm_unlock(s->file, k, 0);
			shm_unlock(s->file, k, most[area] - 1);
		}
		child_kill(pid);
	}
}

static void
waits(void)
{
	struct act holder = {
		.f = memory_new()->file, .area = SHM_SETS, .hold_ms = 60
	};
	int64_t began;
	pid_t pid = start(&holder);

	began = clock_mono_ms();
	INTEQ(shm_lock(holder.f, SHM_SETS, 0, began + 5000), 0);
	CHECK(clock_mono_ms() - began < 2000);
	shm_unlock(holder.f, SHM_SETS, 0);
	INTEQ(child_wait(pid), 0);
}

static void
stopped(void)
{
	struct act holder = {
		.f = memory_new()->file, .area = SHM_SETS, .hold_ms = -1
	};
	pid_t pid = start(&holder);
	int64_t began, took;

	child_stop(pid);
	began = clock_mono_ms();
	INTEQ(shm_lock(holder.f, SHM_SETS, 0, began + 100), -1);
	took = clock_mono_ms() - began;
	INTEQ(errno, EAGAIN);
	CHECK(took >= 100 && took < 1000);
	/* SIGKILL ends a stopped one as well; its lock goes with it */
	child_kill(pid);
	INTEQ(shm_lock(holder.f, SHM_SETS, 0, 0), 0);
	shm_unlock(holder.f, SHM_SETS, 0);
}

static void
inheritance(void)
{
	struct act child = { .f = memory_new()->file, .area = SHM_FLIGHTS };

	INTEQ(shm_lock(child.f, SHM_FLIGHTS, 0, 0), 0);
	INTEQ(shm_lock(child.f, SHM_FLIGHTS, 0, 0), 0); /* ours already */
	INTEQ(child_run(act, &child), 1);
	INTEQ(shm_lock(child.f, SHM_FLIGHTS, 0, 0), 0);
	shm_unlock(child.f, SHM_FLIGHTS, 0);
	INTEQ(child_run(act, &child), 0);
}

static const struct tap_case cases[] = {
	{ "one writer or several readers a byte", excludes },
	{ "areas do not overlap", areas },
	{ "a lock is waited for, and had when it is given back", waits },
	{ "a stopped holder delays others to their deadline; a killed one "
	  "holds nothing",
	    stopped },
	{ "a child has none of its parent's locks", inheritance },
};
TAP_MAIN(cases)
