/* SPDX-License-Identifier: MIT */
/* cmd/cmd_migrate: its words; what it does to a database is it_migrate's. */
#include "tap.h"

#include "cmd/cmd_migrate.h"
#include "io/db.h"

#include <stdlib.h>
#include <string.h>

static void
words(void)
{
	static const struct {
		const char *words[4];
		int n, status; /* 1: the words are fine, the database is not */
	} t[] = {
		{ { NULL }, 0, 1 }, { { "status" }, 1, 1 }, { { "up" }, 1, 1 },
		{ { "to", "1" }, 2, 1 }, { { "to" }, 1, 2 },
		{ { "to", "0" }, 2, 2 }, { { "to", "-1" }, 2, 2 },
		{ { "to", "x" }, 2, 2 }, { { "to", "1x" }, 2, 2 },
		{ { "to", "" }, 2, 2 }, { { "to", "1", "2" }, 3, 2 },
		{ { "up", "1" }, 2, 2 }, { { "down" }, 1, 2 },
		{ { "" }, 1, 2 }, { { "status", "up" }, 2, 2 },
		{ { "to", "99999999999999999999" }, 2, 2 },
	};
	const struct db_options o = {
		.url = "postgresql:///x?host=/nonexistent",
		.connect_timeout_ms = 200,
		.statement_timeout_ms = 200,
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char *said = NULL, *complained = NULL, *argv[4];
		size_t n;
		FILE *out = open_memstream(&said, &n);
		FILE *complaints = open_memstream(&complained, &n);

		tap_row("%s %s", t[i].n > 0 ? t[i].words[0] : "(none)",
		    t[i].n > 1 ? t[i].words[1] : "");
		for (int k = 0; k < t[i].n; k++)
			argv[k] = strdup(t[i].words[k]);
		INTEQ(cmd_migrate(&o, t[i].n, argv, out, complaints),
		    t[i].status);
		fclose(out);
		fclose(complaints);
		STREQ(said, "");
		CHECK(strstr(complained, t[i].status == 2
			      ? "usage: gatehouse migrate"
			      : "gatehouse: database: ") != NULL);
		for (int k = 0; k < t[i].n; k++)
			free(argv[k]);
		free(said);
		free(complained);
	}
}

static const struct tap_case cases[] = {
	{ "wrong words are told from a database that is away", words },
};
TAP_MAIN(cases)
