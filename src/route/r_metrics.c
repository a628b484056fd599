/* SPDX-License-Identifier: MIT */
/* /metrics: what this host counted and measured, for Prometheus. */
#include "route/handlers.h"

#include "obs/exposition.h"
#include "route/gauges.h"
#include "route/observer.h"
#include "route/request.h"

void
r_metrics(struct request *rq)
{
	struct exposition x = {
		.out = &rq->reply.body,
		.format = exposition_choose(rq->in->param[FCG_HTTP_ACCEPT]),
	};

	if (!observer_pass(rq))
		return;
	buf_init(&rq->reply.body, rq->arena, EXPOSITION_FIRST);
	exposition_counters(&x, rq->service->metrics);
	if (gauges_tell(rq, &x) == -1)
		rq->reply.body.failed = true;
	exposition_end(&x);
	rq->reply.status = 200;
	rq->reply.type = exposition_type(x.format);
}
