/* SPDX-License-Identifier: MIT */
/*
 * Sets of entries.  What is known of a tag only ever grows, field by field,
 * each store leaving something that is true; a slot changes its owner by way of
 * "nobody's".  So readers need no lock, and a writer may die anywhere.
 */
#include "shm/revoked.h"

#include "base/clock.h"
#include "io/crypt.h"
#include "shm/lock.h"
#include "shm/shmfile.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	WAYS = 16,
	WAIT_MS = 50,         /* for another writer, who needs a microsecond */
	TRIES = 4,            /* of a reader who meets writers */
	AHEAD_MS = 60 * 1000, /* no clock of this host is */
	YOUNG_MS = 3600 * 1000,
	AGE_MAX_S = 10 * 365 * 24 * 3600, /* nothing is kept that long */
};

/* Many: ends are seconds since 1970 up to 2106. */
struct entry {
	atomic_uint_fast64_t row;
	/* latest change, monotonic; of a brief one when it was revoked.  Found
	 * out until then: to be asked again */
	atomic_int_fast64_t put_ms;
	atomic_uint_least32_t recheck_until_s;
	/* issued before: refused */
	atomic_uint_least32_t older_s;
	atomic_uint_least32_t older_until_s;
	/* refused: for any reason; and for one that is not brief */
	atomic_uint_least32_t all_until_s;
	atomic_uint_least32_t firm_until_s;
};

/* The tags of a set together: a look that finds nothing reads only those. */
struct set {
	_Alignas(64) atomic_uint_fast64_t tag[WAYS]; /* 0: free */
	struct entry entry[WAYS];
};

_Static_assert(sizeof(struct set) == WAYS * 48, "48 bytes each");

struct head {
	_Alignas(64) atomic_int_fast64_t until_s; /* end of the last to end */
	/* there was no room for something that was put up to then */
	atomic_int_fast64_t lost_ms;
	atomic_uint_fast64_t lost; /* how often that mattered */
};

struct revoked {
	struct head *head;
	struct set *set;
	size_t n;
	const struct shmfile *locks;
};

struct revoked *
revoked_new(void *mem, size_t size, const struct shmfile *locks)
{
	struct revoked *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->head = mem;
	r->set = (struct set *)((char *)mem + sizeof(struct head));
	r->n = (size - sizeof(struct head)) / sizeof(struct set);
	r->locks = locks;
	return r;
}

void
revoked_free(struct revoked **r)
{
	free(*r);
	*r = NULL;
}

uint64_t
revoked_tag(struct crypt_mac *mac, const char *provider, enum revoked_kind kind,
    const char *id)
{
	static const char *const kinds[REVOKED_KINDS] = { "session", "user" };
	const struct crypt_part parts[] = {
		{ provider, strlen(provider) },
		{ kinds[kind], strlen(kinds[kind]) },
		{ id, strlen(id) },
	};

	return crypt_tag(mac, parts, 3);
}

static void
grow(atomic_int_fast64_t *to, int64_t value)
{
	if (atomic_load(to) < value)
		atomic_store(to, value);
}

static void
grow_s(atomic_uint_least32_t *to, int64_t value)
{
	uint32_t s = value < 0 ? 0 : (uint32_t)value;

	if (value > UINT32_MAX)
		s = UINT32_MAX;
	if (atomic_load(to) < s)
		atomic_store(to, s);
}

/* What loses its place before what, in a full set. */
enum worth {
	OVER,
	ASK_OLD,
	BRIEF_OLD,
	ASK,
	BRIEF,
	FIRM,
};

struct rank {
	enum worth worth;
	int64_t order; /* among those of equal worth */
};

static bool
is_less(const struct rank *a, const struct rank *b)
{
	return a->worth != b->worth ? a->worth < b->worth : a->order < b->order;
}

static struct rank
rank_of(const struct entry *e, int64_t now_ms, int64_t now_s)
{
	int64_t put = atomic_load(&e->put_ms);
	int64_t end = atomic_load(&e->older_until_s);
	bool young = put > now_ms - YOUNG_MS;

	if (atomic_load(&e->firm_until_s) > end)
		end = atomic_load(&e->firm_until_s);
	if (end > now_s)
		return (struct rank){ FIRM, end };
	if (atomic_load(&e->all_until_s) > now_s)
		return (struct rank){ young ? BRIEF : BRIEF_OLD, put };
	if (atomic_load(&e->recheck_until_s) > now_s)
		return (struct rank){ young ? ASK : ASK_OLD, put };
	return (struct rank){ OVER, 0 };
}

/* A wall clock that was wrong makes it young, or ten years old. */
static int64_t
put_ms_of(const struct revoked_entry *e, int64_t now_ms, int64_t now_s)
{
	int64_t age = 0;

	if (e->effect == REVOKED_ALL && e->brief && e->at_s > 0 &&
	    e->at_s < now_s)
		age = now_s - e->at_s;
	return now_ms - (age < AGE_MAX_S ? age : AGE_MAX_S) * 1000;
}

static int
way_of(const struct set *set, uint64_t tag)
{
	for (int i = 0; i < WAYS; i++)
		if (atomic_load_explicit(&set->tag[i], memory_order_acquire) ==
		    tag)
			return i;
	return -1;
}

/* Who refuses and is young takes anybody's place. */
static bool
gives_way(const struct rank *to, const struct rank *r)
{
	return to->worth >= BRIEF || !is_less(to, r);
}

/* The way to be used for something of this rank; -1: none. */
static int
make_room(const struct set *set, const struct rank *to, int64_t now_ms,
    int64_t now_s, struct rank *least)
{
	int best = -1;

	for (int i = 0; i < WAYS; i++) {
		struct rank r = { OVER, INT64_MIN };

		if (atomic_load(&set->tag[i]) != 0)
			r = rank_of(&set->entry[i], now_ms, now_s);
		if (best != -1 && !is_less(&r, least))
			continue;
		best = i;
		*least = r;
	}
	return gives_way(to, least) ? best : -1;
}

/*
 * What was put then is known no longer, and verdicts since may be wrong.  A
 * refusal that is brief and old is the only one that nobody needs.
 */
static void
lose(struct revoked *r, enum worth worth, int64_t put_ms)
{
	if (worth == OVER || worth == BRIEF_OLD)
		return;
	grow(&r->head->lost_ms, put_ms);
	if (worth != ASK_OLD)
		atomic_fetch_add(&r->head->lost, 1);
}

/* Makes it nobody's and empty; who fills it gives it its tag last. */
static struct entry *
clear(struct set *set, int i)
{
	struct entry *e = &set->entry[i];

	atomic_store(&set->tag[i], 0);
	atomic_thread_fence(memory_order_seq_cst);
	atomic_store(&e->row, 0);
	atomic_store(&e->put_ms, INT64_MIN);
	atomic_store(&e->recheck_until_s, 0);
	atomic_store(&e->older_s, 0);
	atomic_store(&e->older_until_s, 0);
	atomic_store(&e->all_until_s, 0);
	atomic_store(&e->firm_until_s, 0);
	return e;
}

/* The time before its end: half of it is true as well. */
static void
add(struct entry *e, const struct revoked_entry *add, int64_t put_ms)
{
	grow(&e->put_ms, put_ms);
	switch (add->effect) {
	case REVOKED_RECHECK:
		grow_s(&e->recheck_until_s, add->until_s);
		break;
	case REVOKED_OLDER:
		grow_s(&e->older_s, add->at_s);
		grow_s(&e->older_until_s, add->until_s);
		break;
	case REVOKED_ALL:
	case REVOKED_EFFECTS:
		if (!add->brief)
			grow_s(&e->firm_until_s, add->until_s);
		grow_s(&e->all_until_s, add->until_s);
		break;
	}
	/* last: only what is all there is not done again */
	atomic_store(&e->row, add->row);
}

/* Of a tag that is not there. */
static void
put_new(struct revoked *r, struct set *set, const struct revoked_entry *what,
    int64_t now_ms, int64_t now_s)
{
	struct entry only = { .put_ms = INT64_MIN };
	int64_t put_ms = put_ms_of(what, now_ms, now_s);
	struct rank rank, least = { OVER, 0 };
	int i;

	add(&only, what, put_ms);
	rank = rank_of(&only, now_ms, now_s);
	i = make_room(set, &rank, now_ms, now_s, &least);
	if (i == -1) {
		lose(r, rank.worth, put_ms);
		return;
	}
	lose(r, least.worth, atomic_load(&set->entry[i].put_ms));
	add(clear(set, i), what, put_ms);
	atomic_store_explicit(&set->tag[i], what->tag, memory_order_release);
}

/* Under the lock. */
static void
put(struct revoked *r, const struct revoked_entry *what, int64_t now_ms,
    int64_t now_s)
{
	struct set *set = &r->set[what->tag % r->n];
	int i = way_of(set, what->tag);

	if (atomic_load(&r->head->lost_ms) > now_ms + AHEAD_MS)
		atomic_store(&r->head->lost_ms, now_ms); /* nonsense */
	grow(&r->head->until_s, what->until_s);
	if (i == -1)
		put_new(r, set, what, now_ms, now_s);
	else if (what->row == 0 || atomic_load(&set->entry[i].row) != what->row)
		add(&set->entry[i], what, put_ms_of(what, now_ms, now_s));
}

int
revoked_put(struct revoked *r, const struct revoked_entry *entry,
    int64_t now_ms, int64_t now_s)
{
	if (entry->tag == 0 || entry->until_s <= now_s)
		return 0;
	if (shm_lock(r->locks, SHM_REVOKED, 0, clock_mono_ms() + WAIT_MS) == -1)
		return -1;
	put(r, entry, now_ms, now_s);
	shm_unlock(r->locks, SHM_REVOKED, 0);
	return 0;
}

static enum revoked_answer
judge(const struct entry *e, const struct revoked_question *q, int64_t now_s)
{
	if (atomic_load(&e->all_until_s) > now_s)
		return REVOKED_REFUSE;
	if (atomic_load(&e->older_until_s) > now_s &&
	    q->issued_s < atomic_load(&e->older_s))
		return REVOKED_REFUSE;
	if (atomic_load(&e->recheck_until_s) > now_s &&
	    q->found_ms <= atomic_load(&e->put_ms))
		return REVOKED_ASK;
	return REVOKED_NOT;
}

static enum revoked_answer
look(const struct revoked *r, uint64_t tag, const struct revoked_question *q,
    int64_t now_s)
{
	const struct set *set = &r->set[tag % r->n];
	enum revoked_answer answer = REVOKED_NOT;

	for (int i = 0; i < TRIES; i++) {
		int way = way_of(set, tag);

		if (way == -1)
			return REVOKED_NOT;
		answer = judge(&set->entry[way], q, now_s);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load(&set->tag[way]) == tag)
			break; /* what we read was about this tag */
	}
	return answer;
}

enum revoked_answer
revoked_look(const struct revoked *r, const struct revoked_question *q,
    int64_t now_s)
{
	enum revoked_answer a = REVOKED_NOT, b = REVOKED_NOT;

	if (q->session != 0)
		a = look(r, q->session, q, now_s);
	if (q->user != 0)
		b = look(r, q->user, q, now_s);
	if (q->found_ms <= atomic_load(&r->head->lost_ms) && a == REVOKED_NOT)
		a = REVOKED_ASK;
	return a > b ? a : b;
}

bool
revoked_is_empty(const struct revoked *r, int64_t now_s)
{
	return atomic_load(&r->head->until_s) <= now_s;
}

int
revoked_count(const struct revoked *r, int64_t now_s)
{
	int n = 0;

	for (size_t i = 0; i < r->n; i++)
		for (int w = 0; w < WAYS; w++)
			n += atomic_load(&r->set[i].tag[w]) != 0 &&
			     rank_of(&r->set[i].entry[w], 0, now_s).worth !=
				 OVER;
	return n;
}

uint64_t
revoked_lost(const struct revoked *r)
{
	return atomic_load(&r->head->lost);
}
