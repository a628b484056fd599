/* SPDX-License-Identifier: MIT */
/* Time passes by writing earlier times into the slot. */
#include "unit/asked.h"

#include "auth/provider.h"
#include "base/arena.h"
#include "base/clock.h"
#include "io/crypt.h"
#include "unit/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void
must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! asked: %s\n", what);
	exit(1);
}

static void
identify(const struct asked *a, const struct auth_request *rq,
    struct auth_ident *who)
{
	const char *token = rq->cred.value;

	who->subject = arena_printf(rq->arena, "user-%s", token);
	who->session = arena_printf(rq->arena, "session-%s", token);
	who->email = arena_printf(rq->arena, "%s@example.org", token);
	who->email_verified = strlen(token) % 2 == 0;
	who->aal = "aal1";
	who->expires_s = clock_wall_ms() / 1000 + a->plan->left_s;
	who->issued_s = a->plan->issued_s;
}

static void
answer_as_told(void *ctx, const struct auth_request *rq,
    struct provider_answer *pa)
{
	const struct asked *a = ctx;
	struct asked_plan *p = a->plan;

	atomic_fetch_add(&p->calls, 1);
	while (atomic_load(&p->holds) != 0)
		usleep(100);
	p->expected = pa->expected;
	pa->promise_s = p->promise_s;
	pa->answer->verdict = p->verdict;
	pa->answer->why = p->verdict == AUTH_ALLOW ? NULL : "as told";
	identify(a, rq, &pa->answer->who);
	if (p->verdict == AUTH_STEPUP)
		pa->answer->step_up_url = "https://a.x/aal2";
	for (int i = 0; i < p->relays; i++)
		pa->answer->relay[pa->answer->n_relay++] = "cookie=x";
}

void
asked_reopen(struct asked *a)
{
	sessions_free(&a->sessions);
	a->outside.line =
	    upstream_find(a->shared->lines, a->o.scope, clock_mono_ms());
	a->sessions = sessions_new(&a->o);
	must(a->outside.line != NULL && a->sessions != NULL, "memory");
}

void
asked_open(struct asked *a, int64_t cache_ttl)
{
	*a = (struct asked){ .shared = memory_new(),
		.arena = arena_new(1 << 20) };
	a->plan = mmap(NULL, sizeof(*a->plan), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	a->barred = barred_new(a->shared);
	must(a->arena != NULL && a->plan != MAP_FAILED && a->barred != NULL,
	    "memory");
	a->plan->verdict = AUTH_ALLOW;
	a->plan->promise_s = LIFE_NO_PROMISE;
	a->plan->left_s = 3600;
	a->plan->issued_s = 1000;
	atomic_store(&a->shared->board->limit, 1000);
	atomic_store(&a->shared->news->read_ms, clock_mono_ms());
	a->outside.shared = a->shared;
	a->outside.slot = board_take(a->shared->board, 1);
	a->o = (struct sessions_options){
		.provider = "ory",
		.scope = "asked",
		.outside = &a->outside,
		.barred = a->barred,
		.news_bound_ms = 3600 * 1000,
		.life = { cache_ttl, CONF_TTL_SAME, 0 },
		.timeout_ms = ASKED_TIMEOUT_MS,
		.ask = answer_as_told,
		.ctx = a,
	};
	asked_reopen(a);
}

void
asked_close(struct asked *a)
{
	sessions_free(&a->sessions);
	barred_free(&a->barred);
	arena_free(&a->arena);
	munmap(a->plan, sizeof(*a->plan));
}

struct auth_answer
asked_as(struct asked *a, enum cred_kind kind, const char *value, bool writes)
{
	const struct auth_request rq = {
		.cred = { .kind = kind, .value = value, .len = strlen(value) },
		.request_id = "unit",
		.deadline = clock_mono_ms() + 9000,
		.writes = writes,
		.arena = a->arena,
	};
	struct auth_answer answer = { .verdict = AUTH_DENY };
	char want[64];

	arena_reset(a->arena);
	sessions_check(a->sessions, &rq, &answer);
	INTEQ(answer.why == NULL, answer.verdict == AUTH_ALLOW);
	if (answer.verdict != AUTH_ALLOW)
		return answer;
	snprintf(want, sizeof(want), "user-%s", value);
	STREQ(answer.who.subject, want);
	snprintf(want, sizeof(want), "session-%s", value);
	STREQ(answer.who.session, want);
	snprintf(want, sizeof(want), "%s@example.org", value);
	STREQ(answer.who.email, want);
	STREQ(answer.who.aal, "aal1");
	STREQ(answer.who.name, NULL);
	INTEQ(answer.who.email_verified, strlen(value) % 2 == 0);
	CHECK(answer.who.expires_s > clock_wall_ms() / 1000 - 1);
	return answer;
}

struct auth_answer
asked_check(struct asked *a, const char *token)
{
	return asked_as(a, CRED_SESSION_TOKEN, token, false);
}

struct auth_answer
asked_write(struct asked *a, const char *token)
{
	return asked_as(a, CRED_SESSION_TOKEN, token, true);
}

int
asked_calls(const struct asked *a)
{
	return atomic_load(&a->plan->calls);
}

/* Nobody needs that long. */
static void
nap(int64_t since)
{
	must(clock_mono_ms() - since < 30 * 1000, "it never came to that");
	usleep(200);
}

void
asked_await(const struct asked *a, int calls)
{
	int64_t since = clock_mono_ms();

	while (asked_calls(a) < calls)
		nap(since);
}

void
asked_await_waiting(const struct asked *a, int workers)
{
	int64_t since = clock_mono_ms();

	while (board_waits(a->shared->board, 0, clock_mono_ms()).n < workers)
		nap(since);
}

static void
key_of(struct asked *a, const char *token, unsigned char *key)
{
	unsigned char kind = CRED_SESSION_TOKEN;
	const struct crypt_part parts[] = {
		{ "session", 7 },
		{ a->o.scope, sizeof(a->o.scope) },
		{ a->o.provider, strlen(a->o.provider) },
		{ &kind, 1 },
		{ token, strlen(token) },
	};

	slots_key(a->shared->slots, parts, ROWS(parts), key);
}

bool
asked_peek(struct asked *a, const char *token, struct kept *k)
{
	unsigned char key[SLOTS_KEY_SIZE];
	size_t len;

	key_of(a, token, key);
	return slots_get(a->shared->slots, key, k, sizeof(*k), &len,
		   clock_mono_ms()) == SLOTS_HIT;
}

void
asked_poke(struct asked *a, const char *token, const struct kept *k)
{
	unsigned char key[SLOTS_KEY_SIZE];
	int64_t now = clock_mono_ms();

	key_of(a, token, key);
	INTEQ(slots_put(a->shared->slots, key, k, KEPT_HEAD + k->len,
		  now + 3600 * 1000, now),
	    SLOTS_HIT);
}

void
asked_age(struct asked *a, const char *token, int64_t ms)
{
	struct kept k;

	if (!CHECK(asked_peek(a, token, &k)))
		return;
	k.began_us -= ms * 1000;
	k.ended_us -= ms * 1000;
	k.fresh_us -= ms * 1000;
	asked_poke(a, token, &k);
}

void
asked_revoke(struct asked *a, const char *token, enum revoked_kind kind,
    enum revoked_effect effect, int64_t at_s)
{
	static const char *const kinds[] = { "session", "user" };
	struct crypt_mac *mac = shared_mac(a->shared, "revoked");
	int64_t now_s = clock_wall_ms() / 1000;
	const struct revoked_entry entry = {
		.tag = revoked_tag(mac, a->o.provider, kind,
		    arena_printf(a->arena, "%s-%s", kinds[kind], token)),
		.effect = effect,
		.at_s = at_s,
		.until_s = now_s + 3600,
	};

	INTEQ(revoked_put(a->shared->revoked, &entry, clock_mono_ms(), now_s),
	    0);
	crypt_mac_free(&mac);
}
