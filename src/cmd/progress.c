/* SPDX-License-Identifier: MIT */
/* A line that is rewritten, or one every ten seconds. */
#include "cmd/progress.h"

#include "base/clock.h"

#include <stdarg.h>
#include <unistd.h>

void
progress_init(struct progress *p, FILE *out)
{
	int fd = fileno(out); /* -1: memory */

	*p = (struct progress){ .out = out,
		.terminal = fd != -1 && isatty(fd) == 1,
		.said_ms = clock_mono_ms() };
}

void
progress_say(struct progress *p, const char *format, ...)
{
	int64_t now = clock_mono_ms();
	va_list ap;

	if (now - p->said_ms <
	    (p->terminal ? PROGRESS_TERMINAL_MS : PROGRESS_LINE_MS))
		return;
	p->said_ms = now;
	va_start(ap, format);
	vfprintf(p->out, format, ap);
	va_end(ap);
	/* the rest of the older line goes; the cursor waits at its start */
	fputs(p->terminal ? "\033[K\r" : "\n", p->out);
	fflush(p->out);
	p->dirty = p->terminal;
}

void
progress_clear(struct progress *p)
{
	if (p->dirty)
		fputs("\033[K", p->out);
	fflush(p->out);
	p->dirty = false;
}
