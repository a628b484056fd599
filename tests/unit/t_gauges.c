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
	CHECK(has("\ngatehouse_revocation_age_seconds 3."));
	CHECK(has("\ngatehouse_revocation_bound_seconds 5.0\n"));
	CHECK(has("\ngatehouse_connections_waiting 3\n"));
	CHECK(has("\ngatehouse_connections_waiting_limit 128\n"));
	CHECK(has("\ngatehouse_provider_keys_age_seconds{provider=\"ory\"} "
		  "5."));
	CHECK(has("\n# EOF\n"));
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
	{ "nonsense in shared memory harms nobody", nonsense },
	{ "a configuration is named without its secrets", names },
};
TAP_MAIN(cases)
