/* SPDX-License-Identifier: MIT */
/* shm/revoked: writers that are killed or stopped, readers all the while. */
#include "tap.h"

#include "base/clock.h"
#include "base/rng.h"
#include "shm/lock.h"
#include "unit/child.h"
#include "unit/memory.h"

#include <signal.h>
#include <stdatomic.h>
#include <time.h>

enum {
	NOW_S = 1800000000,
	NOW_MS = 5000000,
	HOUR = 3600,
	SIZE = 64 + 768, /* one set: everything collides */
	WRITERS = 2,
	KILLS = 1000,
	CHANGES = 100 * 1000,
	KEPT = 4,   /* tags 1..KEPT are refused for longest */
	TAGS = 200, /* others: more than there is room for */
};

static struct revoked *r;
static struct shared *shared;
static atomic_int *rounds;

static void
begin(void)
{
	shared = memory_new();
	revoked_free(&r);
	/* its own table is not used otherwise */
	r = revoked_new(shared->tally, SIZE, shared->file);
	rounds = &shared->ready->migrations;
	atomic_store(rounds, 0);
}

static int
put(uint64_t tag, enum revoked_effect effect, int64_t end_s)
{
	const struct revoked_entry e = {
		.tag = tag,
		.effect = effect,
		.at_s = NOW_S,
		.brief = tag % 2 == 0 && tag > KEPT,
		.until_s = end_s,
	};

	return revoked_put(r, &e, NOW_MS, NOW_S);
}

/* What a tag above KEPT is put with, always. */
static enum revoked_effect
effect_of(uint64_t tag)
{
	return (enum revoked_effect)(tag % REVOKED_EFFECTS);
}

/* Nothing is known of a tag that nobody ever put; what stays is there. */
static int
wrong(void)
{
	struct revoked_question q = { .found_ms = INT64_MAX,
		.issued_s = NOW_S };
	int n = 0;

	for (uint64_t tag = 1; tag <= KEPT; tag++) {
		q.user = tag;
		n += revoked_look(r, &q, NOW_S) != REVOKED_REFUSE;
	}
	for (uint64_t tag = KEPT + 1; tag < TAGS; tag++) {
		q.user = tag;
		n += effect_of(tag) != REVOKED_ALL &&
		     revoked_look(r, &q, NOW_S) != REVOKED_NOT;
	}
	return n;
}

static int
hammer(void *ctx)
{
	uint32_t noise;

	(void)ctx;
	for (;;) {
		rng_bytes(&noise, sizeof(noise));
		for (uint64_t i = 0; i < 32; i++) {
			uint64_t tag = KEPT + 1 + (noise + i) % (TAGS - KEPT);

			put(tag, effect_of(tag), NOW_S + 1 + (int64_t)i);
			put(1 + i % KEPT, REVOKED_RECHECK, NOW_S + HOUR);
		}
		if (wrong() > 0)
			return 1;
		atomic_fetch_add(rounds, 1);
	}
}

static bool
let_them_work(void)
{
	int before = atomic_load(rounds);
	int64_t deadline = clock_mono_ms() + 20 * 1000;
	struct timespec pause = { .tv_nsec = 100 * 1000 };
	uint16_t noise;

	while (atomic_load(rounds) == before) {
		if (clock_left_ms(deadline) == 0)
			return false;
		nanosleep(&pause, NULL);
	}
	rng_bytes(&noise, sizeof(noise));
	pause.tv_nsec = noise * 4;
	nanosleep(&pause, NULL);
	return true;
}

static void
killed(void)
{
	pid_t pid[WRITERS];
	int bad = 0;

	begin();
	for (uint64_t tag = 1; tag <= KEPT; tag++)
		INTEQ(put(tag, REVOKED_ALL, NOW_S + HOUR), 0);
	for (int i = 0; i < KILLS / WRITERS && bad == 0; i++) {
		for (int w = 0; w < WRITERS; w++)
			pid[w] = child_start(hammer, NULL);
		bad += !let_them_work();
		for (int w = 0; w < WRITERS; w++)
			kill(pid[w], SIGKILL);
		for (int w = 0; w < WRITERS; w++)
			bad += child_wait(pid[w]) != -SIGKILL;
		bad += wrong();
	}
	INTEQ(bad, 0);
	INTEQ(put(TAGS, REVOKED_ALL, NOW_S + HOUR), 0);
	CHECK(revoked_count(r, NOW_S) <= 16);
	CHECK(!revoked_is_empty(r, NOW_S));
	revoked_free(&r);
}

/* Each put drives another one out: slots change hands all the time. */
static int
change(void *ctx)
{
	(void)ctx;
	for (uint64_t i = 0; i < INT32_MAX; i++) {
		uint64_t tag = KEPT + 1 + i % (TAGS - KEPT);

		put(tag, effect_of(tag), NOW_S + 1 + (int64_t)i);
		atomic_fetch_add(rounds, 1);
	}
	return 0;
}

static void
meanwhile(void)
{
	int64_t deadline = clock_mono_ms() + 20 * 1000;
	pid_t pid;
	int bad = 0;

	begin();
	for (uint64_t tag = 1; tag <= KEPT; tag++)
		INTEQ(put(tag, REVOKED_ALL, INT64_MAX), 0);
	pid = child_start(change, NULL);
	while (atomic_load(rounds) < CHANGES && clock_left_ms(deadline) > 0)
		bad += wrong();
	INTEQ(bad, 0);
	CHECK(atomic_load(rounds) >= CHANGES);
	child_kill(pid);
	revoked_free(&r);
}

static int
hold(void *ctx)
{
	if (shm_lock(shared->file, SHM_REVOKED, 0, 0) == -1)
		return 1;
	atomic_store((atomic_int *)ctx, 1);
	child_rest();
}

static void
stopped(void)
{
	const struct revoked_question q = { .user = 1 };
	struct timespec moment = { .tv_nsec = 100 * 1000 };
	int64_t began;
	pid_t pid;

	begin();
	INTEQ(put(1, REVOKED_ALL, NOW_S + HOUR), 0);
	pid = child_start(hold, rounds);
	while (atomic_load(rounds) == 0)
		nanosleep(&moment, NULL);
	child_stop(pid);
	began = clock_mono_ms();
	INTEQ(put(2, REVOKED_ALL, NOW_S + HOUR), -1);
	INTEQ(revoked_look(r, &q, NOW_S), REVOKED_REFUSE);
	CHECK(clock_mono_ms() - began < 5000);
	INTEQ(revoked_count(r, NOW_S), 1);
	child_kill(pid);
	INTEQ(put(2, REVOKED_ALL, NOW_S + HOUR), 0);
	INTEQ(revoked_count(r, NOW_S), 2);
	revoked_free(&r);
}

static const struct tap_case cases[] = {
	{ "a thousand killed writers: nothing lost, nothing made up, no hang",
	    killed },
	{ "a reader takes no slot's new owner for the old one", meanwhile },
	{ "a stopped writer holds up other writers for a moment, no reader",
	    stopped },
};
TAP_MAIN(cases)
