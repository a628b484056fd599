/* SPDX-License-Identifier: MIT */
/* Who asks too often: by address before it is known who, by subject after. */
#ifndef ROUTE_LIMIT_H
#define ROUTE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct crypt_mac;
struct request;

/* The purpose that the service's rate_mac is of, for shared_mac(). */
#define LIMIT_PURPOSE "rate"

/*
 * Takes a token from the client's bucket (rate.per_address).  True: go on;
 * false: the reply is 429.
 */
bool limit_address(struct request *rq);

/* The same for the subject that rq->auth holds (rate.per_subject). */
bool limit_subject(struct request *rq);

/*
 * The bucket of an address as the web server names it; never 0.  An IPv6
 * network has one (see address_holder()), and so has each text that is no
 * address; NULL is one of those.
 */
uint64_t limit_address_tag(struct crypt_mac *mac, const char *address);

#endif
