/* SPDX-License-Identifier: MIT */
/* base/accept: ranges, weights, versions and nonsense. */
#include "tap.h"

#include "base/accept.h"

#define OPEN "application/openmetrics-text"
#define PROMETHEUS                                                             \
	OPEN ";version=1.0.0," OPEN ";version=0.0.1;q=0.75,text/plain;"        \
	     "version=0.0.4;q=0.5,*/*;q=0.1"

static void
qualities(void)
{
	static const struct {
		const char *accept, *type, *version;
		int want;
	} t[] = {
		{ NULL, "text/html", NULL, 1000 },
		{ "", "text/html", NULL, 1000 },
		{ "*/*", "text/html", NULL, 1000 },
		{ "text/html", "text/html", NULL, 1000 },
		{ "TEXT/HTML", "text/html", NULL, 1000 },
		{ "text/htm", "text/html", NULL, 0 },
		{ "text/html5", "text/html", NULL, 0 },
		{ "text/*", "text/html", NULL, 1000 },
		{ "texts/*", "text/html", NULL, 0 },
		{ "*/html", "text/html", NULL, 0 },
		{ "application/json", "text/html", NULL, 0 },
		/* the nearest range decides, wherever it stands */
		{ "text/html;q=0, */*", "text/html", NULL, 0 },
		{ "*/*, text/html;q=0", "text/html", NULL, 0 },
		{ "text/*;q=0.3, text/html;q=0.7, */*;q=0.9", "text/html", NULL,
		    700 },
		{ "text/html;q=0.2, text/html;q=0.4", "text/html", NULL, 400 },
		/* weights */
		{ "text/html;q=0.5", "text/html", NULL, 500 },
		{ "text/html ; Q=0.125", "text/html", NULL, 125 },
		{ "text/html;q=1.000", "text/html", NULL, 1000 },
		{ "text/html;q=0.", "text/html", NULL, 0 },
		{ "text/html;q=0.0005", "text/html", NULL, 0 },
		{ "text/html;q=1.001", "text/html", NULL, 0 },
		{ "text/html;q=2", "text/html", NULL, 0 },
		{ "text/html;q=-1", "text/html", NULL, 0 },
		{ "text/html;q=", "text/html", NULL, 0 },
		{ "text/html;q=1,5", "text/html", NULL, 1000 },
		{ "text/html;q=x, */*;q=0.1", "text/html", NULL, 100 },
		/* versions */
		{ PROMETHEUS, OPEN, "1.0.0", 1000 },
		{ PROMETHEUS, OPEN, "0.0.1", 750 },
		{ PROMETHEUS, OPEN, "2.0.0", 100 },
		{ PROMETHEUS, "text/plain", "0.0.4", 500 },
		{ PROMETHEUS, "text/html", NULL, 100 },
		{ OPEN, OPEN, "1.0.0", 1000 },
		/* a comma within quotes ends nothing */
		{ "text/html;x=\",text/plain,\"", "text/plain", NULL, 0 },
		{ "text/html;x=\"", "text/html", NULL, 1000 },
		{ ",,;q=1,=,\"", "text/html", NULL, 0 },
		{ ";", "text/html", NULL, 0 },
		{ " \t, text/html\t", "text/html", NULL, 1000 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s of %s", t[i].type,
		    t[i].accept == NULL ? "(none)" : t[i].accept);
		INTEQ(accept_quality(t[i].accept, t[i].type, t[i].version),
		    t[i].want);
	}
}

static const struct tap_case cases[] = {
	{ "the nearest range says how welcome a type is", qualities },
};
TAP_MAIN(cases)
