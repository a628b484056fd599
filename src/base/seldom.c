/* SPDX-License-Identifier: MIT */
/* At most once a minute, with the number of what was kept quiet. */
#include "base/seldom.h"

int64_t
seldom_count(struct seldom *s, int64_t now)
{
	int64_t n = ++s->n;

	if (s->said_ms != 0 && now < s->said_ms + SELDOM_MS)
		return 0;
	s->said_ms = now;
	s->n = 0;
	return n;
}
