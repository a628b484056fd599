/* SPDX-License-Identifier: MIT */
/* What all directories have in common: one connection, its pace, its pauses. */
#include "cmd/directory.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "io/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct directory {
	const struct directory_kind *kind;
	struct directory_setup setup;
	struct directory_told told;
	struct http *http;
	int64_t next_ms; /* when the next call may begin */
};

static const struct directory_kind *const kinds[] = {
	&directory_clerk,
	&directory_ory,
};

static const struct directory_kind *
find_kind(const char *provider)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i]->provider, provider) == 0)
			return kinds[i];
	return NULL;
}

static int
set_up(struct directory *d, const struct conf *c, struct err *e)
{
	struct http_options o;
	size_t n;

	if (d->kind->setup(c, &d->setup, e) == -1)
		return -1;
	n = strlen(d->setup.base);
	while (n > 0 && d->setup.base[n - 1] == '/')
		d->setup.base[--n] = '\0';
	o = (struct http_options){ .ca_file = d->setup.ca_file,
		.insecure_http = d->setup.plain };
	d->http = http_new(&o);
	return d->http != NULL ? 0 : err_set(e, ERR_BUG, "out of memory");
}

struct directory *
directory_new(const struct conf *c, const char *provider,
    const struct directory_told *told, struct err *e)
{
	const struct directory_kind *kind = find_kind(provider);
	struct directory *d;

	if (kind == NULL) {
		err_set(e, ERR_CONFIG,
		    "an OpenID Connect issuer cannot be asked who its users "
		    "are");
		return NULL;
	}
	d = calloc(1, sizeof(*d));
	if (d == NULL) {
		err_set(e, ERR_BUG, "out of memory");
		return NULL;
	}
	d->kind = kind;
	d->told = *told;
	if (set_up(d, c, e) == -1)
		directory_free(&d);
	return d;
}

void
directory_free(struct directory **d)
{
	if (*d == NULL)
		return;
	http_free(&(*d)->http);
	explicit_bzero(&(*d)->setup, sizeof((*d)->setup));
	free(*d);
	*d = NULL;
}

bool
directory_is_id(const struct directory *d, const char *id)
{
	return d->kind->is_id(id);
}

static void
sleep_until(int64_t when)
{
	int left;

	while ((left = clock_left_ms(when)) > 0) {
		const struct timespec t = { .tv_sec = left / 1000,
			.tv_nsec = left % 1000 * 1000000L };

		nanosleep(&t, NULL);
	}
}

static int
call_once(struct directory *d, const char *url, struct arena *a,
    struct http_reply *r, struct err *e)
{
	struct http_call call = {
		.url = url,
		.headers = { "Accept: application/json" },
		.timeout_ms = DIRECTORY_CALL_MS,
		.body_max = DIRECTORY_BODY_MAX,
	};
	int n = 1;

	if (d->setup.version != NULL)
		call.headers[n++] = d->setup.version;
	if (d->setup.authorization[0] != '\0')
		call.headers[n++] = d->setup.authorization;
	sleep_until(d->next_ms);
	d->next_ms = clock_mono_ms() + d->setup.pace_ms;
	return http_get(d->http, &call, a, r, e);
}

/* What it asked for, else longer with every try. */
static int64_t
pause_of(const struct directory *d, const struct http_reply *r, int try)
{
	int64_t ms = http_retry_ms(r, d->setup.pause_name);

	if (ms == 0)
		ms = http_retry_ms(r, "Retry-After");
	if (ms == 0)
		ms = (int64_t)DIRECTORY_PAUSE_MS << try;
	return ms < DIRECTORY_PAUSE_MAX_MS ? ms : DIRECTORY_PAUSE_MAX_MS;
}

int
directory_get(struct directory *d, const char *path, struct arena *a,
    struct http_reply *r, struct err *e)
{
	const char *url = arena_printf(a, "%s%s", d->setup.base, path);

	if (url == NULL)
		return err_set(e, ERR_BUG, "out of memory");
	for (int try = 0; try < DIRECTORY_TRIES; try++) {
		int64_t ms;

		if (call_once(d, url, a, r, e) == -1)
			return err_wrap(e, "%s", d->setup.base);
		if (r->status != 429)
			return 0;
		ms = pause_of(d, r, try);
		d->next_ms = clock_mono_ms() + ms;
		d->told.pause(d->told.ctx, ms);
	}
	return err_set(e, ERR_DOWN, "%s: too many calls, %d times in a row",
	    d->setup.base, DIRECTORY_TRIES);
}

int
directory_ask_one(struct directory *d, const char *id, bool *there,
    struct arena *a, struct err *e)
{
	char path[256];
	struct http_reply r;

	snprintf(path, sizeof(path), "%s/%s", d->kind->one_path, id);
	if (directory_get(d, path, a, &r, e) == -1)
		return -1;
	if (d->kind->judge(&r, id, there, e) == -1)
		return err_wrap(e, "%s%s", d->setup.base, d->kind->one_path);
	return 0;
}

int
directory_ask(struct directory *d, const char *const *ids, int n, bool *there,
    struct arena *a, struct err *e)
{
	memset(there, 0, (size_t)n * sizeof(*there));
	if (n > 0 && d->kind->ask != NULL)
		return d->kind->ask(d, ids, n, there, a, e);
	for (int i = 0; i < n; i++) {
		if (directory_ask_one(d, ids[i], &there[i], a, e) == -1)
			return -1;
		arena_reset(a);
	}
	return 0;
}
