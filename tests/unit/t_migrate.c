/* SPDX-License-Identifier: MIT */
/* Which histories may be continued. */
#include "user/migrate.h"

#include "base/err.h"
#include "tap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* a: applied, p: pending, c: changed, u: of a newer program */
static struct migrate_list
list(const char *states, struct migrate_row row[8])
{
	static const char names[] = "apcu";
	struct migrate_list l = { row, 0, MIGRATE_CURRENT };

	for (; states[l.n] != '\0'; l.n++)
		row[l.n] = (struct migrate_row){ l.n + 1, "0002_x",
			(enum migrate_row_state)(strchr(names, states[l.n]) -
						 names),
			NULL };
	return l;
}

static void
refusals(void)
{
	static const struct {
		const char *states;
		int want;
	} t[] = {
		{ "", 0 },
		{ "p", 0 },
		{ "aa", 0 },
		{ "aap", 0 },
		{ "aauu", 0 },
		{ "pa", -1 },
		{ "apa", -1 },
		{ "apu", -1 },
		{ "aca", -1 },
		{ "c", -1 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct migrate_row row[8];
		struct migrate_list l = list(t[i].states, row);
		struct err e = { .kind = ERR_NONE };

		tap_row("%s", t[i].states);
		CHECK(migrate_refuse(&l, &e) == t[i].want);
		CHECK(t[i].want == 0 || e.kind == ERR_CONFIG);
		CHECK(t[i].want == 0 || strstr(e.text, "0002_x") != NULL);
	}
}

static void
shipped(void)
{
	const struct migrate_set *set = migrate_builtin();

	CHECK(set->n > 0);
	for (int i = 0; i < set->n; i++) {
		const struct migrate_file *f = &set->file[i];

		CHECK(f->version == i + 1);
		CHECK(strtol(f->name, NULL, 10) == i + 1);
		CHECK(strlen(f->name) > 5 && isdigit(f->name[3]));
		CHECK(strlen(f->sql) > 0);
		CHECK(f->sql[strlen(f->sql) - 1] == '\n');
	}
}

static const struct tap_case cases[] = {
	{ "changed and out-of-order histories are refused", refusals },
	{ "the compiled-in files are numbered without a gap", shipped },
};

TAP_MAIN(cases)
