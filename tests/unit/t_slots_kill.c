/* SPDX-License-Identifier: MIT */
/* shm/slots: processes that are killed or stopped while they use it. */
#include "tap.h"

#include "base/clock.h"
#include "base/rng.h"
#include "shm/lock.h"
#include "unit/child.h"
#include "unit/memory.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	WRITERS = 2,
	KILLS = 1000,
	KEYS = 160, /* some more than there is room for */
	SETS = 8,
	HEADS_AT = SLOTS_UNITS * 8, /* see slots.c */
	HEAD_SIZE = SLOTS_HEAD_SIZE - 8,
	DAY = 24 * 3600 * 1000,
	STOPPED_SET = 1,
	REWRITES = 200000,
};

/* The same word all over, which says whose it is: no mixture looks so. */
enum { WORDS = SLOTS_VALUE_MAX / 8 };

static struct slots *slots;
static unsigned char *mem;
static struct shared *shared;
static atomic_int *rounds;

/* A few sets of it are enough to have them meet. */
static void
begin(void)
{
	shared = memory_new();
	mem = (unsigned char *)shmfile_content(shared->file) +
	      shmfile_content_size(shared->file) - SETS * SLOTS_SET_SIZE;
	slots = slots_new(mem, SETS * SLOTS_SET_SIZE, shared->file);
	rounds = &shared->ready->migrations;
}

static void
key_of(uint32_t i, unsigned char key[SLOTS_KEY_SIZE])
{
	uint64_t set = i % SETS;

	memset(key, (int)i + 1, SLOTS_KEY_SIZE);
	memcpy(key, &set, sizeof(set));
}

static bool
is_whole(const uint64_t *v, size_t len, uint32_t key)
{
	for (size_t k = 0; k < len / 8; k++)
		if (v[k] != v[0])
			return false;
	return len >= 8 && len % 8 == 0 && (uint32_t)v[0] == key;
}

/* 0: whole, or not there; 1: torn; 2: the set was not to be had. */
static int
read_one(uint32_t i)
{
	unsigned char key[SLOTS_KEY_SIZE];
	uint64_t v[WORDS];
	size_t len;

	key_of(i, key);
	switch (slots_get(slots, key, v, sizeof(v), &len, clock_mono_ms())) {
	case SLOTS_HIT:
		return is_whole(v, len, i) ? 0 : 1;
	case SLOTS_MISS:
		return 0;
	case SLOTS_BROKEN:
		break;
	}
	return 2;
}

/* Most have the length of the former one, and are written in its place. */
static enum slots_answer
write_one(uint32_t i, uint32_t noise)
{
	unsigned char key[SLOTS_KEY_SIZE];
	uint64_t v[WORDS];
	size_t len = noise % 8 == 0 ? noise / 8 % WORDS * 8 + 8 : sizeof(v);
	int64_t now = clock_mono_ms();

	for (size_t k = 0; k < len / 8; k++)
		v[k] = (uint64_t)noise << 32 | i;
	key_of(i, key);
	return slots_put(slots, key, v, len, now + DAY, now);
}

/* As fast as it can, until it is killed or sees what must not be. */
static int
hammer(void *ctx)
{
	uint32_t noise;

	(void)ctx;
	for (;;) {
		unsigned char key[SLOTS_KEY_SIZE];

		rng_bytes(&noise, sizeof(noise));
		if (read_one(noise % KEYS) == 1)
			return 1;
		for (uint32_t i = 0; i < 8; i++)
			write_one((noise >> 8) % KEYS + i, noise + (i << 16));
		if (noise % 16 == 0) {
			key_of((noise >> 8) % KEYS, key);
			slots_drop(slots, key);
		}
		atomic_fetch_add(rounds, 1);
	}
}

/* Until the others did some work, or for a second: then it hangs. */
static bool
let_them_work(void)
{
	int before = atomic_load(rounds);
	int64_t deadline = clock_mono_ms() + 20 * 1000;
	const struct timespec moment = { .tv_nsec = 100 * 1000 };
	struct timespec random = { 0 };
	uint16_t noise;

	while (atomic_load(rounds) - before < 2) {
		if (clock_left_ms(deadline) == 0)
			return false;
		nanosleep(&moment, NULL);
	}
	rng_bytes(&noise, sizeof(noise));
	random.tv_nsec = noise * 4;
	nanosleep(&random, NULL);
	return true;
}

static int
half_written(void)
{
	int n = 0;

	for (int i = 0; i < SETS * SLOTS_UNITS; i++)
		n += mem[i / SLOTS_UNITS * SLOTS_SET_SIZE + HEADS_AT +
			 i % SLOTS_UNITS * HEAD_SIZE] &
		     1; /* the sequence */
	return n;
}

/* All writers at once: nobody writes over what they left. */
static int
kill_all(const pid_t pid[WRITERS])
{
	int wrong = 0;

	for (int i = 0; i < WRITERS; i++)
		kill(pid[i], SIGKILL);
	for (int i = 0; i < WRITERS; i++)
		wrong += child_wait(pid[i]) != -SIGKILL;
	return wrong;
}

static void
killed(void)
{
	pid_t pid[WRITERS];
	int torn = 0, hung = 0, half = 0, seen = 0;

	begin();
	for (int i = 0; i < KILLS / WRITERS && hung == 0; i++) {
		int n;

		for (int w = 0; w < WRITERS; w++)
			pid[w] = child_start(hammer, NULL);
		hung += !let_them_work();
		torn += kill_all(pid);
		n = half_written();
		half += n > seen ? n - seen : 0;
		seen = n;
		for (uint32_t k = 0; k < KEYS; k++)
			torn += read_one(k) == 1;
	}
	printf("# %d kills, about %d values left half-written\n", KILLS, half);
	INTEQ(torn, 0);
	INTEQ(hung, 0);
	for (uint32_t i = 0; i < SETS; i++)
		INTEQ(shm_lock(shared->file, SHM_SETS, i, 0), 0);
	for (uint32_t i = 0; i < SETS; i++)
		shm_unlock(shared->file, SHM_SETS, i);
	for (uint32_t i = 0; i < KEYS; i++) {
		INTEQ(write_one(i, i), SLOTS_HIT);
		INTEQ(read_one(i), 0);
	}
	slots_free(&slots);
}

/* Another value in the place of the former one, until it is killed. */
static int
rewrite(void *ctx)
{
	(void)ctx;
	for (uint32_t n = 1; atomic_fetch_add(rounds, 1) >= 0; n += 8)
		write_one(0, n);
	return 0;
}

static void
beside(void)
{
	int64_t deadline = clock_mono_ms() + 3 * 1000;
	int torn = 0;
	pid_t pid;

	begin();
	atomic_store(rounds, 0);
	pid = child_start(rewrite, NULL);
	while (atomic_load(rounds) < REWRITES && clock_left_ms(deadline) > 0)
		torn += read_one(0) == 1;
	CHECK(atomic_load(rounds) > 0);
	child_kill(pid);
	INTEQ(torn, 0);
	slots_free(&slots);
}

static int
hold(void *ctx)
{
	if (shm_lock(shared->file, SHM_SETS, STOPPED_SET, 0) == -1)
		return 1;
	atomic_store((atomic_int *)ctx, 1);
	child_rest();
}

static void
stopped(void)
{
	unsigned char key[SLOTS_KEY_SIZE];
	int64_t began;
	pid_t pid;

	begin();
	INTEQ(write_one(STOPPED_SET, 99), SLOTS_HIT);
	atomic_store(rounds, 0);
	pid = child_start(hold, rounds);
	while (atomic_load(rounds) == 0)
		usleep(100);
	child_stop(pid);
	began = clock_mono_ms();
	INTEQ(read_one(STOPPED_SET), 0); /* whole, and waits for nobody */
	INTEQ(read_one(STOPPED_SET + SETS), 2);
	INTEQ(write_one(STOPPED_SET, 100), SLOTS_BROKEN);
	key_of(STOPPED_SET, key);
	INTEQ(slots_drop(slots, key), SLOTS_BROKEN);
	CHECK(clock_mono_ms() - began < 3 * SLOTS_WAIT_MS + 1000);
	began = clock_mono_ms();
	INTEQ(write_one(STOPPED_SET + 1, 1), SLOTS_HIT);
	INTEQ(read_one(STOPPED_SET + 1), 0);
	child_kill(pid);
	INTEQ(read_one(STOPPED_SET), 0);
	INTEQ(write_one(STOPPED_SET, 100), SLOTS_HIT);
	slots_free(&slots);
}

static const struct tap_case cases[] = {
	{ "a thousand killed writers: nothing torn, nothing held, no hang",
	    killed },
	{ "a reader beside a writer never sees a mixture", beside },
	{ "a stopped holder is \"could not look\", for one set, for a moment",
	    stopped },
};
TAP_MAIN(cases)
