/* SPDX-License-Identifier: MIT */
/* A route is a place in the table: no path, nothing that somebody sent. */
#include "route/doing.h"

#include "conf/conf.h"
#include "route/request.h"
#include "route/route.h"
#include "shm/shared.h"

void
doing_names(struct board *b)
{
	for (int i = 0; routes[i].path != NULL; i++)
		board_name_route(b, i, routes[i].name);
}

void
doing_begin(const struct request *rq)
{
	int place = rq->route == NULL ? -1 : (int)(rq->route - routes);

	board_request(rq->service->shared->board, rq->service->slot, place,
	    rq->method);
}

void
doing_end(const struct request *rq, int64_t took_us)
{
	const struct service *s = rq->service;

	board_answered(s->shared->board, s->slot, took_us,
	    took_us > s->conf->log.slow * 1000);
}
