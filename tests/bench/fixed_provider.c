/* SPDX-License-Identifier: MIT */
/*
 * A provider that knows everybody, for tests/bench/gatehouse-fixed alone.  It
 * defines the name that src/auth/ory.c defines, so the linker finds auth_ory
 * here and leaves that member of libgatehouse.a out.  What remains is all of
 * Gatehouse but the session cache and the call to the identity provider.
 */
#include "auth/provider.h"
#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "users.h"

static char nothing; /* a state that is not NULL */

static void *
fixed_open(const struct provider_setup *s, struct err *e)
{
	(void)s;
	(void)e;
	return &nothing;
}

static void
fixed_close(void **state)
{
	*state = NULL;
}

static const struct conf_list *
fixed_cookies(const void *state)
{
	static const struct conf_list none;

	(void)state;
	return &none;
}

static void
fixed_check(void *state, const struct auth_request *rq, const struct jwt *t,
    struct provider_answer *pa)
{
	struct auth_answer *answer = pa->answer;
	struct bench_user u;

	(void)state;
	(void)t;
	pa->outcome = CALL_GOOD;
	if (bench_user(rq->cred.value, rq->cred.len, &u) == -1) {
		answer->why = "no user of the bench";
		return;
	}
	answer->who = (struct auth_ident){
		.subject = arena_dup(rq->arena, u.subject),
		.session = arena_dup(rq->arena, u.subject),
		.email = arena_dup(rq->arena, u.email),
		.email_verified = true,
		.name = arena_dup(rq->arena, u.name),
		.aal = "aal1",
		.expires_s = INT64_MAX / 1000,
	};
	answer->verdict = AUTH_ALLOW;
}

static bool
fixed_takes(const void *state, const struct cred *c, const struct jwt *t)
{
	(void)state;
	(void)c;
	(void)t;
	return true;
}

static bool
fixed_probe(void *state, int64_t deadline, struct arena *arena,
    const char **why)
{
	(void)state;
	(void)deadline;
	(void)arena;
	(void)why;
	return true;
}

static void
fixed_login_info(const void *state, const char *return_to, struct buf *b)
{
	(void)state;
	(void)return_to;
	buf_str(b, "\"provider\":\"fixed\"");
}

static int64_t
fixed_take_spent_us(void *state)
{
	(void)state;
	return 0;
}

const struct auth_provider auth_ory = {
	.kind = "ory",
	.open = fixed_open,
	.close = fixed_close,
	.cookies = fixed_cookies,
	.takes = fixed_takes,
	.check = fixed_check,
	.probe = fixed_probe,
	.login_info = fixed_login_info,
	.take_spent_us = fixed_take_spent_us,
};
