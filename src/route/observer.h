/* SPDX-License-Identifier: MIT */
/* Who may see how the service is: /metrics and /status. */
#ifndef ROUTE_OBSERVER_H
#define ROUTE_OBSERVER_H

#include <stdbool.h>

struct conf;
struct request;

/* Somebody may: metrics.allow is not empty. */
bool observer_on(const struct conf *c);

/*
 * Whether the client's address, as the web server says (REMOTE_ADDR and no
 * header), is in metrics.allow.  False: the reply is 403; that is also for
 * what is no address, as of a client on a unix socket.
 */
bool observer_pass(struct request *rq);

#endif
