/* SPDX-License-Identifier: MIT */
/* route/observer: who may see /metrics, by the web server's word alone. */
#include "tap.h"

#include "conf/conf.h"
#include "unit/world.h"

#include <stdlib.h>
#include <string.h>

static struct peer peer;

/* The status for a client of that address, NULL: none is told. */
static int
ask(struct world *w, const char *uri, const char *address)
{
	peer_begin(&peer, PEER_RESPONDER, 0);
	peer_pair(&peer, "REQUEST_METHOD", "GET");
	peer_pair(&peer, "REQUEST_URI", uri);
	peer_pair(&peer, "HTTP_X_FORWARDED_FOR", "127.0.0.1");
	peer_pair(&peer, "HTTP_X_REAL_IP", "127.0.0.1");
	peer_pair(&peer, "HTTP_FORWARDED", "for=127.0.0.1");
	peer_pair(&peer, "HTTP_CLIENT_IP", "127.0.0.1");
	if (address != NULL)
		peer_pair(&peer, "REMOTE_ADDR", address);
	peer_params(&peer);
	peer_stdin(&peer, NULL, 0);
	world_serve(w, &peer);
	return atoi(peer.answer + 8);
}

#define ALLOW                                                                  \
	"metrics: { allow = [ \"127.0.0.1\", \"10.0.0.0/8\", "                \
	"\"2001:db8::/32\" ]; };"

static void
addresses(void)
{
	static const struct {
		const char *address;
		int status;
	} t[] = {
		{ "127.0.0.1", 200 }, { "10.255.0.1", 200 },
		{ "::ffff:10.1.2.3", 200 }, { "2001:db8:1::9", 200 },
		{ "127.0.0.2", 403 }, { "11.0.0.1", 403 }, { "::1", 403 },
		{ "2001:db9::1", 403 }, { "unix:", 403 }, { "", 403 },
		{ NULL, 403 }, { "127.0.0.1, 10.0.0.1", 403 },
		{ "localhost", 403 },
	};
	struct world w;

	world_open(&w, NULL, ALLOW);
	world_serving(&w);
	for (size_t i = 0; i < ROWS(t); i++) {
		const char *a = t[i].address;

		tap_row("%s", a == NULL ? "(none)" : a);
		INTEQ(ask(&w, "/metrics", a), t[i].status);
		if (t[i].status == 200)
			continue;
		CHECK(strstr(peer.answer, "{\"code\":\"permission_denied\","
			"\"message\":\"the caller does not have permission to "
			"execute the specified operation\",\"details\":null}")
		    != NULL);
		INTEQ(ask(&w, "/status", a), 403);
	}
	world_close(&w);
}

static void
off(void)
{
	struct world w;

	world_open(&w, NULL, "");
	world_serving(&w);
	INTEQ(ask(&w, "/metrics", "127.0.0.1"), 404);
	INTEQ(ask(&w, "/status", "127.0.0.1"), 404);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "an address of the list sees, no header makes one", addresses },
	{ "without a list there is nothing to see", off },
};
TAP_MAIN(cases)
