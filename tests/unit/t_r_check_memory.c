/* SPDX-License-Identifier: MIT */
/* route/r_check: memory that ends at any point of a check is never a yes. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "shm/shared.h"
#include "unit/guarded.h"
#include "unit/world.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST = 64, MOST = 64 << 10, STEP = 16, STATUSES = 600, ENOUGH = 10 };

static const char rules[] =
    "guard: { rules = ( { path = \"/in/\"; subjects = [ \"" WORLD_USER
    "\" ]; } ); };";

static struct peer peer;

/* As many sizes as it takes; how often each status came. */
static void
shrink(enum guarded_form form, const struct guarded *ask, int *count)
{
	struct world w;

	guarded_open(&w, rules);
	/* kept from here on: to ask takes more memory than all the rest */
	atomic_store(&w.shared->news->read_ms, clock_mono_ms());
	stub_json(w.stub, "/sessions/whoami", 200,
	    "Ory-Session-Cache-For: 60\r\n", WORLD_SESSION);
	guarded_ask(&peer, form, ask);
	world_serve(&w, &peer);
	guarded_check_yes(&peer, form, true);
	arena_free(&w.arena);
	for (size_t size = LEAST; size < MOST; size += STEP) {
		int status;

		tap_row("%s, %zu bytes", guarded_names[form], size);
		atomic_store(&w.shared->news->read_ms, clock_mono_ms());
		w.arena = arena_new(size);
		guarded_ask(&peer, form, ask);
		world_serve(&w, &peer);
		arena_free(&w.arena);
		INTEQ(peer.ended, 1);
		if (!CHECK(strncmp(peer.answer, "Status: ", 8) == 0))
			continue;
		status = (int)strtol(peer.answer + 8, NULL, 10);
		if (status > 0 && status < STATUSES)
			count[status]++;
		if (status == 200 || status == 204) {
			guarded_check_yes(&peer, form, true);
			if (count[status] == ENOUGH)
				break;
			continue;
		}
		CHECK(strstr(peer.answer, "Variable-") == NULL);
		CHECK(strstr(peer.answer, "X-Auth-User") == NULL);
	}
	world_close(&w);
}

static void
each_size(const char *name, const char *value)
{
	const struct guarded ask = { "GET", "/in/a?b=c", { { name, value } } };

	for (int form = 0; form < GUARDED_FORMS; form++) {
		int count[STATUSES] = { 0 };

		shrink((enum guarded_form)form, &ask, count);
		tap_row("%s", guarded_names[form]);
		INTEQ(count[form == GUARDED_ROUTE ? 204 : 200], ENOUGH);
		CHECK(count[500] + count[503] > 50);
		/* nobody found out that it is not a good one */
		INTEQ(count[401] + count[403], 0);
	}
}

static void
token(void)
{
	each_size("HTTP_X_SESSION_TOKEN", WORLD_TOKEN);
}

static void
cookie(void)
{
	each_size("HTTP_COOKIE", "a=b; ory_kratos_session=abc; c=d");
}

static const struct tap_case cases[] = {
	{ "memory that ends anywhere is an error, told whole", token },
	{ "with a session in a cookie as well", cookie },
};
TAP_MAIN(cases)
