/* SPDX-License-Identifier: MIT */
/* OpenID Connect Discovery 1.0: from an issuer to its key set.  Pure. */
#ifndef AUTH_DISCOVERY_H
#define AUTH_DISCOVERY_H

#include "base/err.h"

#include <stddef.h>

struct arena;

enum { DISCOVERY_MAX = 64 << 10, DISCOVERY_URL_MAX = 2047 };

/* Where the document is (section 4.1).  NULL: no memory. */
const char *discovery_url(const char *issuer, struct arena *a);

/*
 * The jwks_uri of a document, lent from the arena: the document's `issuer` is
 * ours byte for byte (section 4.3), the URL is https, or http to loopback,
 * without user information and fragment.  NULL and *e (ERR_DOWN) otherwise.
 */
const char *discovery_parse(const char *text, size_t len, const char *issuer,
    struct arena *a, struct err *e);

#endif
