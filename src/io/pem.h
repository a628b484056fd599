/* SPDX-License-Identifier: MIT */
/* Public keys as text: PEM (RFC 7468), however it survived its way through
 * shells, environment files and web forms. */
#ifndef IO_PEM_H
#define IO_PEM_H

#include "base/err.h"

#include <stddef.h>

enum { PEM_TEXT_MAX = 8192, PEM_DER_MAX = 4096 };

/*
 * The bytes of the one "PUBLIC KEY" in the text, or of bare base64; white
 * space, literal "\n" and quotes around it do not count.  0 and *len, or -1
 * and *e (ERR_CONFIG) which says what was pasted instead, and never quotes
 * it.  Whether the bytes are a key is not looked at.
 */
int pem_public_key(const char *text, unsigned char der[PEM_DER_MAX],
    size_t *len, struct err *e);

#endif
