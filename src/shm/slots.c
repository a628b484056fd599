/* SPDX-License-Identifier: MIT */
/*
 * One lock a set; a reader who finds what he seeks whole goes without.  Nothing
 * in a set is believed: another process of our user may have died in it, or
 * written nonsense.
 *
 * An entry is a head and as many units, side by side, as its value needs; the
 * first has the head's number.  Whoever writes to units first clears the heads
 * of all that reached into them, also of what is over: another's clock may be
 * behind ours, and for him it would be the wrong value.
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

enum {
	UNITS_MAX = SLOTS_VALUE_MAX / SLOTS_UNIT_SIZE, /* of one entry */
	TAG_SIZE = 8, /* of the key; the rest is in the head */
	REST_SIZE = SLOTS_KEY_SIZE - TAG_SIZE,
};

/* Atomics are read once: what was checked is what is used. */
struct head {
	atomic_uint sequence; /* odd while it is written */
	atomic_uint length;
	atomic_int_fast64_t expires_ms; /* monotonic */
	unsigned char rest[REST_SIZE];
};

/* Tags together: a look that finds nothing reads only those. */
struct set {
	atomic_uint_fast64_t tag[SLOTS_UNITS];
	struct head head[SLOTS_UNITS];
	unsigned char unit[SLOTS_UNITS][SLOTS_UNIT_SIZE];
};

_Static_assert(sizeof(struct set) == SLOTS_SET_SIZE, "a set has its size");

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

static uint64_t
tag_of(const unsigned char *key)
{
	uint64_t tag;

	memcpy(&tag, key, sizeof(tag));
	return tag;
}

static uint32_t
set_of(const struct slots *s, const unsigned char *key)
{
	return (uint32_t)(tag_of(key) % s->n);
}

/* How many units so many bytes need; one for none. */
static int
units_for(size_t len)
{
	return len == 0 ? 1
			: (int)((len + SLOTS_UNIT_SIZE - 1) / SLOTS_UNIT_SIZE);
}

/* The first unit behind the entry, whatever state it is in. */
static int
behind(const struct set *set, int i)
{
	size_t len = atomic_load(&set->head[i].length);
	int n = i + (len > SLOTS_VALUE_MAX ? UNITS_MAX : units_for(len));

	return n > SLOTS_UNITS ? SLOTS_UNITS : n;
}

/* Whole, not past its end, and such as slots_put() would have left it. */
static bool
is_live(const struct set *set, int i, int64_t now)
{
	const struct head *h = &set->head[i];
	int64_t expires = atomic_load(&h->expires_ms);
	size_t len = atomic_load(&h->length);

	return atomic_load(&h->sequence) % 2 == 0 && len <= SLOTS_VALUE_MAX &&
	       i + units_for(len) <= SLOTS_UNITS && expires > now &&
	       expires - now <= LIFE_MAX_MS;
}

/* From i on; -1: no more. */
static int
find(const struct set *set, const unsigned char *key, int i)
{
	uint64_t tag = tag_of(key);

	for (; i < SLOTS_UNITS; i++)
		if (atomic_load_explicit(&set->tag[i], memory_order_relaxed) ==
			tag &&
		    memcmp(set->head[i].rest, key + TAG_SIZE, REST_SIZE) == 0)
			return i;
	return -1;
}

static enum slots_answer
read_entry(const struct set *set, int i, void *out, size_t cap, size_t *len,
    int64_t now)
{
	size_t n = atomic_load(&set->head[i].length);

	if (!is_live(set, i, now) || n > cap || n > SLOTS_VALUE_MAX ||
	    i + units_for(n) > SLOTS_UNITS)
		return SLOTS_MISS;
	memcpy(out, set->unit[i], n);
	*len = n;
	return SLOTS_HIT;
}

/*
 * Without the lock.  A head's sequence moves before anything of its entry does:
 * if it is even and the same before and behind the copy, the copy is whole.
 * False: not found, or not sure.
 */
static bool
glance(const struct set *set, const unsigned char *key, void *out, size_t cap,
    size_t *len, int64_t now)
{
	int i = find(set, key, 0);
	unsigned sequence;

	if (i == -1)
		return false;
	sequence = atomic_load(&set->head[i].sequence);
	if (sequence % 2 != 0 || find(set, key, i) != i ||
	    read_entry(set, i, out, cap, len, now) != SLOTS_HIT)
		return false;
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load(&set->head[i].sequence) == sequence;
}

/* What is there costs no system call; only "not there" needs the lock. */
enum slots_answer
slots_get(struct slots *s, const unsigned char key[SLOTS_KEY_SIZE], void *out,
    size_t cap, size_t *len, int64_t now)
{
	uint32_t n = set_of(s, key);
	enum slots_answer answer = SLOTS_MISS;
	int i;

	if (glance(&s->set[n], key, out, cap, len, now))
		return SLOTS_HIT;
	if (shm_lock_reading(s->locks, SHM_SETS, n,
		clock_mono_ms() + SLOTS_WAIT_MS) == -1)
		return SLOTS_BROKEN;
	i = find(&s->set[n], key, 0);
	if (i != -1)
		answer = read_entry(&s->set[n], i, out, cap, len, now);
	shm_unlock(s->locks, SHM_SETS, n);
	return answer;
}

/* The order is for him who finds it when we are killed in here. */
static void
begin_writing(struct head *h)
{
	atomic_store(&h->sequence, atomic_load(&h->sequence) | 1);
	atomic_thread_fence(memory_order_seq_cst);
}

static void
end_writing(struct head *h)
{
	atomic_thread_fence(memory_order_seq_cst);
	atomic_fetch_add(&h->sequence, 1);
}

static void
clear(struct set *set, int i)
{
	struct head *h = &set->head[i];
	size_t len = atomic_load(&h->length);
	int n = units_for(len);

	begin_writing(h);
	atomic_store(&set->tag[i], 0);
	atomic_store(&h->expires_ms, 0);
	atomic_store(&h->length, 0);
	explicit_bzero(h->rest, sizeof(h->rest));
	/* what has no length of ours may stand before somebody's value */
	if (len <= SLOTS_VALUE_MAX && i + n <= SLOTS_UNITS)
		explicit_bzero(set->unit[i], (size_t)n * SLOTS_UNIT_SIZE);
	end_writing(h);
}

static bool
is_clear(const struct set *set, int i)
{
	return atomic_load(&set->head[i].expires_ms) == 0 &&
	       atomic_load(&set->head[i].length) == 0 &&
	       atomic_load(&set->head[i].sequence) % 2 == 0;
}

/*
 * Nothing reaches into the n units from i on when it returns.  make_room()
 * begins where an entry begins; what is behind others' heads need not.
 */
static void
clear_units(struct set *set, int i, int n)
{
	int first = i < UNITS_MAX ? 0 : i - UNITS_MAX + 1;

	for (int k = first; k < i + n; k++)
		if (!is_clear(set, k) && behind(set, k) > i)
			clear(set, k);
}

static void
fill(struct set *set, int i, const unsigned char *key, const void *value,
    size_t len, int64_t expires_ms)
{
	struct head *h = &set->head[i];

	begin_writing(h);
	atomic_store(&set->tag[i], tag_of(key));
	memcpy(h->rest, key + TAG_SIZE, REST_SIZE);
	memcpy(set->unit[i], value, len);
	atomic_store(&h->length, (unsigned)len);
	atomic_store(&h->expires_ms, expires_ms);
	end_writing(h);
}

/* For each unit the end of the entry that it belongs to; 0: free. */
static void
ends_of(const struct set *set, int64_t now, int64_t end[SLOTS_UNITS])
{
	memset(end, 0, SLOTS_UNITS * sizeof(end[0]));
	for (int i = 0; i < SLOTS_UNITS; i++) {
		int64_t until = atomic_load(&set->head[i].expires_ms);

		if (!is_live(set, i, now))
			continue;
		for (int k = i; k < behind(set, i); k++)
			if (end[k] < until)
				end[k] = until;
	}
}

/*
 * The first of n units whose entries end first, by the last of them; free ones
 * before all.  -1: everywhere is something that ends at `before` or later.
 */
static int
make_room(const struct set *set, int n, int64_t before, int64_t now)
{
	int64_t end[SLOTS_UNITS];
	int best = -1;

	ends_of(set, now, end);
	for (int i = 0; i + n <= SLOTS_UNITS; i++) {
		int64_t last = 0;

		for (int k = i; k < i + n; k++)
			if (last < end[k])
				last = end[k];
		if (last == 0)
			return i;
		if (last < before) {
			best = i;
			before = last;
		}
	}
	return best;
}

/* Under the lock.  Was it there? */
static bool
drop(struct set *set, const unsigned char *key)
{
	bool was = false;

	for (int i = find(set, key, 0); i != -1; i = find(set, key, i + 1)) {
		clear(set, i);
		was = true;
	}
	return was;
}

/* What is to be remembered, in the place of what ends before that. */
struct wish {
	const unsigned char *key;
	const void *value;
	size_t len;
	int64_t expires_ms, before_ms;
};

/* Under the lock.  False: no room. */
static bool
put(struct set *set, const struct wish *w, int64_t now)
{
	int n = units_for(w->len), i = find(set, w->key, 0);

	if (i != -1 && (!is_live(set, i, now) || behind(set, i) != i + n)) {
		drop(set, w->key);
		i = -1;
	}
	if (i == -1) {
		i = make_room(set, n, w->before_ms, now);
		if (i == -1)
			return false;
		clear_units(set, i, n);
	}
	fill(set, i, w->key, w->value, w->len, w->expires_ms);
	return true;
}

static enum slots_answer
remember(struct slots *s, const struct wish *w, int64_t now)
{
	uint32_t n = set_of(s, w->key);
	bool good = w->len <= SLOTS_VALUE_MAX && w->expires_ms > now;

	if (shm_lock(s->locks, SHM_SETS, n, clock_mono_ms() + SLOTS_WAIT_MS) ==
	    -1)
		return SLOTS_BROKEN;
	if (good)
		good = put(&s->set[n], w, now);
	else
		drop(&s->set[n], w->key);
	shm_unlock(s->locks, SHM_SETS, n);
	return good ? SLOTS_HIT : SLOTS_MISS;
}

static int64_t
end_of(int64_t expires_ms, int64_t now)
{
	return expires_ms > now && expires_ms - now > LIFE_MAX_MS
		   ? now + LIFE_MAX_MS
		   : expires_ms;
}

enum slots_answer
slots_put(struct slots *s, const unsigned char key[SLOTS_KEY_SIZE],
    const void *value, size_t len, int64_t expires_ms, int64_t now)
{
	const struct wish w = { key, value, len, end_of(expires_ms, now),
		INT64_MAX };

	return remember(s, &w, now);
}

enum slots_answer
slots_offer(struct slots *s, const unsigned char key[SLOTS_KEY_SIZE],
    const void *value, size_t len, int64_t expires_ms, int64_t now)
{
	int64_t end = end_of(expires_ms, now);
	const struct wish w = { key, value, len, end, end };

	return remember(s, &w, now);
}

enum slots_answer
slots_drop(struct slots *s, const unsigned char key[SLOTS_KEY_SIZE])
{
	uint32_t n = set_of(s, key);
	bool was;

	if (shm_lock(s->locks, SHM_SETS, n, clock_mono_ms() + SLOTS_WAIT_MS) ==
	    -1)
		return SLOTS_BROKEN;
	was = drop(&s->set[n], key);
	shm_unlock(s->locks, SHM_SETS, n);
	return was ? SLOTS_HIT : SLOTS_MISS;
}

static void
add_set(const struct set *set, struct slots_usage *u, int64_t now)
{
	for (int i = 0; i < SLOTS_UNITS; i++) {
		if (!is_live(set, i, now))
			continue;
		u->entries++;
		u->used += (size_t)(behind(set, i) - i);
	}
}

struct slots_usage
slots_usage(const struct slots *s, int64_t now)
{
	struct slots_usage u = { .units = (size_t)s->n * SLOTS_UNITS };

	for (uint32_t n = 0; n < s->n; n++)
		add_set(&s->set[n], &u, now);
	return u;
}

struct slots_usage
slots_glance(const struct slots *s, int64_t now)
{
	struct slots_usage u = { .units = (size_t)s->n * SLOTS_UNITS };
	uint32_t step = 1 + (s->n - 1) / SLOTS_GLANCE, looked = 0;

	for (uint32_t n = 0; n < s->n; n += step, looked++)
		add_set(&s->set[n], &u, now);
	u.entries = u.entries * s->n / looked;
	u.used = u.used * s->n / looked;
	return u;
}
