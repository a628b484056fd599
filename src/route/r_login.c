/* SPDX-License-Identifier: MIT */
/* GET /auth/login-info: where to sign in.  Public, asks nobody. */
#include "route/handlers.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "route/cors.h"
#include "base/path.h"
#include "route/request.h"

#include <string.h>

/* An absolute URL at our own or an allowed origin, or NULL. */
static const char *
checked_return_to(struct request *rq)
{
	const struct conf *c = rq->service->conf;
	const char *url = path_query(rq->query, "return_to", rq->arena);
	const char *origin;
	size_t n;

	if (url == NULL || (n = str_url_origin(url)) == 0)
		return NULL;
	origin = arena_dupn(rq->arena, url, n);
	if (origin == NULL)
		return NULL;
	if (strcmp(origin, c->public_url) == 0 || cors_allows(c, origin))
		return url;
	return NULL;
}

void
r_login_info(struct request *rq)
{
	const struct auth *auth = rq->service->auth;
	const char *return_to = checked_return_to(rq);
	struct buf *b = &rq->reply.body;

	rq->reply.status = 200;
	buf_char(b, '{');
	auth_login_info(auth, 0, return_to, b);
	if (auth_provider_name(auth, 1) != NULL) {
		buf_str(b, ",\"providers\":[");
		for (int i = 0; auth_provider_name(auth, i) != NULL; i++) {
			buf_str(b, i > 0 ? ",{" : "{");
			auth_login_info(auth, i, return_to, b);
			buf_char(b, '}');
		}
		buf_char(b, ']');
	}
	buf_char(b, '}');
}
