/* SPDX-License-Identifier: MIT */
/* The handlers that the route table names; each fills rq->reply. */
#ifndef ROUTE_HANDLERS_H
#define ROUTE_HANDLERS_H

struct request;

void r_health(struct request *rq);      /* r_ops.c */
void r_login_info(struct request *rq);  /* r_login.c */
void r_preferences(struct request *rq); /* r_user.c */
void r_profile(struct request *rq);     /* r_user.c */
void r_ready(struct request *rq);       /* r_ops.c */

#endif
