/* SPDX-License-Identifier: MIT */
/* What a key's own row cannot say: forms of strings, keys that go together. */
#ifndef CONF_RULES_H
#define CONF_RULES_H

struct conf;

/*
 * Calls told(ctx, key, problem) for every broken rule.  The problem is a
 * sentence for the administrator; the key names where to look.
 */
void rules_check(const struct conf *c,
    void (*told)(void *ctx, const char *key, const char *problem), void *ctx);

#endif
