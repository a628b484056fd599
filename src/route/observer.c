/* SPDX-License-Identifier: MIT */
/* By address, which no client can choose: a header could be anybody's. */
#include "route/observer.h"

#include "conf/conf.h"
#include "io/address.h"
#include "route/request.h"

#include <stddef.h>

bool
observer_on(const struct conf *c)
{
	return c->metrics.allow.n > 0;
}

bool
observer_pass(struct request *rq)
{
	const struct conf_list *allow = &rq->service->conf->metrics.allow;

	for (int i = 0; rq->address != NULL && i < allow->n; i++)
		if (address_is_in(rq->address, allow->item[i]))
			return true;
	rq->why = "not an address of metrics.allow";
	reply_problem(&rq->reply, PROBLEM_FORBIDDEN, NULL, NULL);
	return false;
}
