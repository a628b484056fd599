/* SPDX-License-Identifier: MIT */
/* What a worker does now, on the board for all to read. */
#ifndef ROUTE_DOING_H
#define ROUTE_DOING_H

#include <stdint.h>

struct board;
struct request;

/* The names that places of routes[] have: once, before the first worker. */
void doing_names(struct board *b);

/* The request is about to be answered: its route, or none, and method. */
void doing_begin(const struct request *rq);

/* It is answered, after so many microseconds. */
void doing_end(const struct request *rq, int64_t took_us);

#endif
