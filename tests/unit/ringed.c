/* SPDX-License-Identifier: MIT */
/* Time passes by writing earlier times into the line. */
#include "unit/ringed.h"

#include "auth/jwt.h"
#include "base/arena.h"
#include "base/clock.h"
#include "unit/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUDGET_MS = 1000 };

static void
must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! ringed: %s\n", what);
	exit(1);
}

void
ringed_reopen(struct ringed *r)
{
	static const unsigned char scope[UPSTREAM_SCOPE_SIZE] = "ringed";

	r->outside.line =
	    upstream_find(r->shared->lines, scope, clock_mono_ms());
	must(r->outside.line != NULL, "line");
	r->ring = &r->outside.line->ring;
}

void
ringed_open(struct ringed *r)
{
	*r = (struct ringed){ .stub = stub_start() };
	r->shared = memory_new();
	r->arena = arena_new(4 << 20);
	must(r->arena != NULL, "memory");
	atomic_store(&r->shared->board->limit, 1);
	r->outside.shared = r->shared;
	r->outside.slot = board_take(r->shared->board, 1);
	board_set(r->shared->board, r->outside.slot, BOARD_BUSY,
	    clock_mono_ms());
	ringed_reopen(r);
	snprintf(r->url, sizeof(r->url), "%s/keys", stub_url(r->stub));
}

void
ringed_close(struct ringed *r)
{
	arena_free(&r->arena);
	stub_stop(&r->stub);
}

struct keys_options
ringed_options(const struct ringed *r)
{
	return (struct keys_options){
		.pem = "",
		.url = r->url,
		.issuer = "",
		.secret = "",
		.algs = KEY_BIT(KEY_RS256),
		.timeout_ms = RINGED_TIMEOUT_MS,
		.ca_file = "",
		.outside = &r->outside,
	};
}

struct keys *
ringed_keys(struct ringed *r)
{
	const struct keys_options o = ringed_options(r);
	struct err e = { 0 };
	struct keys *k = keys_new(&o, &e);

	must(k != NULL, e.text);
	return k;
}

struct auth_answer
ringed_check(struct ringed *r, struct keys *k, const char *token)
{
	struct auth_answer answer = { .verdict = AUTH_DENY };
	const char *why;
	struct jwt t;

	why = jwt_open(&t, token, strlen(token), r->arena);
	must(why == NULL, why);
	keys_check(k, &t, clock_mono_ms() + BUDGET_MS, r->arena, &answer);
	jwt_close(&t);
	return answer;
}

void
ringed_serve(struct ringed *r, const char *set)
{
	char *text;

	must(asprintf(&text,
		 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
		 "Connection: close\r\n\r\n%s",
		 strlen(set), set) > 0,
	    "memory");
	stub_raw(r->stub, "/keys", STUB_CLOSE, text);
	free(text);
}

static void
earlier(atomic_int_fast64_t *t, int64_t ms)
{
	if (atomic_load(t) != 0)
		atomic_fetch_sub(t, ms);
}

void
ringed_age(struct ringed *r, int64_t ms)
{
	earlier(&r->ring->fetched_ms, ms);
	earlier(&r->ring->closed_ms, ms);
	earlier(&r->ring->forced_ms, ms);
	earlier(&r->ring->found_ms, ms);
	for (int i = 0; i < KEYRING_MISSES; i++)
		earlier(&r->ring->miss[i].until_ms, ms);
}
