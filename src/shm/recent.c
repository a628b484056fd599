/* SPDX-License-Identifier: MIT */
/* A set-associative table of tags. */
#include "shm/recent.h"

#include "io/crypt.h"

#include <string.h>

#define NEVER (INT64_MIN / 2)

uint64_t
recent_tag(struct crypt_mac *mac, const char *provider, int kind,
    const char *credential, size_t len)
{
	const struct crypt_part parts[] = {
		{ provider, strlen(provider) },
		{ &kind, sizeof(kind) },
		{ credential, len },
	};

	return crypt_tag(mac, parts, 3);
}

static struct recent_slot *
set_of(const struct recent *r, uint64_t tag)
{
	return (struct recent_slot *)r->slot[tag & (RECENT_SETS - 1)];
}

static struct recent_slot *
find(const struct recent *r, uint64_t tag)
{
	struct recent_slot *set = set_of(r, tag);

	for (int i = 0; i < RECENT_WAYS; i++)
		if (atomic_load_explicit(&set[i].tag, memory_order_relaxed) ==
		    tag)
			return &set[i];
	return NULL;
}

/* When it was good; long ago for a time that nobody can have written. */
static int64_t
good_ms(const struct recent_slot *s, int64_t now)
{
	int64_t good = atomic_load(&s->good_ms);

	return good <= now + RECENT_KEEP_MS ? good : NEVER;
}

void
recent_add(struct recent *r, uint64_t tag, int64_t now)
{
	struct recent_slot *set = set_of(r, tag), *to = find(r, tag);

	if (to == NULL) {
		to = &set[0];
		for (int i = 1; i < RECENT_WAYS; i++)
			if (good_ms(&set[i], now) < good_ms(to, now))
				to = &set[i];
		atomic_store(&to->tag, tag);
	}
	atomic_store_explicit(&to->good_ms, now, memory_order_relaxed);
}

bool
recent_has(const struct recent *r, uint64_t tag, int64_t now)
{
	const struct recent_slot *s = find(r, tag);

	return s != NULL && good_ms(s, now) > now - RECENT_KEEP_MS;
}

void
recent_drop(struct recent *r, uint64_t tag)
{
	struct recent_slot *s = find(r, tag);

	if (s != NULL)
		atomic_store(&s->good_ms, NEVER);
}
