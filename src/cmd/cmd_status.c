/* SPDX-License-Identifier: MIT */
/* Look, then print. */
#include "cmd/cmd_status.h"

#include "base/arena.h"
#include "cmd/status_look.h"
#include "cmd/status_print.h"

#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2, EXIT_RUNS_NOT = 3 };

static int
print(const struct status *s, bool json, struct arena *a, FILE *out,
    struct err *e)
{
	if (!json)
		status_print(s, out);
	else if (status_print_json(s, a, out) == -1)
		return err_set(e, ERR_BUG, "out of memory");
	return 0;
}

int
cmd_status(const struct conf *c, int argc, char **argv, FILE *out,
    FILE *complaints)
{
	bool json = argc == 1 && strcmp(argv[0], "--json") == 0;
	struct arena *a;
	struct status s;
	struct err e = { 0 };
	int status;

	if (argc > 0 && !json) {
		fprintf(complaints, "usage: gatehouse status [--json]\n");
		return EXIT_USAGE;
	}
	a = arena_new(STATUS_ARENA);
	if (a == NULL) {
		err_set(&e, ERR_BUG, "out of memory");
		status = EXIT_FAILURE;
	} else if (status_look(c, a, &s, &e) == -1 ||
		   print(&s, json, a, out, &e) == -1) {
		status = EXIT_FAILURE;
	} else {
		status = s.n > 0 ? EXIT_SUCCESS : EXIT_RUNS_NOT;
	}
	if (e.kind != ERR_NONE)
		fprintf(complaints, "gatehouse: %s\n", e.text);
	arena_free(&a);
	return status;
}
