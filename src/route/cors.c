/* SPDX-License-Identifier: MIT */
/* The Fetch standard's CORS protocol, server side. */
#include "route/cors.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "route/request.h"

#include <string.h>

static const char allow_headers[] =
    "Authorization, Content-Type, X-Session-Token, X-Request-Id, traceparent";
static const char expose_headers[] =
    "X-Request-Id, Retry-After, WWW-Authenticate, Allow";

bool
cors_allows(const struct conf *c, const char *origin)
{
	return conf_list_has(&c->cors.allow_origins, origin);
}

static const char *
allowed_origin(const struct request *rq)
{
	const char *origin = rq->in->param[FCG_HTTP_ORIGIN];

	/* Of two origins the first one stands there, and none is the page's. */
	if (rq->in->fault == FCG_BAD)
		return NULL;
	if (origin == NULL || !cors_allows(rq->service->conf, origin))
		return NULL;
	return origin;
}

void
cors_answer(struct request *rq)
{
	const char *origin = allowed_origin(rq);

	if (origin == NULL)
		return;
	reply_header(&rq->reply, "Access-Control-Allow-Origin", origin);
	reply_header(&rq->reply, "Access-Control-Allow-Credentials", "true");
	reply_header(&rq->reply, "Access-Control-Expose-Headers",
	    expose_headers);
}

void
cors_options(struct request *rq, const char *allow)
{
	int64_t max_age = rq->service->conf->cors.max_age / 1000;
	const char *age;

	rq->reply.status = 204;
	reply_header(&rq->reply, "Allow", allow);
	if (allowed_origin(rq) == NULL ||
	    rq->in->param[FCG_HTTP_ACCESS_CONTROL_REQUEST_METHOD] == NULL)
		return;
	age = arena_printf(rq->arena, "%lld", (long long)max_age);
	reply_header(&rq->reply, "Access-Control-Allow-Methods", allow);
	reply_header(&rq->reply, "Access-Control-Allow-Headers", allow_headers);
	if (age != NULL)
		reply_header(&rq->reply, "Access-Control-Max-Age", age);
}
