/* SPDX-License-Identifier: MIT */
/* The error record: first cause wins, prose grows outward. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One line only: the text ends up in a log line and on a terminal. */
static void
flatten(char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ')
			text[i] = ' ';
	while (n > 0 && text[n - 1] == ' ')
		text[--n] = '\0';
}

int
err_set(struct err *e, enum err_kind kind, const char *format, ...)
{
	va_list ap;

	if (e->kind != ERR_NONE)
		return -1;
	e->kind = kind;
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	flatten(e->text);
	return -1;
}

int
err_wrap(struct err *e, const char *format, ...)
{
	char cause[ERR_TEXT_MAX];
	size_t used;
	va_list ap;

	memcpy(cause, e->text, sizeof(cause));
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text) - 2, format, ap);
	va_end(ap);
	used = strlen(e->text);
	memcpy(e->text + used, ": ", 3);
	used += 2;
	cause[sizeof(cause) - 1 - used] = '\0';
	memcpy(e->text + used, cause, strlen(cause) + 1);
	flatten(e->text);
	return -1;
}
