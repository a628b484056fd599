/* SPDX-License-Identifier: MIT */
/* auth: allocations on the way of a good token fail, one or many of them. */
#include "tap.h"

#include "auth/clerk_cookie.h"
#include "auth/cred.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "base/clock.h"
#include "unit/ringed.h"
#include "unit/scarce.h"

#include <string.h>

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
