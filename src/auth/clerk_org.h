/* SPDX-License-Identifier: MIT */
/* The organization in a Clerk session token: id, role, permissions.  Pure. */
#ifndef AUTH_CLERK_ORG_H
#define AUTH_CLERK_ORG_H

struct arena;
struct auth_ident;
struct jwt;

/*
 * Fills in org, org_slug, roles and permissions of *who from claims of
 * version 2 (`v` is 2, `o` and `fea`) or 1 (no `v`, `org_…`); any other
 * version, or claims that make no sense, give none.  -1: no memory.
 */
int clerk_read_org(const struct jwt *t, struct arena *a,
    struct auth_ident *who);

#endif
