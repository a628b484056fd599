/* SPDX-License-Identifier: MIT */
/* Secrets by reference. */
#ifndef CONF_SECRET_H
#define CONF_SECRET_H

#include "base/err.h"

#include <stdbool.h>

struct arena;

/* "file:", "env:" or "credential:" stands in front: not itself a secret. */
bool secret_is_reference(const char *written);

/* Something in a literal must not be shown: for URIs, a password. */
bool secret_needs_hiding(const char *literal);

/*
 * The secret that `written` names: a file (relative to `folder`) that others
 * cannot read, an environment variable, a systemd credential; or itself.
 * Lent from the arena.  NULL and *e (ERR_CONFIG) otherwise.
 */
const char *secret_resolve(const char *written, const char *folder,
    struct arena *a, struct err *e);

#endif
