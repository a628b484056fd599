/* SPDX-License-Identifier: MIT */
/* cmd/cmd_whoami: a verdict on a terminal, and the exit status of it. */
#include "tap.h"

#include "cmd/cmd_whoami.h"
#include "conf/conf.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdlib.h>
#include <string.h>

static void
verdicts(void)
{
	static const struct {
		const char *in;
		int provider, status;
		const char *said;
	} t[] = {
		{ WORLD_TOKEN "\n", 200, 0, "subject      " WORLD_USER "\n" },
		{ WORLD_TOKEN, 200, 0, "email        ada@example.org\n" },
		{ WORLD_TOKEN "\r\n", 200, 0, "verdict      allowed\n" },
		{ "ory_kratos_session=x\n", 200, 0, "provider     ory\n" },
		{ "other=x\n", 200, 1, "verdict      anonymous\n" },
		{ "short\n", 200, 1, "verdict      denied\n" },
		{ WORLD_TOKEN "\n", 401, 1, "why          no such session\n" },
		{ WORLD_TOKEN "\n", 403, 1, "step up at   http" },
		{ WORLD_TOKEN "\n", 500, 3, "verdict      unsure\n" },
		{ "", 200, 2, "give a token" },
		{ "\n", 200, 2, "give a token" },
	};
	struct world w;

	world_open(&w, NULL, "");
	for (size_t i = 0; i < ROWS(t); i++) {
		char *said = NULL;
		size_t n;
		FILE *out = open_memstream(&said, &n);
		FILE *in = fopen(files_write("in", t[i].in, 0600), "r");

		tap_row("\"%s\", provider says %d", t[i].in, t[i].provider);
		stub_json(w.stub, "/sessions/whoami", t[i].provider, "",
		    t[i].provider == 401 ? WORLD_E1
			: t[i].provider == 403
			? "{\"error\":{\"id\":\"session_aal2_required\"}}"
			: WORLD_SESSION);
		INTEQ(cmd_whoami(w.conf, in, out), t[i].status);
		fclose(in);
		fclose(out);
		CHECK(strstr(said, t[i].said) != NULL);
		CHECK(strstr(said, WORLD_TOKEN) == NULL);
		free(said);
	}
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "yes, no and unknown have words and exit statuses", verdicts },
};
TAP_MAIN(cases)
