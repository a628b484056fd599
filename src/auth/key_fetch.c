/* SPDX-License-Identifier: MIT */
/* One or two GETs. */
#include "auth/key_fetch.h"

#include "auth/discovery.h"
#include "auth/keys.h"
#include "auth/outside.h"
#include "base/arena.h"
#include "base/clock.h"
#include "io/http.h"
#include "shm/shared.h"

#include <stdlib.h>
#include <string.h>

struct key_fetch {
	struct keys_options o;
	struct http *http;
};

struct key_fetch *
key_fetch_new(const struct keys_options *o)
{
	const struct http_options http = { .ca_file = o->ca_file };
	struct key_fetch *f = calloc(1, sizeof(*f));

	if (f == NULL || (f->http = http_new(&http)) == NULL) {
		key_fetch_free(&f);
		return NULL;
	}
	f->o = *o;
	return f;
}

void
key_fetch_free(struct key_fetch **f)
{
	if (*f == NULL)
		return;
	http_free(&(*f)->http);
	free(*f);
	*f = NULL;
}

/* Of the line's data, where the URL is kept. */
static int
lock(const struct key_fetch *f)
{
	const struct outside *o = f->o.outside;

	return upstream_lock(o->shared->lines, o->line, UPSTREAM_DATA,
	    clock_mono_ms() + KEYS_DATA_MS);
}

static void
unlock(const struct key_fetch *f)
{
	const struct outside *o = f->o.outside;

	upstream_unlock(o->shared->lines, o->line, UPSTREAM_DATA);
}

static int
get(struct key_fetch *f, struct http_call *call, int64_t deadline,
    struct arena *a, struct http_reply *r, struct err *e)
{
	call->spans = f->o.outside->spans;
	call->of = f->o.outside->name;
	call->timeout_ms = clock_left_ms(deadline);
	if (call->timeout_ms > f->o.timeout_ms)
		call->timeout_ms = f->o.timeout_ms;
	if (http_get(f->http, call, a, r, e) == -1)
		return -1;
	if (r->status == 200)
		return 0;
	return err_set(e, ERR_DOWN,
	    (r->status == 401 || r->status == 403) && f->o.secret[0] != '\0'
		? "status %d: is our secret key right?"
		: "status %d",
	    r->status);
}

/* Where a set is, and what is known of the way there. */
struct place {
	char url[KEYRING_URL_MAX];
	bool public_only;
	const char *trouble; /* of discovery, which did not matter; or NULL */
};

/* Asks the issuer.  NULL and *e. */
static const char *
discover(struct key_fetch *f, int64_t deadline, struct arena *a,
    struct http_reply *r, struct err *e)
{
	struct http_call call = {
		.url = discovery_url(f->o.issuer, a),
		.headers = { "Accept: application/json" },
		.body_max = DISCOVERY_MAX,
		.name = "discovery",
	};

	if (call.url == NULL)
		err_set(e, ERR_BUG, "out of request memory");
	else if (get(f, &call, deadline, a, r, e) == 0)
		return discovery_parse(r->body, r->body_len, f->o.issuer, a, e);
	return NULL;
}

/* By discovery, or as it was found before. */
static int
find_place(struct key_fetch *f, int64_t deadline, struct arena *a,
    struct place *to, struct http_reply *r, struct err *e)
{
	struct keyring *ring = &f->o.outside->line->ring;
	int64_t now = clock_mono_ms(), found = atomic_load(&ring->found_ms);
	struct err why = { 0 };
	const char *url;
	bool known;

	if (lock(f) == -1)
		return err_set(e, ERR_DOWN, "shared memory is busy");
	known = keyring_url(ring, to->url, &to->public_only);
	unlock(f);
	if (known && found <= now && now - found < KEYS_DISCOVERY_MS)
		return 0;
	url = discover(f, deadline, a, r, &why);
	if (url == NULL && known) { /* where it was an hour ago */
		to->trouble = arena_printf(a, "discovery: %s", why.text);
		return 0;
	}
	if (url == NULL)
		return err_set(e, why.kind, "discovery: %s", why.text);
	to->public_only = r->public_peer;
	memcpy(to->url, url, strlen(url) + 1);
	if (lock(f) == 0) {
		keyring_set_url(ring, url, to->public_only, now);
		unlock(f);
	}
	return 0;
}

/* The set as text; *r also tells of a pause when it failed. */
static int
get_set(struct key_fetch *f, int64_t deadline, struct arena *a,
    struct place *from, struct http_reply *r, struct err *e)
{
	struct http_call call = { .url = f->o.url,
		.body_max = KEYRING_TEXT_MAX,
		.name = "keys" };
	int n = 0;

	if (f->o.url[0] == '\0') {
		if (find_place(f, deadline, a, from, r, e) == -1)
			return -1;
		call.url = from->url;
		call.public_only = from->public_only;
	}
	call.headers[n++] = "Accept: application/json";
	if (f->o.header != NULL)
		call.headers[n++] = f->o.header;
	if (f->o.secret[0] != '\0') {
		call.headers[n] =
		    arena_printf(a, "Authorization: Bearer %s", f->o.secret);
		if (call.headers[n] == NULL)
			return err_set(e, ERR_BUG, "out of request memory");
	}
	if (get(f, &call, deadline, a, r, e) == -1)
		return err_wrap(e, "key set");
	return 0;
}

int
key_fetch_run(struct key_fetch *f, int64_t deadline, struct arena *a,
    struct key_text *text, struct err *e)
{
	struct http_reply r = { .status = 0 };
	struct place from = { .trouble = NULL };
	int rc = get_set(f, deadline, a, &from, &r, e);

	*text = (struct key_text){ r.body, r.body_len, 0, from.trouble };
	if (rc == -1)
		text->pause_ms = http_retry_ms(&r, "retry-after");
	return rc;
}

int64_t
key_fetch_take_spent_us(struct key_fetch *f)
{
	return http_take_spent_us(f->http);
}
