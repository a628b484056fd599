/* SPDX-License-Identifier: MIT */
/* route/guard: a second factor that was shown after a verdict was kept. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "route/guard.h"
#include "shm/shared.h"
#include "unit/world.h"

#include <poll.h>
#include <string.h>

#define FOR_A_MINUTE "Ory-Session-Cache-For: 60\r\n"
#define SESSION(aal)                                                           \
	"{\"id\":\"0cd29640-3b64-419d-93b0-8c9e84c2090d\",\"active\":true,"    \
	"\"expires_at\":\"2099-01-01T00:00:00Z\","                             \
	"\"authenticator_assurance_level\":\"" aal "\",\"identity\":{\"id\":"  \
	"\"" WORLD_USER "\",\"traits\":{\"email\":\"ada@example.org\"}}}"

static const struct conf_rule first = {
	.path = "/", .access = "signed-in", .aal = "aal1"
};
static const struct conf_rule second = {
	.path = "/", .access = "signed-in", .aal = "aal2"
};
static const struct conf_rule others = { .path = "/",
	.access = "signed-in",
	.subjects = { .n = 1, .item = { "v" } },
	.aal = "aal2" };

static struct fcg_request in;

/* What a request by that rule gets; 0: it passes. */
static int
pass(struct world *w, const struct conf_rule *rule)
{
	const struct guard_terms terms = { .method = "GET", .rule = rule };
	struct request rq;

	atomic_store(&w->shared->news->read_ms, clock_mono_ms());
	arena_reset(w->arena);
	rq = (struct request){ .service = &w->service,
		.in = &in,
		.arena = w->arena,
		.method = "GET",
		.deadline = clock_mono_ms() + 2000,
		.id = "unit" };
	in = (struct fcg_request){ 0 };
	in.param[FCG_HTTP_X_SESSION_TOKEN] = WORLD_TOKEN;
	reply_init(&rq.reply, w->arena);
	if (!guard_pass(&rq, &terms))
		return rq.reply.status;
	STREQ(rq.auth.who.subject, WORLD_USER);
	return 0;
}

/* What was found out in the last second is as good as new. */
static void
grow_old(void)
{
	int64_t end = clock_mono_ms() + 1050;

	while (clock_left_ms(end) > 0)
		poll(NULL, 0, clock_left_ms(end));
}

static void
shown_since(void)
{
	static const struct {
		const char *what;
		const struct conf_rule *rule;
		const char *promise;
		int provider; /* what it says meanwhile */
		int want, asked;
	} t[] = {
		{ "no rule", NULL, FOR_A_MINUTE, 200, 0, 0 },
		{ "met by what is kept", &first, FOR_A_MINUTE, 200, 0, 0 },
		{ "aal2, shown since", &second, FOR_A_MINUTE, 200, 0, 1 },
		{ "nothing is kept", &second, "", 200, 0, 1 },
		{ "refused in any case", &others, FOR_A_MINUTE, 200, 0, 0 },
		{ "signed out since", &second, FOR_A_MINUTE, 401, 401, 1 },
		{ "nobody can tell", &second, FOR_A_MINUTE, 500, 503, 1 },
	};

	struct world w[ROWS(t)];
	int before[ROWS(t)];

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s, to begin with", t[i].what);
		world_open(&w[i], NULL, "");
		stub_json(w[i].stub, "/sessions/whoami", 200, t[i].promise,
		    SESSION("aal1"));
		INTEQ(pass(&w[i], NULL), 0);
		before[i] = stub_requests(w[i].stub, "/sessions/whoami");
		stub_json(w[i].stub, "/sessions/whoami", t[i].provider,
		    t[i].promise,
		    t[i].provider == 401 ? WORLD_E1 : SESSION("aal2"));
	}
	grow_old();
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].what);
		INTEQ(pass(&w[i], t[i].rule), t[i].want);
		if (t[i].provider == 200)
			INTEQ(stub_requests(w[i].stub, "/sessions/whoami") -
				  before[i],
			    t[i].asked);
		world_close(&w[i]);
	}
}

/* Not asked again for each request while it is the newest that is kept. */
static void
still_missing(void)
{
	struct world w;
	int n;

	world_open(&w, NULL, "");
	stub_json(w.stub, "/sessions/whoami", 200, FOR_A_MINUTE,
	    SESSION("aal1"));
	for (int i = 0; i < 3; i++)
		INTEQ(pass(&w, &second), 0); /* who decides is the caller */
	n = stub_requests(w.stub, "/sessions/whoami");
	INTEQ(n, 1);
	stub_json(w.stub, "/sessions/whoami", 200, FOR_A_MINUTE,
	    SESSION("aal2"));
	grow_old();
	INTEQ(pass(&w, &second), 0);
	n = stub_requests(w.stub, "/sessions/whoami");
	INTEQ(n, 2);
	INTEQ(pass(&w, &second), 0); /* and that is kept in its place */
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), n);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "what was kept is asked anew where a step-up depends on it",
	    shown_since },
	{ "the newer answer takes its place", still_missing },
};
TAP_MAIN(cases)
