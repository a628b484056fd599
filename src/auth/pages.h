/* SPDX-License-Identifier: MIT */
/* What the pages of all providers have in common: their URLs. */
#ifndef AUTH_PAGES_H
#define AUTH_PAGES_H

struct auth_provider;
struct buf;

/*
 * Appends the way back to the URL that is all of b so far: as the parameter of
 * that name, or, when the URL ends in "=", as the value of the one it ends in.
 * return_to NULL: nothing.
 */
void pages_add_return(struct buf *b, const char *parameter,
    const char *return_to);

/*
 * Appends login-info's members for the pages of a provider, each after a
 * comma: "" for one that there is not, but for stepUpUrl, which is left out.
 * b is one of an arena.
 */
void pages_add_members(const struct auth_provider *p, const void *state,
    const char *return_to, struct buf *b);

#endif
