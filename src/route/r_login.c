/* SPDX-License-Identifier: MIT */
/* GET /auth/login-info: where to sign in.  Public, asks nobody. */
#include "route/handlers.h"

#include "route/request.h"
#include "route/return_to.h"

void
r_login_info(struct request *rq)
{
	const struct auth *auth = rq->service->auth;
	const char *return_to = return_to_asked(rq);
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
