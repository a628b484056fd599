/* SPDX-License-Identifier: MIT */
/* The handlers that the route table names; each fills rq->reply. */
#ifndef ROUTE_HANDLERS_H
#define ROUTE_HANDLERS_H

#include <stdbool.h>

struct request;

struct conf;

void r_check(struct request *rq);       /* r_check.c */
void r_health(struct request *rq);      /* r_ops.c */
void r_hook_clerk(struct request *rq);  /* r_hook.c */
void r_hook_ory(struct request *rq);    /* r_hook.c */
void r_login(struct request *rq);       /* r_sign.c */
void r_login_info(struct request *rq);  /* r_login.c */
void r_logout(struct request *rq);      /* r_sign.c */
void r_metrics(struct request *rq);     /* r_metrics.c */
void r_openapi(struct request *rq);     /* r_openapi.c */
void r_preferences(struct request *rq); /* r_user.c */
void r_profile(struct request *rq);     /* r_user.c */
void r_ready(struct request *rq);       /* r_ops.c */
void r_refresh(struct request *rq);     /* r_refresh.c */
void r_status(struct request *rq);      /* r_status.c */

/* Routes that a configuration may not have. */
bool r_hook_clerk_on(const struct conf *c);
bool r_hook_ory_on(const struct conf *c);
bool r_refresh_on(const struct conf *c);

#endif
