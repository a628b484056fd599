/* SPDX-License-Identifier: MIT */
/* The status of a service as a page. */
#ifndef ROUTE_STATUS_PAGE_H
#define ROUTE_STATUS_PAGE_H

#include <stdbool.h>

struct reply;
struct status_board;
struct status_memory;

enum { STATUS_PAGE_EVERY_S = 5 };

/*
 * Makes the reply's body a page of it; `id` of the request.  live: the browser
 * is asked to load it again every STATUS_PAGE_EVERY_S seconds.
 */
void status_page(struct reply *r, const struct status_board *b,
    const struct status_memory *m, const char *id, bool live);

#endif
