/* SPDX-License-Identifier: MIT */
/* What /auth/refresh promises of its script. */
#ifndef ROUTE_R_REFRESH_H
#define ROUTE_R_REFRESH_H

struct request;

/* Of its one inline script, for the Content-Security-Policy. */
#define REFRESH_SCRIPT_HASH                                                    \
	"sha256-oyzW/4dXBJZ9FqWMPTvrG2hX4NCLO6F7pzgPMxfGl1E="

/*
 * The provider whose cookies, among those that came along, want no more than
 * to be renewed by /auth/refresh, by its place; -1: none, or there is no such
 * page.
 */
int r_refresh_for(struct request *rq);

#endif
