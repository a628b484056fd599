/* SPDX-License-Identifier: MIT */
/* Finding a line, or claiming one; a lock on its byte says that it is used. */
#include "shm/upstream.h"

#include "base/clock.h"
#include "shm/lock.h"
#include "shm/shmfile.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_MS = 200 }; /* for others who look for their lines */

/* When the host has none to give: the process makes do with its own. */
struct own {
	struct upstream line;
	struct own *next;
};

struct upstream_lines {
	struct upstream *line;
	const struct shmfile *locks;
	pid_t pid;                  /* whose locks `taken` is about */
	bool taken[UPSTREAM_LINES]; /* our locks do not stop ourselves */
	struct own *own;
};

const char *
upstream_count_name(enum upstream_count which)
{
#define NAME(id, name) [UPSTREAM_##id] = name,
	static const char *const names[UPSTREAM_COUNTS] = {
		UPSTREAM_COUNTS_LIST(NAME)
	};
#undef NAME

	return names[which];
}

struct upstream_lines *
upstream_lines_new(struct upstream *mem, const struct shmfile *locks)
{
	struct upstream_lines *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->line = mem;
	l->locks = locks;
	return l;
}

void
upstream_lines_free(struct upstream_lines **l)
{
	if (*l == NULL)
		return;
	for (uint32_t i = 0; i < UPSTREAM_LINES; i++)
		if ((*l)->taken[i] && (*l)->pid == getpid())
			shm_unlock((*l)->locks, SHM_LINE_USED, i);
	while ((*l)->own != NULL) {
		struct own *o = (*l)->own;

		(*l)->own = o->next;
		free(o);
	}
	free(*l);
	*l = NULL;
}

static bool
is_of(const struct upstream *u, const unsigned char *scope)
{
	return memcmp(u->scope, scope, UPSTREAM_SCOPE_SIZE) == 0;
}

static bool
is_free(const struct upstream *u)
{
	static const unsigned char nobody[UPSTREAM_SCOPE_SIZE];

	return is_of(u, nobody);
}

/* No process that lives uses it: then its byte is ours for now. */
static bool
is_unused(const struct upstream_lines *l, uint32_t i)
{
	return !l->taken[i] && shm_lock(l->locks, SHM_LINE_USED, i, 0) == 0;
}

/* A free one, else the one that nobody looked for longest; -1: none. */
static int
choose(const struct upstream_lines *l)
{
	int best = -1;

	for (uint32_t i = 0; i < UPSTREAM_LINES; i++) {
		const struct upstream *u = &l->line[i];

		if (best != -1 && !is_free(u) &&
		    (is_free(&l->line[best]) ||
			atomic_load(&u->used_ms) >=
			    atomic_load(&l->line[best].used_ms)))
			continue;
		if (!is_unused(l, i))
			continue;
		shm_unlock(l->locks, SHM_LINE_USED, i);
		best = (int)i;
	}
	return best;
}

/* The scope last: who dies in here leaves a free line. */
static void
claim(struct upstream *u, const unsigned char *scope)
{
	memset(u->scope, 0, sizeof(u->scope));
	atomic_thread_fence(memory_order_seq_cst);
	memset((char *)u + sizeof(u->scope), 0, sizeof(*u) - sizeof(u->scope));
	atomic_thread_fence(memory_order_seq_cst);
	memcpy(u->scope, scope, sizeof(u->scope));
}

const struct upstream *
upstream_look(const struct upstream_lines *l,
    const unsigned char scope[UPSTREAM_SCOPE_SIZE])
{
	for (const struct own *o = l->own; o != NULL; o = o->next)
		if (is_of(&o->line, scope))
			return &o->line;
	for (int i = 0; i < UPSTREAM_LINES; i++)
		if (is_of(&l->line[i], scope))
			return &l->line[i];
	return NULL;
}

/* Under SHM_LINES.  NULL: the host has none for us. */
static struct upstream *
take(struct upstream_lines *l, const unsigned char *scope, int64_t now)
{
	int i = 0;

	while (i < UPSTREAM_LINES && !is_of(&l->line[i], scope))
		i++;
	if (i == UPSTREAM_LINES) {
		i = choose(l);
		if (i == -1)
			return NULL;
		claim(&l->line[i], scope);
	}
	if (shm_lock_reading(l->locks, SHM_LINE_USED, (uint32_t)i, 0) == -1)
		return NULL;
	l->taken[i] = true;
	atomic_store(&l->line[i].used_ms, now);
	return &l->line[i];
}

static struct upstream *
make_own(struct upstream_lines *l, const unsigned char *scope)
{
	struct own *o = l->own;

	while (o != NULL && !is_of(&o->line, scope))
		o = o->next;
	if (o != NULL)
		return &o->line;
	o = aligned_alloc(_Alignof(struct own), sizeof(*o));
	if (o == NULL)
		return NULL;
	memset(o, 0, sizeof(*o));
	memcpy(o->line.scope, scope, sizeof(o->line.scope));
	o->next = l->own;
	l->own = o;
	return &o->line;
}

struct upstream *
upstream_find(struct upstream_lines *l,
    const unsigned char scope[UPSTREAM_SCOPE_SIZE], int64_t now)
{
	struct upstream *u = NULL;

	if (l->pid != getpid()) {
		memset(l->taken, 0, sizeof(l->taken));
		l->pid = getpid();
	}
	if (shm_lock(l->locks, SHM_LINES, 0, clock_mono_ms() + WAIT_MS) == 0) {
		u = take(l, scope, now);
		shm_unlock(l->locks, SHM_LINES, 0);
	}
	return u != NULL ? u : make_own(l, scope);
}

/* The index of a line in the file; -1: one of our own. */
static int
index_of(const struct upstream_lines *l, const struct upstream *u)
{
	for (int i = 0; i < UPSTREAM_LINES; i++)
		if (u == &l->line[i])
			return i;
	return -1;
}

bool
upstream_is_common(const struct upstream_lines *l, const struct upstream *u)
{
	return index_of(l, u) != -1;
}

static enum shm_area
area_of(enum upstream_lock what)
{
	return what == UPSTREAM_DATA ? SHM_LINE_DATA : SHM_LINE_FETCH;
}

int
upstream_lock(const struct upstream_lines *l, const struct upstream *u,
    enum upstream_lock what, int64_t deadline)
{
	int i = index_of(l, u);

	return i == -1
		   ? 0
		   : shm_lock(l->locks, area_of(what), (uint32_t)i, deadline);
}

void
upstream_unlock(const struct upstream_lines *l, const struct upstream *u,
    enum upstream_lock what)
{
	int i = index_of(l, u);

	if (i != -1)
		shm_unlock(l->locks, area_of(what), (uint32_t)i);
}
