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
	WRITERS = 3,
	KILLS = 400,
	KEYS = 24, /* and a few more that are only written */
	SETS = 4,
	SLOT = SLOTS_SLOT_SIZE,
	DAY = 24 * 3600 * 1000,
	STOPPED_SET = 1,
};

/* A value that can be told from any mixture of two. */
struct value {
	uint32_t sum, len;
	uint8_t bytes[SLOTS_VALUE_MAX - 8];
};

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

static uint32_t
sum_of(const struct value *v, uint32_t key)
{
	uint32_t sum = 2166136261u ^ key;

	for (uint32_t i = 0; i < v->len; i++)
		sum = (sum ^ v->bytes[i]) * 16777619u;
	return sum ^ v->len;
}

/* 0: whole, or not there; 1: torn; 2: the set was not to be had. */
static int
read_one(uint32_t i)
{
	unsigned char key[SLOTS_KEY_SIZE];
	struct value v;
	size_t len;

	key_of(i, key);
	switch (slots_get(slots, key, &v, sizeof(v), &len, clock_mono_ms())) {
	case SLOTS_HIT:
		return len >= 8 && len == v.len + 8 && v.sum == sum_of(&v, i)
			   ? 0
			   : 1;
	case SLOTS_MISS:
		return 0;
	case SLOTS_BROKEN:
		break;
	}
	return 2;
}

static enum slots_answer
write_one(uint32_t i, uint32_t noise)
{
	unsigned char key[SLOTS_KEY_SIZE];
	struct value v = { .len = sizeof(v.bytes) - noise % 64 };
	int64_t now = clock_mono_ms();

	memset(v.bytes, (int)(noise >> 16), v.len);
	v.sum = sum_of(&v, i);
	key_of(i, key);
	return slots_put(slots, key, &v, v.len + 8, now + DAY, now);
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

	while (atomic_load(rounds) - before < 10) {
		if (clock_left_ms(deadline) == 0)
			return false;
		nanosleep(&moment, NULL);
	}
	rng_bytes(&noise, sizeof(noise));
	random.tv_nsec = noise * 10;
	nanosleep(&random, NULL);
	return true;
}

static int
half_written(void)
{
	int n = 0;

	for (int i = 0; i < SETS * SLOTS_WAYS; i++)
		n += mem[i * SLOT] & 1; /* the sequence */
	return n;
}

static void
killed(void)
{
	pid_t pid[WRITERS];
	int torn = 0, hung = 0, half = 0, seen = 0;

	begin();
	for (int i = 0; i < WRITERS; i++)
		pid[i] = child_start(hammer, NULL);
	for (int i = 0; i < KILLS && hung == 0; i++) {
		int n;

		hung += !let_them_work();
		torn += child_kill(pid[i % WRITERS]) != -SIGKILL;
		n = half_written();
		half += n > seen ? n - seen : 0;
		seen = n;
		for (uint32_t k = 0; k < KEYS; k++)
			torn += read_one(k) == 1;
		pid[i % WRITERS] = child_start(hammer, NULL);
	}
	for (int i = 0; i < WRITERS; i++)
		torn += child_kill(pid[i]) != -SIGKILL;
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
	INTEQ(read_one(STOPPED_SET), 2);
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
	{ "hundreds of killed writers: nothing torn, nothing held, no hang",
	    killed },
	{ "a stopped holder is \"could not look\", for one set, for a moment",
	    stopped },
};
TAP_MAIN(cases)
