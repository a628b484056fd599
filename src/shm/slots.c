/* SPDX-License-Identifier: MIT */
/*
 * One lock a set, readers too.  Nothing in a slot is believed: another process
 * of our user may have died in it, or written nonsense.
 */
#include "shm/slots.h"

#include "base/clock.h"
#include "shm/lock.h"
#include "shm/shmfile.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LIFE_MAX_MS ((int64_t)SLOTS_LIFE_MAX_DAYS * 24 * 3600 * 1000)

/* Atomics are read once: what was checked is what is used. */
struct slot {
	atomic_uint sequence; /* odd while it is written */
	atomic_uint length;
	atomic_int_fast64_t expires_ms; /* monotonic */
	unsigned char key[SLOTS_KEY_SIZE];
	unsigned char value[SLOTS_VALUE_MAX];
};

struct set {
	struct slot slot[SLOTS_WAYS];
};

_Static_assert(sizeof(struct set) == SLOTS_SET_SIZE, "a slot has its size");

struct slots {
	struct set *set;
	uint32_t n; /* of sets */
	const struct shmfile *locks;
	struct crypt_mac *mac; /* made at the first use, after the fork */
};

struct slots *
slots_new(void *mem, size_t size, const struct shmfile *locks)
{
	struct slots *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->set = mem;
	s->n = (uint32_t)(size / sizeof(struct set));
	s->locks = locks;
	return s;
}

void
slots_free(struct slots **s)
{
	if (*s == NULL)
		return;
	crypt_mac_free(&(*s)->mac);
	free(*s);
	*s = NULL;
}

void
slots_key(struct slots *s, const struct crypt_part *parts, size_t n,
    unsigned char key[SLOTS_KEY_SIZE])
{
	if (s->mac == NULL)
		s->mac = shmfile_mac(s->locks, "slots");
	/* Fails only without memory; a key of another entry is worse. */
	if (s->mac == NULL)
		abort();
	crypt_mac(s->mac, parts, n, key);
}

static uint32_t
set_of(const struct slots *s, const unsigned char *key)
{
	uint64_t head;

	memcpy(&head, key, sizeof(head));
	return (uint32_t)(head % s->n);
}

/* Whole, not past its end, and such as slots_put() would have left it. */
static bool
is_live(const struct slot *s, int64_t now)
{
	int64_t expires = atomic_load(&s->expires_ms);

	return atomic_load(&s->sequence) % 2 == 0 &&
	       atomic_load(&s->length) <= SLOTS_VALUE_MAX && expires > now &&
	       expires - now <= LIFE_MAX_MS;
}

static struct slot *
find(struct set *set, const unsigned char *key)
{
	for (int i = 0; i < SLOTS_WAYS; i++)
		if (memcmp(set->slot[i].key, key, SLOTS_KEY_SIZE) == 0)
			return &set->slot[i];
	return NULL;
}

static enum slots_answer
read_slot(const struct slot *s, void *out, size_t cap, size_t *len, int64_t now)
{
	size_t n = atomic_load(&s->length);

	if (!is_live(s, now) || n > SLOTS_VALUE_MAX || n > cap)
		return SLOTS_MISS;
	memcpy(out, s->value, n);
	*len = n;
	return SLOTS_HIT;
}

enum slots_answer
slots_get(struct slots *s, const unsigned char key[SLOTS_KEY_SIZE], void *out,
    size_t cap, size_t *len, int64_t now)
{
	uint32_t i = set_of(s, key);
	enum slots_answer answer = SLOTS_MISS;
	const struct slot *slot;

	if (shm_lock_reading(s->locks, SHM_SETS, i,
		clock_mono_ms() + SLOTS_WAIT_MS) == -1)
		return SLOTS_BROKEN;
	slot = find(&s->set[i], key);
	if (slot != NULL)
		answer = read_slot(slot, out, cap, len, now);
	shm_unlock(s->locks, SHM_SETS, i);
	return answer;
}

/* The order is for him who finds it when we are killed in here. */
static void
begin_writing(struct slot *s)
{
	atomic_store(&s->sequence, atomic_load(&s->sequence) | 1);
	atomic_thread_fence(memory_order_seq_cst);
}

static void
end_writing(struct slot *s)
{
	atomic_thread_fence(memory_order_seq_cst);
	atomic_fetch_add(&s->sequence, 1);
}

static void
clear(struct slot *s)
{
	begin_writing(s);
	atomic_store(&s->expires_ms, 0);
	atomic_store(&s->length, 0);
	explicit_bzero(s->key, sizeof(s->key));
	explicit_bzero(s->value, sizeof(s->value));
	end_writing(s);
}

static void
fill(struct slot *s, const unsigned char *key, const void *value, size_t len,
    int64_t expires_ms)
{
	begin_writing(s);
	memcpy(s->key, key, SLOTS_KEY_SIZE);
	memcpy(s->value, value, len);
	atomic_store(&s->length, (unsigned)len);
	atomic_store(&s->expires_ms, expires_ms);
	end_writing(s);
}

/* A free slot, else the one that ends first unless that is after `until`. */
static struct slot *
make_room(struct set *set, int64_t until, int64_t now)
{
	struct slot *first = NULL;

	for (int i = 0; i < SLOTS_WAYS; i++) {
		struct slot *s = &set->slot[i];
		int64_t end = atomic_load(&s->expires_ms);

		if (!is_live(s, now))
			return s;
		if (end <= until) {
			first = s;
			until = end;
		}
	}
	return first;
}

enum slots_answer
slots_put(struct slots *s, const unsigned char key[SLOTS_KEY_SIZE],
    const void *value, size_t len, int64_t expires_ms, int64_t now)
{
	uint32_t i = set_of(s, key);
	bool good = len <= SLOTS_VALUE_MAX && expires_ms > now;
	struct slot *slot;

	if (good && expires_ms - now > LIFE_MAX_MS)
		expires_ms = now + LIFE_MAX_MS;
	if (shm_lock(s->locks, SHM_SETS, i, clock_mono_ms() + SLOTS_WAIT_MS) ==
	    -1)
		return SLOTS_BROKEN;
	slot = find(&s->set[i], key);
	if (slot != NULL && !good)
		clear(slot);
	else if (slot == NULL && good)
		slot = make_room(&s->set[i], expires_ms, now);
	if (slot != NULL && good)
		fill(slot, key, value, len, expires_ms);
	shm_unlock(s->locks, SHM_SETS, i);
	return slot != NULL && good ? SLOTS_HIT : SLOTS_MISS;
}

enum slots_answer
slots_drop(struct slots *s, const unsigned char key[SLOTS_KEY_SIZE])
{
	uint32_t i = set_of(s, key);
	enum slots_answer answer = SLOTS_MISS;

	if (shm_lock(s->locks, SHM_SETS, i, clock_mono_ms() + SLOTS_WAIT_MS) ==
	    -1)
		return SLOTS_BROKEN;
	for (int w = 0; w < SLOTS_WAYS; w++) {
		struct slot *slot = &s->set[i].slot[w];

		if (memcmp(slot->key, key, SLOTS_KEY_SIZE) != 0)
			continue;
		clear(slot);
		answer = SLOTS_HIT;
	}
	shm_unlock(s->locks, SHM_SETS, i);
	return answer;
}
