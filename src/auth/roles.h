/* SPDX-License-Identifier: MIT */
/* The names of roles that a provider hands out, in its JSON. */
#ifndef AUTH_ROLES_H
#define AUTH_ROLES_H

#include "auth/auth.h"
#include "io/js.h"

struct arena;

enum { ROLES_MAX = 64, ROLES_NAME_MAX = 256 };

/*
 * An array of strings, or one string: its first ROLES_MAX names that can be
 * exported, byte for byte (1 to ROLES_NAME_MAX, no control character), copied
 * to the arena.  Everything else is no role, never a failure.  -1: no memory.
 */
int roles_read(const struct js_value *list, struct arena *a,
    struct auth_names *roles);

#endif
