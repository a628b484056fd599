/* SPDX-License-Identifier: MIT */
/* hook/event: whatever comes is a thing to do, nothing to do, or refused. */
#include "fuzz/fuzz.h"

#include "base/arena.h"
#include "base/err.h"
#include "hook/event.h"

#include <string.h>

enum { ARENA = 1 << 20 };

static void
check_id(const char *id)
{
	size_t n = strlen(id);

	MUST(n > 0 && n <= REVOCATION_ID_MAX);
	for (size_t i = 0; i < n; i++)
		MUST(id[i] > ' ' && id[i] <= '~');
}

static void
check(int (*read)(const char *, size_t, struct arena *, struct event *,
	  struct err *),
    const uint8_t *data, size_t n, struct arena *a, bool only_evicts)
{
	struct err e = { .kind = ERR_NONE };
	struct event ev;
	int rc = read((const char *)data, n, a, &ev, &e);

	MUST(rc == 0 ? e.kind == ERR_NONE : e.kind == ERR_INPUT);
	if (rc == -1)
		return;
	MUST(ev.type != NULL && strlen(ev.type) <= EVENT_TYPE_MAX);
	if (!ev.matters)
		return;
	check_id(ev.revocation.id);
	MUST(ev.revocation.until_s >= 0);
	MUST(!ev.revocation.gone || (ev.revocation.kind == REVOKED_USER &&
					ev.revocation.effect == REVOKED_ALL));
	MUST(!only_evicts || ev.revocation.effect == REVOKED_RECHECK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(ARENA);

	MUST(a != NULL);
	check(event_read_clerk, data, n, a, false);
	check(event_read_ory, data, n, a, true);
	arena_free(&a);
	return 0;
}
