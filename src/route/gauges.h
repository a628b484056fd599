/* SPDX-License-Identifier: MIT */
/* What /metrics tells besides what was counted: how all of it is right now. */
#ifndef ROUTE_GAUGES_H
#define ROUTE_GAUGES_H

struct exposition;
struct request;

/*
 * Every family of them, from shared memory alone: nobody is asked.  What is
 * not known has no sample.  0, or -1: no memory.
 */
int gauges_tell(const struct request *rq, struct exposition *x);

#endif
