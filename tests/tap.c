/* SPDX-License-Identifier: MIT */
/* Prints the plan, runs the cases, tells what did not hold. */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A case that takes longer hangs; memcheck makes it fifty times slower. */
enum { CASE_SECONDS = 240 };

static struct {
	char row[160];
	const char *skip;
	bool failed;
} now;

void
tap_row(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(now.row, sizeof(now.row), format, ap);
	va_end(ap);
	for (char *p = now.row; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = '?';
}

void
tap_skip(const char *why)
{
	now.skip = why;
}

static void
tell(const char *file, int line)
{
	now.failed = true;
	printf("# %s:%d%s%s%s: ", file, line, now.row[0] == '\0' ? "" : " (",
	    now.row, now.row[0] == '\0' ? "" : ")");
}

bool
tap_check(bool good, const char *file, int line, const char *text)
{
	if (good)
		return true;
	tell(file, line);
	printf("not so: %s\n", text);
	return false;
}

bool
tap_streq(const char *got, const char *want, const char *file, int line)
{
	if (got == want ||
	    (got != NULL && want != NULL && strcmp(got, want) == 0))
		return true;
	tell(file, line);
	printf("got \"%s\", expected \"%s\"\n", got == NULL ? "(NULL)" : got,
	    want == NULL ? "(NULL)" : want);
	return false;
}

bool
tap_inteq(int64_t got, int64_t want, const char *file, int line,
    const char *text)
{
	if (got == want)
		return true;
	tell(file, line);
	printf("%s is %lld, expected %lld\n", text, (long long)got,
	    (long long)want);
	return false;
}

int
tap_run(const struct tap_case *cases, size_t n)
{
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		memset(&now, 0, sizeof(now));
		alarm(CASE_SECONDS);
		cases[i].run();
		alarm(0);
		printf("%sok %zu - %s%s%s\n", now.failed ? "not " : "", i + 1,
		    cases[i].name, now.skip == NULL ? "" : " # SKIP ",
		    now.skip == NULL ? "" : now.skip);
		failed += now.failed;
	}
	return failed == 0 ? 0 : 1;
}
