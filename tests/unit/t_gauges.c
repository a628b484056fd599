/* SPDX-License-Identifier: MIT */
/* route/gauges: what /metrics says of now; what is not known is not said. */
#include "tap.h"

#include "base/clock.h"
#include "conf/conf.h"
#include "obs/metrics.h"
#include "route/ready.h"
#include "shm/shared.h"
#include "unit/world.h"

#include <stdlib.h>
#include <string.h>

static struct peer peer;

static void
open_world(struct world *w)
{
	world_open(w, NULL, "metrics: { allow = [ \"127.0.0.1\" ]; };");
	world_serving(w);
	atomic_store(&w->shared->board->owner, 1); /* not a single process */
}

static int
scrape(struct world *w, const char *accept)
{
	peer_begin(&peer, PEER_RESPONDER, 0);
	peer_pair(&peer, "REQUEST_METHOD", "GET");
	peer_pair(&peer, "REQUEST_URI", "/metrics");
	peer_pair(&peer, "REMOTE_ADDR", "127.0.0.1");
	peer_pair(&peer, "HTTP_ACCEPT", accept);
	peer_params(&peer);
	peer_stdin(&peer, NULL, 0);
	world_serve(w, &peer);
	return atoi(peer.answer + 8);
}

static bool
has(const char *line)
{
	return strstr(peer.answer, line) != NULL;
}

/* A sample's whole part; "\nname " names it.  -1: there is none. */
static long long
whole(const char *name)
{
	const char *at = strstr(peer.answer, name);

	return at == NULL ? -1 : atoll(at + strlen(name));
}

static void
fresh(void)
{
	struct world w;

	open_world(&w);
	INTEQ(scrape(&w, "*/*"), 200);
	CHECK(has("\r\nContent-Type: text/plain; version=0.0.4; "
		  "charset=utf-8\r\n"));
	CHECK(has("\ngatehouse_build_info{version=\"" PACKAGE_VERSION
		  "\"} 1\n"));
	CHECK(has("\ngatehouse_config_info{name=\""));
	CHECK(has("\ngatehouse_workers{state=\"starting\"} 0\n"
		  "gatehouse_workers{state=\"idle\"} 0\n"
		  "gatehouse_workers{state=\"busy\"} 1\n"));
	CHECK(has("\ngatehouse_workers_limit 1\n"));
	CHECK(has("\ngatehouse_provider_gate{provider=\"ory\",state=\"open\"} "
		  "1\n"));
	/* nobody has looked, asked or read yet */
	CHECK(has("# TYPE gatehouse_part_up gauge\n"));
	CHECK(!has("\ngatehouse_part_up{"));
	CHECK(!has("\ngatehouse_provider_up{"));
	CHECK(!has("\ngatehouse_provider_good_age_seconds{"));
	CHECK(!has("\ngatehouse_provider_keys_age_seconds{"));
	CHECK(!has("\ngatehouse_connections_waiting "));
	CHECK(!has("# EOF"));
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), 0);
	INTEQ(stub_requests(w.stub, "/health/ready"), 0);
	world_close(&w);
}

static void
known(void)
{
	int64_t now = clock_mono_ms();
	struct upstream *u;
	struct world w;

	open_world(&w);
	u = auth_line(w.auth, 0);
	atomic_store(&w.shared->ready->database, PART_DOWN);
	atomic_store(&w.shared->ready->migrations, PART_NEWER);
	atomic_store(&w.shared->ready->looked_ms, now - 1000);
	atomic_store(&w.shared->news->read_ms, now - 3000);
	atomic_store(&u->part, PART_OK);
	atomic_store(&u->gate.backoff_until_ms, now + 4000);
	atomic_store(&u->gate.good_ms, now - 2000);
	atomic_store(&u->ring.fetched_ms, now - 5000);
	board_see_waiting(w.shared->board, 3, 128);
	INTEQ(scrape(&w, "application/openmetrics-text"), 200);
	CHECK(has("\r\nContent-Type: application/openmetrics-text; "
		  "version=1.0.0; charset=utf-8\r\n"));
	CHECK(has("\ngatehouse_part_up{part=\"database\"} 0\n"
		  "gatehouse_part_up{part=\"migrations\"} 1\n"
		  "gatehouse_part_up{part=\"revocations\"} 1\n"));
	CHECK(has("\ngatehouse_provider_up{provider=\"ory\"} 1\n"));
	CHECK(has("{provider=\"ory\",state=\"open\"} 0\n"));
	CHECK(has("{provider=\"ory\",state=\"backoff\"} 1\n"));
	CHECK(has("\ngatehouse_part_age_seconds 1."));
	CHECK(has("\ngatehouse_provider_good_age_seconds{provider=\"ory\"} "
		  "2."));
	CHECK(has("\ngatehouse_revocation_age_seconds 3."));
	CHECK(has("\ngatehouse_revocation_bound_seconds 5.0\n"));
	CHECK(has("\ngatehouse_connections_waiting 3\n"));
	CHECK(has("\ngatehouse_connections_waiting_limit 128\n"));
	CHECK(has("\ngatehouse_provider_keys_age_seconds{provider=\"ory\"} "
		  "5."));
	CHECK(has("\n# EOF\n"));
	world_close(&w);
}

/* Of the service's own: when it began, and what its workers wait for. */
static void
service(void)
{
	int64_t now = clock_mono_ms(), wall_s = clock_wall_ms() / 1000;
	struct board *b;
	struct world w;

	open_world(&w);
	b = w.shared->board;
	board_begin(b, 1, now - 6000);
	board_begin(b, 2, now - 3000);
	board_wait_begin(b, 0, 0, now);
	atomic_store(&auth_line(w.auth, 0)->gate.paused_until_ms, now + 20000);
	INTEQ(scrape(&w, "*/*"), 200);
	CHECK(has("\ngatehouse_config_generation 2\n"));
	CHECK(llabs(whole("\ngatehouse_started_timestamp_seconds ") -
		    (wall_s - 6)) <= 1);
	CHECK(llabs(whole("\ngatehouse_config_loaded_timestamp_seconds ") -
		    (wall_s - 3)) <= 1);
	CHECK(has("\ngatehouse_provider_waiting_workers{provider=\"ory\"} "
		  "1\n"));
	CHECK(has("{provider=\"ory\",state=\"open\"} 0\n"));
	CHECK(has("{provider=\"ory\",state=\"paused\"} 1\n"));
	CHECK(has("{provider=\"ory\",state=\"backoff\"} 0\n"));
	world_close(&w);
}

/* One entry, of two units: no two samples are of one number. */
static void
put_entry(struct slots *slots)
{
	static const char value[SLOTS_UNIT_SIZE + 1];
	const struct crypt_part part = { "test", 4 };
	unsigned char key[SLOTS_KEY_SIZE];
	int64_t now = clock_mono_ms();

	slots_key(slots, &part, 1, key);
	INTEQ(slots_put(slots, key, value, sizeof(value), now + 3600000, now),
	    SLOTS_HIT);
}

static void
remembered(void)
{
	enum { WAYS = 16, LOST = 3 }; /* of the smallest table: one set */
	static _Alignas(64) unsigned char mem[64 + WAYS * 48];
	int64_t now = clock_mono_ms(), now_s = clock_wall_ms() / 1000;
	struct revoked_entry entry = { .effect = REVOKED_ALL,
		.until_s = now_s + 3600 };
	struct revoked *was;
	struct world w;

	open_world(&w);
	put_entry(w.shared->slots);
	was = w.shared->revoked;
	w.shared->revoked = revoked_new(mem, sizeof(mem), w.shared->file);
	for (entry.tag = 1; entry.tag <= WAYS + LOST; entry.tag++)
		INTEQ(revoked_put(w.shared->revoked, &entry, now, now_s), 0);
	INTEQ(scrape(&w, "*/*"), 200);
	INTEQ(whole("\ngatehouse_revocations "), WAYS);
	INTEQ(whole("\ngatehouse_revocations_lost_total "), LOST);
	INTEQ(whole("\ngatehouse_cache_entries "), 1);
	INTEQ(whole("\ngatehouse_cache_slots{state=\"used\"} "), 2);
	INTEQ(whole("\ngatehouse_cache_slots{state=\"free\"} "),
	    slots_usage(w.shared->slots, now).units - 2);
	revoked_free(&w.shared->revoked);
	w.shared->revoked = was;
	world_close(&w);
}

/* Any process of our user could have written it. */
static void
nonsense(void)
{
	struct world w;

	open_world(&w);
	atomic_store(&w.shared->ready->database, 77);
	atomic_store(&w.shared->ready->looked_ms, INT64_MAX);
	atomic_store(&w.shared->news->read_ms, INT64_MIN);
	atomic_store(&auth_line(w.auth, 0)->part, -4);
	atomic_store(&auth_line(w.auth, 0)->ring.fetched_ms, INT64_MAX);
	atomic_store(&w.shared->board->slot[0].state, 99);
	atomic_store(&w.shared->board->used, 1 << 30);
	INTEQ(scrape(&w, "*/*"), 200);
	CHECK(!has("\ngatehouse_part_up{part=\"database\"}"));
	CHECK(!has("\ngatehouse_part_age_seconds "));
	CHECK(!has("\ngatehouse_provider_up{"));
	CHECK(has("\ngatehouse_workers{state=\"busy\"} 0\n"));
	world_close(&w);
}

/* A reload to another configuration has another name, as has another secret
 * not. */
static void
names(void)
{
	char a[CONF_NAME_SIZE], b[CONF_NAME_SIZE];
	struct world w;

	open_world(&w);
	conf_name(w.conf, a);
	w.conf->ory.admin_token = "another secret";
	conf_name(w.conf, b);
	CHECK(strlen(a) == CONF_NAME_SIZE - 1);
	w.conf->ory.admin_token = "yet another";
	conf_name(w.conf, a);
	STREQ(a, b);
	w.conf->log.slow++;
	conf_name(w.conf, b);
	CHECK(strcmp(a, b) != 0);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "a scrape asks nobody, and what is not known has no sample", fresh },
	{ "what is known is told, in OpenMetrics where that is wanted", known },
	{ "when it began; whom nobody asks, and who waits all the same",
	    service },
	{ "what is remembered, revoked and lost is counted", remembered },
	{ "nonsense in shared memory harms nobody", nonsense },
	{ "a configuration is named without its secrets", names },
};
TAP_MAIN(cases)
