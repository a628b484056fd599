/* SPDX-License-Identifier: MIT */
/* auth: allocations on the way of a good token fail, one or many of them. */
#include "tap.h"

#include "auth/clerk_cookie.h"
#include "auth/cred.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "base/clock.h"
#include "unit/child.h"
#include "unit/ringed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* The allocator below us: libc's, or the sanitizer's before it. */
#ifdef __SANITIZE_ADDRESS__
#define BELOW(name) __interceptor_##name
#else
#define BELOW(name) __libc_##name
#endif
void *BELOW(malloc)(size_t n);
void *BELOW(calloc)(size_t n, size_t size);
void *BELOW(realloc)(void *p, size_t n);

/*
 * The `fail`-th from now fails, 0: none; `all`: those behind it as well.  Or
 * all that ask for more than `most`, 0: any size.
 */
static long fail, seen;
static bool all;
static size_t most;

static bool
fails(size_t n)
{
	if (fail == 0)
		return most != 0 && n > most;
	seen++;
	if (seen != fail && !(all && seen > fail))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t n)
{
	return fails(n) ? NULL : BELOW(malloc)(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails(n * size) ? NULL : BELOW(calloc)(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails(n) ? NULL : BELOW(realloc)(p, n);
}

/* What one try came to: the child's exit status, over those of others. */
enum came_to { RIGHT = 70, UNKNOWN, WRONG };

struct tries {
	enum came_to (*run)(void);
	long i;
	size_t most;
	long *used; /* allocations there were, from the child */
};

static int
try_once(void *ctx)
{
	const struct rlimit none = { 0, 0 };
	struct tries *t = ctx;
	enum came_to came_to;

	setrlimit(RLIMIT_CORE, &none);
	fail = t->i;
	most = t->most;
	came_to = t->run();
	fail = 0;
	most = 0;
	*t->used = seen;
	return came_to;
}

/*
 * As many tries as there are allocations.  json-c itself may not survive one
 * that fails (the worker is started anew then): that is no answer.
 */
static void try_each(enum came_to (*run)(void))
{
	struct tries t = { .run = run };
	int right = 0, unknown = 0, last = 0;

	t.used = mmap(NULL, sizeof(*t.used), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (t.i = 1;; t.i++) {
		*t.used = t.i;
		last = child_run(try_once, &t);
		tap_row("%s %ld", all ? "from" : "only", t.i);
		CHECK(last != WRONG);
		right += last == RIGHT;
		unknown += last == UNKNOWN;
		if (*t.used < t.i)
			break;
	}
	INTEQ(last, RIGHT);
	CHECK(unknown > 10);
	CHECK(all || right > 10);
	munmap(t.used, sizeof(*t.used));
}

/* Memory is left in small pieces alone. */
static void try_sizes(enum came_to (*run)(void))
{
	struct tries t = { .run = run };
	int came_to = 0, unknown = 0;
	long used;

	t.used = &used;
	for (t.most = 32; t.most <= 256 << 10; t.most += t.most / 8) {
		came_to = child_run(try_once, &t);
		tap_row("no more than %zu", t.most);
		CHECK(came_to != WRONG);
		unknown += came_to == UNKNOWN;
	}
	INTEQ(came_to, RIGHT);
	CHECK(unknown > 5);
}

static struct ringed r;
static struct keys *keys;
static const char *good;
static struct cred cookie;
static struct clerk_cookies names;

#define ISSUER "https://clerk.clerk.dev"

static void
open_all(bool warm)
{
	static const struct conf_list issuers = { 1, { ISSUER } };
	const char *other;
	char claims[1000] = "{\"iss\":\"" ISSUER "\",\"iat\":1,\"o\":{}";

	ringed_open(&r);
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA, NULL, 0));
	for (char c = 'A'; c < 'Z'; c++)
		strcat(claims,
		    (char[]){ ',', '"', c, '"', ':', '[', '7', ']', '\0' });
	strcat(claims, "}");
	good = token_signed(r.arena, SIGNER_RSA, KEY_RS256, "a", claims);
	keys = ringed_keys(&r);
	INTEQ(ringed_check(&r, keys, good).verdict, AUTH_ALLOW);
	if (!warm) { /* another worker, which has the set in front of it */
		keys_free(&keys);
		keys = ringed_keys(&r);
	}
	other = token_signed(r.arena, SIGNER_RSA_2, KEY_RS256, "x",
	    "{\"iss\":\"https://x.y\",\"iat\":2,\"exp\":3}");
	clerk_cookies_init(&names, "pk_live_Y2xlcmsuY2xlcmsuZGV2JA", &issuers);
	cookie = (struct cred){ .kind = CRED_COOKIE };
	cookie.value = arena_printf(r.arena,
	    "__session=%s; __client_uat=7; __session_1Z8AzTQD=%s; "
	    "__client_uat_1Z8AzTQD=7",
	    other, good);
	cookie.len = strlen(cookie.value);
}

static void
close_all(void)
{
	keys_free(&keys);
	ringed_close(&r);
}

static enum came_to
check(void)
{
	struct auth_answer a = { .verdict = AUTH_DENY };
	struct jwt t;
	const char *why = jwt_open(&t, good, strlen(good), r.arena);

	if (why != NULL)
		return why == jwt_no_memory ? UNKNOWN : WRONG;
	keys_check(keys, &t, clock_mono_ms() + 1000, r.arena, &a);
	if (a.verdict == AUTH_ALLOW)
		return RIGHT;
	return a.verdict == AUTH_UNSURE ? UNKNOWN : WRONG;
}

static enum came_to
choose(void)
{
	struct clerk_chosen chosen;

	switch (clerk_cookies_choose(&names, &cookie, 0, r.arena, &chosen)) {
	case CLERK_TOKEN:
		return strcmp(chosen.token, good) == 0 ? RIGHT : WRONG;
	case CLERK_NO_MEMORY:
		return UNKNOWN;
	default:
		return WRONG;
	}
}

/* Under valgrind the allocator is its own. */
static bool
is_ours(void)
{
	/* compilers know what malloc() looks at, and that is not `most` */
	void *(*volatile get)(size_t) = malloc;
	void *p;

	most = 1;
	p = get(2);
	most = 0;
	free(p);
	return p == NULL;
}

static void
each(bool warm, enum came_to (*run)(void))
{
	if (!is_ours()) {
		tap_skip("another allocator is in our place");
		return;
	}
	open_all(warm);
	for (int i = 0; i < 2; i++) {
		all = i == 1;
		try_each(run);
	}
	try_sizes(run);
	close_all();
}

static void
warm_worker(void)
{
	each(true, check);
}

static void
new_worker(void)
{
	each(false, check);
}

static void
cookies(void)
{
	each(true, choose);
}

static const struct tap_case cases[] = {
	{ "without memory no good token is denied", warm_worker },
	{ "nor by a worker that has yet to read the keys", new_worker },
	{ "nor is another cookie chosen", cookies },
};
TAP_MAIN(cases)
