/* SPDX-License-Identifier: MIT */
/* The status for scripts: the same facts, times in milliseconds. */
#include "base/arena.h"
#include "base/buf.h"
#include "cmd/status_look.h"
#include "cmd/status_print.h"
#include "obs/status_facts.h"

static void
add_text(struct buf *b, const char *value)
{
	if (value == NULL)
		buf_str(b, "null");
	else
		buf_json(b, value);
}

int
status_print_json(const struct status *s, struct arena *a, FILE *out)
{
	const char *line;
	struct buf b;

	buf_init(&b, a, 4096);
	buf_str(&b, "{\"processes\":[");
	for (int i = 0; i < s->n; i++) {
		buf_str(&b, i == 0 ? "" : ",");
		status_facts_board(&b, &s->board[i]);
	}
	buf_str(&b, "],\"memory\":");
	status_facts_memory(&b, s->memory);
	buf_str(&b, ",\"database\":{\"good\":");
	buf_str(&b, s->database_good ? "true" : "false");
	buf_str(&b, ",\"text\":");
	add_text(&b, s->database);
	buf_str(&b, ",\"migrations\":");
	add_text(&b, s->migrations);
	buf_str(&b, "}}\n");
	line = buf_text(&b);
	if (line == NULL)
		return -1;
	fputs(line, out);
	return 0;
}
