/* SPDX-License-Identifier: MIT */
/* The policy of the worker pool; supervise.c carries it out. */
#include "proc/pool.h"

int64_t
pool_retry_ms(int young_deaths)
{
	int64_t ms = POOL_RETRY_FIRST_MS;

	if (young_deaths == 0)
		return 0;
	while (--young_deaths > 0 && ms < POOL_RETRY_MAX_MS)
		ms *= 2;
	return ms < POOL_RETRY_MAX_MS ? ms : POOL_RETRY_MAX_MS;
}

enum pool_step
pool_step(const struct pool_state *p)
{
	int total = p->starting + p->idle + p->busy;

	if (p->now_ms < p->died_ms + pool_retry_ms(p->young_deaths))
		return POOL_HOLD;
	if (total < p->min)
		return POOL_SPAWN;
	if (p->idle == 0 && p->starting == 0 && total < p->max)
		return POOL_SPAWN;
	if (total > p->min && p->idle > 1 &&
	    p->now_ms >= p->tight_ms + POOL_QUIET_MS)
		return POOL_RETIRE;
	return POOL_HOLD;
}
