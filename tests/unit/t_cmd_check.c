/* SPDX-License-Identifier: MIT */
/* cmd/cmd_check without a database; with one it is it_cli's. */
#include "tap.h"

#include "cmd/cmd_check.h"
#include "conf/conf.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdlib.h>
#include <string.h>

static void
lines(void)
{
	static const struct {
		int ready;
		const char *line;
	} t[] = {
		{ 200, "\nok   provider ory: ready\n" },
		{ 503, "\nFAIL provider ory: /health/ready: status 503" },
	};
	struct world w;

	world_open(&w, NULL, "database: { url = "
			     "\"postgresql:///x?host=/nonexistent\"; };");
	for (size_t i = 0; i < ROWS(t); i++) {
		char *said = NULL;
		size_t n;
		FILE *out = open_memstream(&said, &n);

		tap_row("readiness %d", t[i].ready);
		stub_json(w.stub, "/health/ready", t[i].ready, "", "{}");
		INTEQ(cmd_check(w.conf, out), 1);
		fclose(out);
		CHECK(strncmp(said, "ok   configuration: ", 20) == 0);
		CHECK(strstr(said, "\nFAIL database: database: ") != NULL);
		CHECK(strstr(said, t[i].line) != NULL);
		free(said);
	}
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "each part has its line, and one failure fails the whole", lines },
};
TAP_MAIN(cases)
