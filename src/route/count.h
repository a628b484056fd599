/* SPDX-License-Identifier: MIT */
/* Counting what the routes answered. */
#ifndef ROUTE_COUNT_H
#define ROUTE_COUNT_H

struct access;
struct conf;
struct request;
struct shared;

/*
 * The counters of this host, by the names of routes[] and of the configured
 * providers, as metrics_new(): owned, after the fork, NULL without memory.
 * c: NULL where nothing of a provider is counted, as in a supervisor.
 */
struct metrics *count_new(const struct conf *c, struct shared *shared);

/* An answered request and the line written about it. */
void count_request(const struct request *rq, const struct access *line);

#endif
