/* SPDX-License-Identifier: MIT */
/* What people and programs put where it does not belong, and a log keeps. */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The n bytes look like a credential: they begin as tokens and keys of the
 * providers do (a JWT, ory_, sk_, whsec_), or are 20 or more letters and
 * digits in no order, capitals among them, or 32 or more hexadecimal digits.
 * An UUID with its hyphens, a number or words do not.
 */
bool redact_is_secret(const char *s, size_t n);

/* They begin as tokens and keys of the providers do, and nothing else. */
bool redact_has_prefix(const char *s, size_t n);

/*
 * Copies a path into `out` with a "*" for each segment that looks like a
 * credential or holds an "@"; what does not fit is cut.  Returns `out`; NULL
 * for NULL.
 */
const char *redact_path(const char *path, char *out, size_t size);

#endif
