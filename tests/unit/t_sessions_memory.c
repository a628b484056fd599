/* SPDX-License-Identifier: MIT */
/* auth/sessions through ory: allocations fail on the way of a good session. */
#include "unit/site.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "unit/scarce.h"

#include <signal.h>
#include <string.h>

#define SESSION                                                                \
	"{\"id\":\"0cd29640-3b64-419d-93b0-8c9e84c2090d\",\"active\":true,"    \
	"\"expires_at\":\"2099-01-01T00:00:00Z\",\"identity\":{\"id\":\""      \
	"c4d24c01-feba-4213-858b-262c8d427f8c\",\"traits\":{}}}"

static struct site s;
static const char good[] = "ory_st_abcdefghijABCDEFGHIJ012345678901";

static void
open_all(void)
{
	site_open(&s,
	    "providers = [ \"ory\" ];\n"
	    "ory: { url = \"@\"; cache_ttl = \"30s\"; };\n");
	stub_json(s.stub, "/sessions/whoami", 200, "Connection: close\r\n",
	    SESSION);
	stub_json(s.stub, "/health/ready", 200, "Connection: close\r\n", "{}");
	atomic_store(&s.shared->news->read_ms, clock_mono_ms());
}

static enum came_to
check(void)
{
	const struct auth_request rq = {
		.cred = { .kind = CRED_SESSION_TOKEN,
		    .value = good,
		    .len = strlen(good) },
		.request_id = "unit-test",
		.deadline = clock_mono_ms() + 2000,
		.arena = s.arena,
	};
	struct auth_answer a;

	auth_check(s.auth, &rq, &a);
	if (a.verdict == AUTH_ALLOW)
		return RIGHT;
	return a.verdict == AUTH_UNSURE ? UNKNOWN : WRONG;
}

/* Failures close the gate, for all; here each is to ask. */
static enum came_to
ask(void)
{
	struct gate *g = &auth_line(s.auth, 0)->gate;

	atomic_store(&g->backoff_until_ms, 0);
	atomic_store(&g->failures, 0);
	return check();
}

static void
cold(void)
{
	if (!is_ours()) {
		tap_skip("another allocator is in our place");
		return;
	}
	open_all();
	s.conf->ory.cache_ttl = 0;
	auth_free(&s.auth);
	s.auth = auth_new(s.conf, s.shared, 0, &(struct err){ 0 });
	for (int i = 0; i < 2; i++) {
		all = i == 1;
		try_each(ask);
	}
	site_close(&s);
}

/* Few are: a hash that cannot be made ends the worker, which is no answer. */
static void
warm(void)
{
	struct tries t = { .run = check };
	int last = 0;
	long used;

	if (!is_ours()) {
		tap_skip("another allocator is in our place");
		return;
	}
	open_all();
	INTEQ(check(), RIGHT);
	t.used = &used;
	all = true;
	for (t.i = 1; t.i < 40 && last != RIGHT; t.i++) {
		last = child_run(try_once, &t);
		CHECK(last == RIGHT || last == UNKNOWN || last == -SIGABRT);
	}
	INTEQ(last, RIGHT);
	INTEQ(stub_requests(s.stub, "/sessions/whoami"), 1);
	site_close(&s);
}

static const struct tap_case cases[] = {
	{ "without memory no good session is denied", cold },
	{ "nor one that is kept, and nobody is asked", warm },
};
TAP_MAIN(cases)
