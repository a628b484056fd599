/* SPDX-License-Identifier: MIT */
/* /openapi.json: the API, told from the tables that it is made of. */
#include "route/handlers.h"

#include "route/openapi.h"
#include "route/request.h"

void
r_openapi(struct request *rq)
{
	struct openapi *o = rq->service->openapi;
	size_t n = 0;
	const char *text = o == NULL ? NULL : openapi_text(o, &n);

	if (text == NULL) {
		rq->why = "the description could not be made";
		reply_problem(&rq->reply, PROBLEM_INTERNAL, NULL, NULL);
		return;
	}
	rq->reply.status = 200;
	buf_add(&rq->reply.body, text, n);
}
