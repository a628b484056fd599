/* SPDX-License-Identifier: MIT */
/* The table of routes names the counters' places. */
#include "route/count.h"

#include "conf/conf.h"
#include "obs/metrics.h"
#include "route/request.h"
#include "route/route.h"
#include "shm/shared.h"

/* Its place in the table; behind the last one the name is NULL. */
static const char *
name_at(int place)
{
	for (int i = 0; i < place; i++)
		if (routes[i].path == NULL)
			return NULL;
	return routes[place].path == NULL ? NULL : routes[place].name;
}

struct metrics *
count_new(const struct conf *c, struct shared *shared)
{
	return metrics_new(shared->tally, name_at, &c->providers);
}

void
count_request(const struct request *rq, const struct access *line)
{
	metrics_request(rq->service->metrics,
	    rq->route == NULL ? -1 : (int)(rq->route - routes), line);
}
