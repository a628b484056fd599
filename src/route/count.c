/* SPDX-License-Identifier: MIT */
/* The table of routes names the counters' places. */
#include "route/count.h"

#include "base/log.h"
#include "conf/conf.h"
#include "obs/access.h"
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
	static const struct conf_list none;

	return metrics_new(shared->tally, name_at,
	    c == NULL ? &none : &c->providers);
}

/* What could not be reached; all that has no such name is one. */
static void
count_unavailable(struct metrics *m, const char *reason)
{
	int place = reason == NULL ? -1 : label_place(LABEL_REASON, reason);

	metrics_add(m, METRIC_UNAVAILABLE,
	    METRIC_AT(place == -1 ? METRIC_REASON_OTHER : place), 1);
}

void
count_request(const struct request *rq, const struct access *line)
{
	struct metrics *m = rq->service->metrics;

	metrics_request(m, rq->route == NULL ? -1 : (int)(rq->route - routes),
	    line);
	if (line->status == 503)
		count_unavailable(m, rq->reply.reason);
	else if (line->status == 500)
		metrics_add(m, METRIC_INTERNAL, METRIC_AT(0), 1);
	metrics_lost_lines(m, log_dropped());
}
