/* SPDX-License-Identifier: MIT */
/* Each side writes its own position and reads the other's. */
#include "shm/rings.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/* Bytes since the beginning, written and read; on lines of their own, so that
 * the two sides do not take them from each other. */
struct place {
	_Alignas(64) atomic_uint_fast64_t written;
	_Alignas(64) atomic_uint_fast64_t read;
};

struct rings {
	int n;
	size_t size;                    /* of all this */
	_Alignas(64) atomic_int reader; /* 0: none */
	atomic_int used; /* rings from here on were never written to */
	atomic_bool sleeps;
	struct place place[]; /* n, and behind them the rings */
};

static unsigned char *
ring(struct rings *r, int i)
{
	return (unsigned char *)(r->place + r->n) + (size_t)i * RINGS_SIZE;
}

struct rings *
rings_new(int n)
{
	size_t size = sizeof(struct rings) +
		      (size_t)n * (sizeof(struct place) + RINGS_SIZE);
	struct rings *r = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (r == MAP_FAILED)
		return NULL;
	r->n = n;
	r->size = size;
	return r;
}

void
rings_free(struct rings **r)
{
	if (*r != NULL)
		munmap(*r, (*r)->size);
	*r = NULL;
}

/* The part of n bytes from a position on that stands before the ring's end. */
static size_t
before_end(uint64_t at, size_t n)
{
	size_t left = RINGS_SIZE - at % RINGS_SIZE;

	return n < left ? n : left;
}

static void
copy_in(unsigned char *ring, uint64_t at, const void *data, size_t n)
{
	size_t first = before_end(at, n);

	memcpy(ring + at % RINGS_SIZE, data, first);
	memcpy(ring, (const unsigned char *)data + first, n - first);
}

static void
copy_out(const unsigned char *ring, uint64_t at, void *data, size_t n)
{
	size_t first = before_end(at, n);

	memcpy(data, ring + at % RINGS_SIZE, first);
	memcpy((unsigned char *)data + first, ring, n - first);
}

static void
note_used(struct rings *r, int i)
{
	int used = atomic_load_explicit(&r->used, memory_order_relaxed);

	while (used <= i)
		if (atomic_compare_exchange_weak(&r->used, &used, i + 1))
			return;
}

enum rings_put
rings_put(struct rings *r, int i, const void *data, size_t n)
{
	struct place *p = &r->place[i];
	uint64_t at = atomic_load_explicit(&p->written, memory_order_relaxed);
	uint64_t waiting =
	    at - atomic_load_explicit(&p->read, memory_order_acquire);
	const uint32_t size = (uint32_t)n;
	const size_t whole = sizeof(size) + n, half = RINGS_SIZE / 2;

	if (n == 0 || n > RINGS_PIECE_MAX || waiting > RINGS_SIZE - whole)
		return RINGS_FULL;
	note_used(r, i);
	copy_in(ring(r, i), at, &size, sizeof(size));
	copy_in(ring(r, i), at + sizeof(size), data, n);
	/* seen before `sleeps` is looked at: see rings_sleep() */
	atomic_store(&p->written, at + whole);
	if (waiting < half && waiting + whole >= half)
		return RINGS_WAKE;
	return atomic_load(&r->sleeps) && atomic_exchange(&r->sleeps, false)
		   ? RINGS_WAKE
		   : RINGS_TAKEN;
}

bool
rings_claim(struct rings *r, pid_t reader)
{
	int nobody = 0;

	return atomic_load(&r->reader) == reader ||
	       atomic_compare_exchange_strong(&r->reader, &nobody, reader);
}

void
rings_release(struct rings *r, pid_t reader)
{
	int owner = reader;

	atomic_compare_exchange_strong(&r->reader, &owner, 0);
}

int
rings_get(struct rings *r, int i, void *out)
{
	struct place *p = &r->place[i];
	uint64_t at = atomic_load_explicit(&p->read, memory_order_relaxed);
	uint64_t end = atomic_load_explicit(&p->written, memory_order_acquire);
	uint32_t size = 0;

	if (at == end)
		return 0;
	if (end - at > sizeof(size) && end - at <= RINGS_SIZE)
		copy_out(ring(r, i), at, &size, sizeof(size));
	if (size == 0 || size > RINGS_PIECE_MAX ||
	    size > end - at - sizeof(size)) {
		atomic_store_explicit(&p->read, end, memory_order_release);
		return -1;
	}
	copy_out(ring(r, i), at + sizeof(size), out, size);
	atomic_store_explicit(&p->read, at + sizeof(size) + size,
	    memory_order_release);
	return (int)size;
}

int
rings_used(const struct rings *r)
{
	int used = atomic_load(&r->used);

	return used < r->n ? used : r->n;
}

bool
rings_sleep(struct rings *r)
{
	/* Either a writer sees this, or we see what it wrote. */
	atomic_store(&r->sleeps, true);
	for (int i = rings_used(r) - 1; i >= 0; i--) {
		struct place *p = &r->place[i];

		if (atomic_load(&p->written) != atomic_load(&p->read)) {
			atomic_store(&r->sleeps, false);
			return false;
		}
	}
	return true;
}
