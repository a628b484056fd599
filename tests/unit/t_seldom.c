/* SPDX-License-Identifier: MIT */
/* base/seldom: the first is told, then one line a minute that counts. */
#include "tap.h"

#include "base/seldom.h"

static void
rows(void)
{
	static const struct {
		int64_t now, told;
	} t[] = {
		{ 5, 1 },
		{ 5, 0 },
		{ 5 + SELDOM_MS - 1, 0 },
		{ 5 + SELDOM_MS, 3 },
		{ 6 + SELDOM_MS, 0 },
		{ 5 + 9 * SELDOM_MS, 2 },
		{ 5 + 99 * SELDOM_MS, 1 },
	};
	struct seldom s = { 0 };

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("at %lld", (long long)t[i].now);
		INTEQ(seldom_count(&s, t[i].now), t[i].told);
	}
}

static const struct tap_case cases[] = {
	{ "the first is told, then those of a minute together", rows },
};
TAP_MAIN(cases)
