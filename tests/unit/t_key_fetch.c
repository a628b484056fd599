/* SPDX-License-Identifier: MIT */
/* auth/key_fetch: what is sent where, and how discovery finds the set. */
#include "tap.h"

#include "auth/key_fetch.h"
#include "base/arena.h"
#include "base/clock.h"
#include "unit/ringed.h"

#include <stdio.h>
#include <string.h>

#define DOCUMENT "/.well-known/openid-configuration"

/* Runs once; *e tells when it fails. */
static int
run(struct ringed *r, struct key_fetch *f, struct key_text *text, struct err *e)
{
	*e = (struct err){ 0 };
	return key_fetch_run(f, clock_mono_ms() + 2000, r->arena, text, e);
}

static void
by_url(void)
{
	struct keys_options o;
	struct key_text text;
	struct key_fetch *f;
	const char *sent;
	struct ringed r;
	struct err e;

	ringed_open(&r);
	stub_json(r.stub, "/keys", 200, "", "{\"keys\":1}");
	o = ringed_options(&r);
	f = key_fetch_new(&o);
	INTEQ(run(&r, f, &text, &e), 0);
	INTEQ(text.len, 10);
	CHECK(memcmp(text.data, "{\"keys\":1}", 10) == 0);
	sent = stub_latest(r.stub);
	CHECK(strncmp(sent, "GET /keys HTTP/1.1\r\n", 20) == 0);
	CHECK(strstr(sent, "\r\nAccept: application/json\r\n") != NULL);
	CHECK(strstr(sent, "Authorization") == NULL);
	CHECK(key_fetch_take_spent_us(f) > 0);
	INTEQ(key_fetch_take_spent_us(f), 0);
	key_fetch_free(&f);
	tap_row("%s", "with a secret and a header");
	o.secret = "sk_test_abcdefgh";
	o.header = "Clerk-API-Version: 2026-05-12";
	f = key_fetch_new(&o);
	INTEQ(run(&r, f, &text, &e), 0);
	sent = stub_latest(r.stub);
	CHECK(strstr(sent, "\r\nAuthorization: Bearer sk_test_abcdefgh\r\n") !=
	      NULL);
	CHECK(strstr(sent, "\r\nClerk-API-Version: 2026-05-12\r\n") != NULL);
	tap_row("%s", "the secret is in no error");
	stub_json(r.stub, "/keys", 401, "Retry-After: 7\r\n", "");
	INTEQ(run(&r, f, &text, &e), -1);
	INTEQ(e.kind, ERR_DOWN);
	STREQ(e.text, "key set: status 401: is our secret key right?");
	INTEQ(text.pause_ms, 7000);
	key_fetch_free(&f);
	key_fetch_free(&f);
	ringed_close(&r);
}

/* A document of the stub's issuer that names this place. */
static void
publish(struct ringed *r, const char *issuer, const char *uri)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}",
	    issuer, uri);
	stub_json(r->stub, DOCUMENT, 200, "", text);
}

static struct key_fetch *
discovering(struct ringed *r)
{
	struct keys_options o = ringed_options(r);
	struct key_fetch *f;

	o.url = "";
	o.issuer = stub_url(r->stub);
	f = key_fetch_new(&o);
	stub_json(r->stub, "/keys", 200, "", "{\"keys\":1}");
	stub_json(r->stub, "/other", 200, "", "{\"keys\":22}");
	return f;
}

static void
by_discovery(void)
{
	struct key_text text;
	struct key_fetch *f;
	struct ringed r;
	struct err e;
	char other[96];

	ringed_open(&r);
	f = discovering(&r);
	publish(&r, stub_url(r.stub), r.url);
	INTEQ(run(&r, f, &text, &e), 0);
	INTEQ(text.len, 10);
	INTEQ(run(&r, f, &text, &e), 0);
	INTEQ(stub_requests(r.stub, DOCUMENT), 1);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	tap_row("%s", "for an hour, also when it moves");
	snprintf(other, sizeof(other), "%s/other", stub_url(r.stub));
	publish(&r, stub_url(r.stub), other);
	ringed_age(&r, KEYS_DISCOVERY_MS - 5000);
	INTEQ(run(&r, f, &text, &e), 0);
	INTEQ(text.len, 10);
	tap_row("%s", "then it is looked for anew");
	ringed_age(&r, 5000);
	INTEQ(run(&r, f, &text, &e), 0);
	INTEQ(text.len, 11);
	INTEQ(stub_requests(r.stub, DOCUMENT), 2);
	tap_row("%s", "what it was stays while discovery fails");
	publish(&r, "https://evil.example", r.url);
	ringed_age(&r, KEYS_DISCOVERY_MS);
	INTEQ(run(&r, f, &text, &e), 0);
	INTEQ(text.len, 11);
	stub_json(r.stub, DOCUMENT, 500, "", "");
	INTEQ(run(&r, f, &text, &e), 0);
	INTEQ(text.len, 11);
	INTEQ(stub_requests(r.stub, DOCUMENT), 4);
	key_fetch_free(&f);
	ringed_close(&r);
}

static void
nowhere(void)
{
	static const struct {
		const char *issuer, *uri, *why; /* "": the stub's */
	} t[] = {
		{ "https://evil.example", "",
		    "discovery: it names another issuer" },
		{ "", "file:///etc/passwd",
		    "discovery: its jwks_uri must be an absolute https:// "
		    "URL" },
		{ "", "http://169.254.169.254/keys",
		    "discovery: its jwks_uri plain http is allowed to loopback "
		    "only" },
		{ "", "https://u:p@x/",
		    "discovery: its jwks_uri must be an "
		    "absolute https:// URL" },
		{ "", "https://x/#a",
		    "discovery: its jwks_uri must have no fragment" },
	};
	struct key_text text;
	struct err e;

	for (size_t i = 0; i < ROWS(t); i++) {
		struct key_fetch *f;
		struct ringed r;

		tap_row("%s %s", t[i].issuer, t[i].uri);
		ringed_open(&r);
		f = discovering(&r);
		publish(&r,
		    t[i].issuer[0] == '\0' ? stub_url(r.stub) : t[i].issuer,
		    t[i].uri[0] == '\0' ? r.url : t[i].uri);
		INTEQ(run(&r, f, &text, &e), -1);
		INTEQ(e.kind, ERR_DOWN);
		STREQ(e.text, t[i].why);
		INTEQ(stub_requests(r.stub, "/keys"), 0);
		INTEQ(r.ring->found_ms, 0);
		key_fetch_free(&f);
		ringed_close(&r);
	}
}

/* Redirects are not followed, not even to where the set is. */
static void
redirects(void)
{
	struct key_text text;
	struct key_fetch *f;
	struct ringed r;
	struct err e;

	ringed_open(&r);
	f = discovering(&r);
	stub_json(r.stub, DOCUMENT, 302, "Location: /moved\r\n", "");
	INTEQ(run(&r, f, &text, &e), -1);
	STREQ(e.text, "discovery: status 302");
	publish(&r, stub_url(r.stub), r.url);
	stub_json(r.stub, "/keys", 307, "Location: /other\r\n", "");
	INTEQ(run(&r, f, &text, &e), -1);
	STREQ(e.text, "key set: status 307");
	INTEQ(stub_requests(r.stub, "/other"), 0);
	key_fetch_free(&f);
	ringed_close(&r);
}

/* An issuer that was at a public address must not lead into our network. */
static void
inward(void)
{
	struct key_text text;
	struct key_fetch *f;
	struct ringed r;
	struct err e;

	ringed_open(&r);
	f = discovering(&r);
	keyring_set_url(r.ring, r.url, true, clock_mono_ms());
	INTEQ(run(&r, f, &text, &e), -1);
	STREQ(e.text, "key set: leads to an address that is not public");
	INTEQ(stub_requests(r.stub, "/keys"), 0);
	tap_row("%s", "one at loopback itself may");
	keyring_set_url(r.ring, r.url, false, clock_mono_ms());
	INTEQ(run(&r, f, &text, &e), 0);
	key_fetch_free(&f);
	ringed_close(&r);
}

static void
no_time(void)
{
	struct keys_options o;
	struct key_text text;
	struct key_fetch *f;
	struct ringed r;
	struct err e = { 0 };
	int64_t began;

	ringed_open(&r);
	o = ringed_options(&r);
	f = key_fetch_new(&o);
	INTEQ(key_fetch_run(f, clock_mono_ms(), r.arena, &text, &e), -1);
	INTEQ(stub_requests(r.stub, "/keys"), 0);
	tap_row("%s", "a provider that is silent");
	stub_raw(r.stub, "/keys", STUB_HANG, "HTTP/1.1 200 OK\r\n");
	began = clock_mono_ms();
	INTEQ(run(&r, f, &text, &e), -1);
	INTEQ(e.kind, ERR_DOWN);
	CHECK(clock_mono_ms() - began >= RINGED_TIMEOUT_MS - 50);
	CHECK(clock_mono_ms() - began < RINGED_TIMEOUT_MS + 1500);
	key_fetch_free(&f);
	ringed_close(&r);
}

static const struct tap_case cases[] = {
	{ "a set is asked for with what belongs to it, and no more", by_url },
	{ "discovery finds the set, and what it found is kept", by_discovery },
	{ "a document that leads elsewhere leads nowhere", nowhere },
	{ "no redirect is followed", redirects },
	{ "a public issuer does not lead inward", inward },
	{ "a fetch ends in time", no_time },
};
TAP_MAIN(cases)
