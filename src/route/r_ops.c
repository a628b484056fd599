/* SPDX-License-Identifier: MIT */
/* /healthz and /readyz: for load balancers and administrators. */
#include "route/handlers.h"

#include "base/clock.h"
#include "route/ready.h"
#include "route/request.h"

void
r_health(struct request *rq)
{
	rq->reply.status = 200;
	buf_str(&rq->reply.body, "{\"status\":\"ok\"}");
}

static void
add_parts(struct buf *b, const struct auth *auth, const struct ready_look *l)
{
	buf_str(b, "{\"database\":");
	buf_json(b, ready_name(l->database));
	buf_str(b, ",\"migrations\":");
	buf_json(b, ready_name(l->migrations));
	buf_str(b, ",\"revocations\":");
	buf_json(b, ready_name(l->revocations));
	buf_str(b, ",\"providers\":{");
	for (int i = 0; auth_provider_name(auth, i) != NULL; i++) {
		buf_str(b, i > 0 ? "," : "");
		buf_json(b, auth_provider_name(auth, i));
		buf_char(b, ':');
		buf_json(b, ready_name(l->provider[i]));
	}
	buf_str(b, "}}");
}

void
r_ready(struct request *rq)
{
	const struct auth *auth = rq->service->auth;
	struct ready_look look;
	struct buf details;

	ready_look(rq->service, rq->deadline, rq->arena, &look);
	if (look.state != READY_DOWN) {
		rq->reply.status = 200;
		buf_str(&rq->reply.body, "{\"status\":\"");
		buf_str(&rq->reply.body,
		    look.state == READY_OK ? "ok" : "degraded");
		buf_str(&rq->reply.body, "\",\"parts\":");
		add_parts(&rq->reply.body, auth, &look);
		buf_char(&rq->reply.body, '}');
		return;
	}
	buf_init(&details, rq->arena, 256);
	buf_str(&details, "{\"reason\":\"" REASON_DATABASE "\",\"parts\":");
	add_parts(&details, auth, &look);
	buf_char(&details, '}');
	reply_header(&rq->reply, "Retry-After", "2");
	reply_problem(&rq->reply, PROBLEM_UNAVAILABLE, NULL,
	    buf_text(&details));
}
