/* SPDX-License-Identifier: MIT */
/* route/r_hook: who is heard, in what order, and what an outage leaves. */
#include "tap.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "obs/metrics.h"
#include "shm/shared.h"
#include "unit/files.h"
#include "unit/hooked.h"
#include "unit/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORY_SECRET "a-webhook-secret-of-ory"
#define BODY_MAX (256 << 10)
#define UNUSED "{\"type\":\"user.created\",\"data\":{}}"
#define ENDED "{\"type\":\"session.ended\",\"data\":{\"id\":\"sess_1\"}}"
#define EVICTS "{\"event\":\"settings.after\",\"identity_id\":\"user-1\"}"

static struct peer peer;

/* Both providers, with secrets; "" in place of one switches it off. */
static void
open_world(struct world *w, const char *clerk, const char *ory)
{
	static char target[300];
	struct err e = { 0 };
	struct log_options o;

	world_open(w, NULL,
	    "providers = [ \"ory\", \"clerk\" ]; clerk: { "
	    "secret_key = \"sk_test_abcdefg\"; issuer = \"https://c.x\"; "
	    "authorized_parties = [ \"https://w.x\" ]; };");
	world_serving(w);
	w->conf->clerk.webhook_secret =
	    (struct conf_list){ clerk[0] != '\0', { clerk } };
	w->conf->ory.webhook_secret =
	    (struct conf_list){ ory[0] != '\0', { ory } };
	conf_log_options(w->conf, &o);
	snprintf(target, sizeof(target), "file:%s", files_path("log"));
	o.format = FORMAT_TEXT;
	o.target = target;
	INTEQ(log_open(&o, &e), 0);
}

struct delivery {
	const char *method, *path;
	const char *pairs[4][2];
	const char *body;
	size_t len; /* 0: of the text */
};

static void
deliver(struct world *w, const struct delivery *d, const char *status,
    const char *part)
{
	const char *body = d->body == NULL ? "" : d->body;
	size_t n = d->len > 0 ? d->len : strlen(body);
	char length[24];

	snprintf(length, sizeof(length), "%zu", n);
	peer_begin(&peer, PEER_RESPONDER, 0);
	peer_pair(&peer, "REQUEST_METHOD", d->method);
	peer_pair(&peer, "REQUEST_URI", d->path);
	peer_pair(&peer, "CONTENT_LENGTH", length);
	for (int i = 0; i < 4 && d->pairs[i][0] != NULL; i++)
		peer_pair(&peer, d->pairs[i][0], d->pairs[i][1]);
	peer_params(&peer);
	peer_stdin(&peer, body, n);
	world_serve(w, &peer);
	peer.answer[11] = '\0';
	STREQ(peer.answer + 8, status);
	if (part != NULL && !CHECK(strstr(peer.answer + 12, part) != NULL))
		STREQ(peer.answer + 12, part);
}

/* Signed now, as Clerk does. */
static void
deliver_signed(struct world *w, const char *id, const char *body, size_t len,
    const char *status, const char *part)
{
	char now[24], signature[HOOKED_SIGNATURE_SIZE];
	const struct delivery d = { "POST", "/hooks/clerk",
		{ { "HTTP_SVIX_ID", id }, { "HTTP_SVIX_TIMESTAMP", now },
		    { "HTTP_SVIX_SIGNATURE", signature } },
		body, len };

	snprintf(now, sizeof(now), "%lld",
	    (long long)(clock_wall_ms() / 1000));
	hooked_sign(HOOKED_SECRET, id, now, body,
	    len > 0 ? len : strlen(body), signature);
	deliver(w, &d, status, part);
}

static enum revoked_answer
look(struct world *w, const char *provider, enum revoked_kind kind,
    const char *id)
{
	uint64_t tag = revoked_tag(w->service.revoked_mac, provider, kind, id);
	const struct revoked_question q = {
		.session = kind == REVOKED_SESSION ? tag : 0,
		.user = kind == REVOKED_USER ? tag : 1,
		.found_ms = 1,
	};

	return revoked_look(w->shared->revoked, &q, clock_wall_ms() / 1000);
}

static void
switched_off(void)
{
	static const char *const methods[] = { "POST", "GET", "OPTIONS",
		"PUT" };
	static const char *const paths[] = { "/hooks/clerk", "/hooks/ory" };
	struct world w;

	for (size_t on = 0; on < 2; on++) {
		open_world(&w, on == 0 ? HOOKED_SECRET : "",
		    on == 1 ? ORY_SECRET : "");
		for (size_t i = 0; i < ROWS(methods); i++)
			for (size_t k = 0; k < ROWS(paths); k++) {
				static const char *const known[] = { "401",
					"405", "204", "405" };
				const struct delivery d = { methods[i],
					paths[k], {}, NULL, 0 };

				tap_row("%s %s", methods[i], paths[k]);
				deliver(&w, &d, k == on ? known[i] : "404",
				    NULL);
			}
		world_close(&w);
	}
	open_world(&w, HOOKED_SECRET, "");
	w.conf->providers.n = 1; /* a secret, but no such provider */
	deliver_signed(&w, "msg_1", UNUSED, 0, "404", NULL);
	world_close(&w);
}

/* Headers, length, signature, body: what is wrong first is told. */
static void
order(void)
{
	static char body[BODY_MAX + 2];
	const struct delivery missing = { "POST", "/hooks/clerk",
		{ { "HTTP_SVIX_ID", "msg_1" }, { "HTTP_SVIX_TIMESTAMP", "1" },
		    { "HTTP_SVIX_SIGNATURE", " " } }, body, BODY_MAX + 1 };
	const struct delivery forged = { "POST", "/hooks/clerk",
		{ { "HTTP_SVIX_ID", "msg_1" }, { "HTTP_SVIX_TIMESTAMP", "1" },
		    { "HTTP_SVIX_SIGNATURE", "v1,x" } }, body, BODY_MAX };
	const struct delivery twice = { "POST", "/hooks/clerk",
		{ { "HTTP_SVIX_ID", "msg_1" }, { "HTTP_SVIX_ID", "msg_2" } },
		"{}", 0 };
	struct delivery longer = forged;
	struct world w;

	memset(body, ' ', sizeof(body));
	memcpy(body, UNUSED, sizeof(UNUSED) - 1);
	longer.len = BODY_MAX + 1;
	open_world(&w, HOOKED_SECRET, ORY_SECRET);
	deliver(&w, &missing, "401", "missing webhook signature");
	CHECK(strstr(peer.answer + 12, "WWW-Authenticate: Bearer\r\n") != NULL);
	deliver(&w, &longer, "413", NULL);
	deliver(&w, &forged, "401", "invalid webhook signature");
	deliver(&w, &twice, "400", NULL);
	deliver_signed(&w, "msg_1", body, BODY_MAX, "204", NULL);
	deliver_signed(&w, "msg_1", body, BODY_MAX + 1, "413", NULL);
	deliver_signed(&w, "msg_1", "{\"type\":1}", 0, "400",
	    "unable to decode request body: type is not");
	deliver_signed(&w, "msg_1", "[]", 0, "400", NULL);
	deliver_signed(&w, "msg 1", UNUSED, 0, "401", NULL);
	deliver_signed(&w, " msg_1", UNUSED, 0, "401", NULL);
	world_close(&w);
}

/* "ory:a-webhook-secret-of-ory" */
#define BASIC "Basic b3J5OmEtd2ViaG9vay1zZWNyZXQtb2Ytb3J5"
#define BEARER "Bearer " ORY_SECRET

static void
orys_secret(void)
{
	static const struct {
		const char *pairs[4][2];
		const char *status;
	} t[] = {
		{ { { "HTTP_AUTHORIZATION", BEARER } }, "204" },
		{ { { "HTTP_AUTHORIZATION", BASIC } }, "204" },
		{ { { "REDIRECT_HTTP_AUTHORIZATION", BEARER } }, "204" },
		{ { { "HTTP_AUTHORIZATION", BEARER },
		    { "REDIRECT_HTTP_AUTHORIZATION", BEARER } }, "204" },
		{ { { "HTTP_AUTHORIZATION", BEARER },
		    { "HTTP_ORY_WEBHOOK_TRIGGER_ID", "a b" } }, "204" },
		{ { { "HTTP_AUTHORIZATION", BEARER },
		    { "HTTP_AUTHORIZATION", BEARER } }, "401" },
		{ { { "HTTP_AUTHORIZATION", "Bearer x" },
		    { "HTTP_AUTHORIZATION", BEARER } }, "401" },
		{ { { "HTTP_AUTHORIZATION", "Bearer x" },
		    { "REDIRECT_HTTP_AUTHORIZATION", BEARER } }, "401" },
		{ { { "HTTP_AUTHORIZATION", "Bearer x" } }, "401" },
		{ { { "HTTP_X_SESSION_TOKEN", ORY_SECRET } }, "401" },
		{ { { "HTTP_COOKIE", "Authorization=" BEARER } }, "401" },
		{ { { NULL } }, "401" },
	};
	struct world w;

	open_world(&w, HOOKED_SECRET, ORY_SECRET);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct delivery d = { "POST", "/hooks/ory", {},
			"{\"event\":\"login.after\"}", 0 };

		tap_row("%zu", i);
		memcpy(d.pairs, t[i].pairs, sizeof(d.pairs));
		deliver(&w, &d, t[i].status, NULL);
	}
	CHECK(strstr(files_read("log"), ORY_SECRET) == NULL);
	world_close(&w);
}

/* The database of a world is away. */
static void
outage(void)
{
	const struct delivery evicts = { "POST", "/hooks/ory",
		{ { "HTTP_AUTHORIZATION", BEARER },
		    { "HTTP_ORY_WEBHOOK_TRIGGER_ID", "trigger-1" } },
		EVICTS, 0 };
	struct world w;
	int clerk, refused;

	open_world(&w, HOOKED_SECRET, ORY_SECRET);
	INTEQ(look(&w, "clerk", REVOKED_SESSION, "sess_1"), REVOKED_NOT);
	deliver_signed(&w, "msg_7", ENDED, 0, "503", "\r\nRetry-After: ");
	CHECK(strstr(peer.answer + 12, "database_unavailable") != NULL);
	INTEQ(look(&w, "clerk", REVOKED_SESSION, "sess_1"), REVOKED_REFUSE);
	INTEQ(look(&w, "ory", REVOKED_SESSION, "sess_1"), REVOKED_NOT);
	INTEQ(look(&w, "clerk", REVOKED_USER, "sess_1"), REVOKED_NOT);
	deliver(&w, &evicts, "503", NULL);
	INTEQ(look(&w, "ory", REVOKED_USER, "user-1"), REVOKED_ASK);
	deliver_signed(&w, "msg_8", UNUSED, 0, "204", NULL);
	CHECK(strstr(files_read("log"), "provider=clerk") != NULL);
	CHECK(strstr(files_read("log"), "hook_type=session.ended "
		"hook_id=msg_7 hook_outcome=failed") != NULL);
	CHECK(strstr(files_read("log"), "hook_id=trigger-1") != NULL);
	CHECK(strstr(files_read("log"), "sess_1") == NULL);
	clerk = metrics_provider(w.service.metrics, "clerk");
	INTEQ(metrics_value(w.service.metrics, METRIC_HOOKS,
		  METRIC_AT(clerk, METRIC_FAILED)), 1);
	INTEQ(metrics_value(w.service.metrics, METRIC_HOOKS,
		  METRIC_AT(clerk, METRIC_UNUSED)), 1);
	refused = (int)metrics_value(w.service.metrics, METRIC_HOOKS,
	    METRIC_AT(clerk, METRIC_REFUSED));
	INTEQ(refused, 0);
	world_close(&w);
}

static void
unlimited(void)
{
	struct world w;

	open_world(&w, HOOKED_SECRET, ORY_SECRET);
	w.conf->rate.per_address = (struct conf_rate){ 3600000000, 1 };
	for (int i = 0; i < 5; i++)
		deliver_signed(&w, "msg_1", UNUSED, 0, "204", NULL);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "without its secret or provider a hook's path is none",
	    switched_off },
	{ "what is missing, the length, the signature, the body: in this "
	  "order", order },
	{ "Ory's secret comes once, by Bearer, Basic or the redirect's name",
	    orys_secret },
	{ "what cannot be stored is 503, and holds on this host all the same",
	    outage },
	{ "no rate limit stops a provider", unlimited },
};
TAP_MAIN(cases)
