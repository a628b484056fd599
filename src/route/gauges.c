/* SPDX-License-Identifier: MIT */
/* A row a family, and a function that knows its samples. */
#include "route/gauges.h"

#include "base/clock.h"
#include "conf/conf.h"
#include "obs/exposition.h"
#include "obs/metrics.h"
#include "obs/status.h"
#include "route/ready.h"
#include "route/request.h"
#include "shm/boards.h"

#include <stddef.h>
#include <string.h>

enum { US = 1000 /* of a millisecond */ };

/* What the samples are made of: values, copied once. */
struct scrape {
	struct exposition *x;
	const struct service *s;
	struct status_board board;
	struct status_memory *memory;
	struct ready_look ready;
	int workers[BOARD_BUSY + 1];
	int64_t now_ms, wall_ms;
};

static void
tell_number(const struct scrape *s, const char *name, const char *value,
    int64_t n)
{
	const struct exposition_label label = { name, value };

	exposition_number(s->x, &label, name == NULL ? 0 : 1, n);
}

/* A time that has passed; -1: never, of which there is nothing to tell. */
static void
tell_age(const struct scrape *s, const char *name, const char *value,
    int64_t ms)
{
	const struct exposition_label label = { name, value };

	if (ms >= 0)
		exposition_seconds(s->x, &label, name == NULL ? 0 : 1, ms * US);
}

/* The time of day at which it was. */
static void
tell_when(const struct scrape *s, int64_t ago_ms)
{
	if (ago_ms >= 0)
		exposition_seconds(s->x, NULL, 0, (s->wall_ms - ago_ms) * US);
}

static void
tell_build(const struct scrape *s)
{
	tell_number(s, "version", PACKAGE_VERSION, 1);
}

static void
tell_config(const struct scrape *s)
{
	char name[CONF_NAME_SIZE];

	conf_name(s->s->conf, name);
	tell_number(s, "name", name, 1);
}

static void
tell_generation(const struct scrape *s)
{
	tell_number(s, NULL, NULL, s->board.generation);
}

static void
tell_loaded(const struct scrape *s)
{
	tell_when(s, s->board.loaded_ms);
}

static void
tell_started(const struct scrape *s)
{
	tell_when(s, s->board.started_ms);
}

static void
tell_workers(const struct scrape *s)
{
	for (int i = BOARD_STARTING; i <= BOARD_BUSY; i++)
		tell_number(s, "state", status_state_name((enum board_state)i),
		    s->workers[i]);
}

/* How many single processes there may be, their web server decides. */
static void
tell_limit(const struct scrape *s)
{
	if (!s->board.single)
		tell_number(s, NULL, NULL, s->board.limit);
}

static void
tell_waiting(const struct scrape *s)
{
	if (s->board.waiting >= 0)
		tell_number(s, NULL, NULL, s->board.waiting);
}

static void
tell_waiting_limit(const struct scrape *s)
{
	if (s->board.waiting_limit >= 0)
		tell_number(s, NULL, NULL, s->board.waiting_limit);
}

/* Of what nobody has looked at nothing is known. */
static void
tell_state(const struct scrape *s, const char *name, const char *value,
    enum part_state state)
{
	if (state != PART_UNKNOWN)
		tell_number(s, name, value,
		    state == PART_OK || state == PART_NEWER);
}

static void
tell_parts(const struct scrape *s)
{
	tell_state(s, "part", "database", s->ready.database);
	tell_state(s, "part", "migrations", s->ready.migrations);
	tell_state(s, "part", "revocations", s->ready.revocations);
}

static void
tell_looked(const struct scrape *s)
{
	int64_t looked = atomic_load(&s->s->shared->ready->looked_ms);

	if (looked > 0 && looked <= s->now_ms)
		tell_age(s, NULL, NULL, s->now_ms - looked);
}

static void
tell_providers(const struct scrape *s)
{
	for (int i = 0; i < s->memory->n; i++)
		tell_state(s, "provider", s->memory->provider[i].name,
		    s->ready.provider[i]);
}

static void
tell_gates(const struct scrape *s)
{
	static const char *const states[] = {
		[STATUS_OPEN] = "open",
		[STATUS_PAUSED] = "paused",
		[STATUS_BACKOFF] = "backoff",
	};

	for (int i = 0; i < s->memory->n; i++)
		for (int k = STATUS_OPEN; k <= STATUS_BACKOFF; k++) {
			const struct status_provider *p =
			    &s->memory->provider[i];
			const struct exposition_label labels[] = {
				{ "provider", p->name },
				{ "state", states[k] },
			};

			exposition_number(s->x, labels, 2, (int)p->gate == k);
		}
}

static void
tell_good(const struct scrape *s)
{
	for (int i = 0; i < s->memory->n; i++)
		if (s->memory->provider[i].used)
			tell_age(s, "provider", s->memory->provider[i].name,
			    s->memory->provider[i].good_ms);
}

static void
tell_keys(const struct scrape *s)
{
	for (int i = 0; auth_provider_name(s->s->auth, i) != NULL; i++) {
		const struct upstream *u = auth_line(s->s->auth, i);
		int64_t fetched = atomic_load(&u->ring.fetched_ms);

		if (fetched > 0 && fetched <= s->now_ms)
			tell_age(s, "provider",
			    auth_provider_name(s->s->auth, i),
			    s->now_ms - fetched);
	}
}

static void
tell_waits(const struct scrape *s)
{
	for (int i = 0; i < s->memory->n; i++)
		tell_number(s, "provider", s->memory->provider[i].name,
		    board_waits(s->s->shared->board, i, s->now_ms).n);
}

static void
tell_news(const struct scrape *s)
{
	tell_age(s, NULL, NULL, s->memory->news_ms);
}

static void
tell_bound(const struct scrape *s)
{
	tell_age(s, NULL, NULL, s->s->conf->revocation.bound);
}

static void
tell_revoked(const struct scrape *s)
{
	tell_number(s, NULL, NULL, s->memory->revoked);
}

static void
tell_revoked_lost(const struct scrape *s)
{
	tell_number(s, NULL, NULL, (int64_t)s->memory->lost);
}

static void
tell_memory(const struct scrape *s)
{
	tell_number(s, NULL, NULL, (int64_t)s->memory->size);
}

static void
tell_common(const struct scrape *s)
{
	tell_number(s, NULL, NULL, s->memory->where[0] != '\0');
}

static void
tell_entries(const struct scrape *s)
{
	tell_number(s, NULL, NULL, (int64_t)s->memory->slots.entries);
}

static void
tell_slots(const struct scrape *s)
{
	const struct slots_usage *u = &s->memory->slots;

	tell_number(s, "state", "used", (int64_t)u->used);
	tell_number(s, "state", "free", (int64_t)(u->units - u->used));
}

/* clang-format off */
#define FAMILY(name, kind, help) { name, help, METRIC_##kind, { 0 } }

/* In the order of the answer; what belongs together stands together. */
static const struct gauge {
	struct metric_family family;
	void (*tell)(const struct scrape *s);
} gauges[] = {
{ FAMILY("gatehouse_build_info", INFO,
    "The program."), tell_build },
{ FAMILY("gatehouse_config_info", INFO,
    "The effective configuration, secrets left out, by a digest of it."),
    tell_config },
{ FAMILY("gatehouse_config_generation", GAUGE,
    "How often a configuration was loaded since the start."),
    tell_generation },
{ FAMILY("gatehouse_config_loaded_timestamp_seconds", GAUGE,
    "When the configuration was loaded."), tell_loaded },
{ FAMILY("gatehouse_started_timestamp_seconds", GAUGE,
    "When the service started."), tell_started },
{ FAMILY("gatehouse_workers", GAUGE,
    "Worker processes, by what they do now."), tell_workers },
{ FAMILY("gatehouse_workers_limit", GAUGE,
    "Worker processes that there may be."), tell_limit },
{ FAMILY("gatehouse_connections_waiting", GAUGE,
    "Connections that no worker has accepted yet."), tell_waiting },
{ FAMILY("gatehouse_connections_waiting_limit", GAUGE,
    "Connections for which there is room to wait."), tell_waiting_limit },
{ FAMILY("gatehouse_part_up", GAUGE,
    "Whether a part was well when /readyz last looked."), tell_parts },
{ FAMILY("gatehouse_provider_up", GAUGE,
    "Whether an identity provider was well when /readyz last looked."),
    tell_providers },
{ FAMILY("gatehouse_part_age_seconds", GAUGE,
    "Time since /readyz last looked at database and providers."),
    tell_looked },
{ FAMILY("gatehouse_provider_gate", GAUGE,
    "Whether an identity provider is asked (open) or left alone, and why."),
    tell_gates },
{ FAMILY("gatehouse_provider_good_age_seconds", GAUGE,
    "Time since the last good call to an identity provider."), tell_good },
{ FAMILY("gatehouse_provider_keys_age_seconds", GAUGE,
    "Time since an identity provider's keys were fetched."), tell_keys },
{ FAMILY("gatehouse_provider_waiting_workers", GAUGE,
    "Workers that wait for an identity provider now."), tell_waits },
{ FAMILY("gatehouse_revocation_age_seconds", GAUGE,
    "Time since this host read what is revoked."), tell_news },
{ FAMILY("gatehouse_revocation_bound_seconds", GAUGE,
    "How old that may be before verdicts are not remembered."), tell_bound },
{ FAMILY("gatehouse_revocations", GAUGE,
    "Revoked sessions and users that this host knows of."), tell_revoked },
{ FAMILY("gatehouse_revocations_lost_total", COUNTER,
    "Revocations that found no room while they mattered."),
    tell_revoked_lost },
{ FAMILY("gatehouse_shared_memory_bytes", GAUGE,
    "Size of the memory that processes share."), tell_memory },
{ FAMILY("gatehouse_shared_memory_common", GAUGE,
    "1: all processes of the host share it; 0: those of one supervisor."),
    tell_common },
{ FAMILY("gatehouse_cache_entries", GAUGE,
    "What is remembered of sessions and users."), tell_entries },
{ FAMILY("gatehouse_cache_slots", GAUGE,
    "Room for that, in pieces."), tell_slots },
};
/* clang-format on */

enum { GAUGES = sizeof(gauges) / sizeof(gauges[0]) };

static void
add_board(void *ctx, const struct boards_one *one)
{
	struct scrape *s = ctx;
	int used = board_used(one->board);

	for (int i = 0; i < used; i++) {
		int state = atomic_load(&one->board->slot[i].state);

		if (state > BOARD_FREE && state <= BOARD_BUSY)
			s->workers[state]++;
	}
}

/* Of single processes, all of their boards are the host's. */
static void
count_workers(struct scrape *s)
{
	const struct conf *c = s->s->conf;
	const struct shared_options o = { .dir = c->cache.path,
		.site = c->file,
		.size = (size_t)c->cache.size };
	struct err ignored = { 0 };

	if (s->board.single && boards_find(&o, add_board, s, &ignored) > 0)
		return;
	memcpy(s->workers, s->board.count, sizeof(s->workers));
}

int
gauges_tell(const struct request *rq, struct exposition *x)
{
	const struct service *service = rq->service;
	const struct board *board = service->shared->board;
	struct scrape s = {
		.x = x,
		.s = service,
		.now_ms = clock_mono_ms(),
		.wall_ms = clock_wall_ms(),
	};

	s.memory = status_copy_memory(service->shared, service->conf, rq->arena,
	    s.now_ms);
	if (s.memory == NULL ||
	    status_copy_board(board, atomic_load(&board->owner), service->conf,
		rq->arena, s.now_ms, &s.board) == -1)
		return -1;
	ready_recall(service, &s.ready);
	count_workers(&s);
	for (int i = 0; i < GAUGES; i++) {
		exposition_family(x, &gauges[i].family);
		gauges[i].tell(&s);
	}
	return 0;
}
