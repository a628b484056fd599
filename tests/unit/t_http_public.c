/* SPDX-License-Identifier: MIT */
/* io/http: a call that must not lead into our own network. */
#include "tap.h"

#include "base/arena.h"
#include "io/http.h"
#include "unit/stub.h"

static int
get(struct http *h, struct stub *s, bool public_only, struct http_reply *r,
    struct err *e)
{
	struct arena *a = arena_new(1 << 16);
	const struct http_call call = { .url = stub_url(s),
		.headers = { "Authorization: Bearer sk_test_canary1" },
		.timeout_ms = 1000,
		.body_max = 100,
		.public_only = public_only };
	int rc;

	*e = (struct err){ 0 };
	rc = http_get(h, &call, a, r, e);
	arena_free(&a);
	return rc;
}

static void
refused(void)
{
	struct http *h = http_new(&(struct http_options){ 0 });
	struct stub *s = stub_start();
	struct http_reply r;
	struct err e;

	INTEQ(get(h, s, true, &r, &e), -1);
	INTEQ(e.kind, ERR_DOWN);
	STREQ(e.text, "leads to an address that is not public");
	INTEQ(stub_requests(s, "/"), 0);
	tap_row("%s", "any other call may, and is told where it was");
	INTEQ(get(h, s, false, &r, &e), 0);
	INTEQ(r.status, 200);
	CHECK(!r.public_peer);
	INTEQ(stub_requests(s, "/"), 1);
	tap_row("%s", "the kept connection is looked at as well");
	INTEQ(get(h, s, true, &r, &e), -1);
	INTEQ(stub_requests(s, "/"), 1);
	INTEQ(get(h, s, false, &r, &e), 0);
	http_free(&h);
	stub_stop(&s);
}

static const struct tap_case cases[] = {
	{ "nothing is sent to an address that is not public", refused },
};
TAP_MAIN(cases)
