/* SPDX-License-Identifier: MIT */
/* What a Clerk publishable key says: which instance. */
#ifndef CONF_PUBLISHABLE_H
#define CONF_PUBLISHABLE_H

#include "base/err.h"

enum { PUBLISHABLE_HOST_MAX = 255 };

/*
 * The frontend API's host, perhaps with a port, out of "pk_live_" or
 * "pk_test_" and the base64 of host and "$".  -1 and *e (ERR_CONFIG) when the
 * key is not of that form.
 */
int publishable_host(const char *key, char host[PUBLISHABLE_HOST_MAX + 1],
    struct err *e);

#endif
