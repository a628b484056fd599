/* SPDX-License-Identifier: MIT */
/* The shared authentication routine from a terminal. */
#include "cmd/cmd_whoami.h"

#include "cmd/visitor.h"

#include <string.h>

enum { EXIT_USAGE = 2 };

int
cmd_whoami(const struct conf *c, FILE *in, FILE *out)
{
	struct visitor v = { .auth = NULL };
	char line[VISITOR_LINE_SIZE];
	struct auth_answer answer;
	int status = VISITOR_UNKNOWN;

	if (!visitor_read(in, stderr, line)) {
		fprintf(out, "give a token on standard input\n");
		status = EXIT_USAGE;
	} else if (visitor_open(&v, c, out) == 0) {
		visitor_check(&v, c, line, true, &answer);
		visitor_print(out, &answer);
		status = visitor_status(answer.verdict);
	}
	explicit_bzero(line, sizeof(line));
	visitor_close(&v);
	return status;
}
