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

/* The same for the value of a key with secrets: its flags decide. */
struct conf_key;
bool secret_hides(const struct conf_key *k, const char *value);

/*
 * The secret that `written` names: a file (relative to `folder`) that others
 * cannot read, an environment variable, a systemd credential; or itself.
 * `open`: it is public, so others may read the file.  Lent from the arena.
 * NULL and *e (ERR_CONFIG) otherwise.
 */
const char *secret_resolve(const char *written, const char *folder, bool open,
    struct arena *a, struct err *e);

#endif
