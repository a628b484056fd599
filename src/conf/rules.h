/* SPDX-License-Identifier: MIT */
/* Rules that span keys; checked when every key by itself is good. */
#ifndef CONF_RULES_H
#define CONF_RULES_H

#include <stdbool.h>

struct conf;

/* Who hears of the problems; `key` is a path such as "oidc.[0].issuer". */
struct rules_sink {
	void (*told)(void *ctx, const char *key, const char *problem);
	void *ctx;
};

/* Tells the sink of one problem. */
void rules_say(const struct rules_sink *s, const char *key,
    const char *problem);

/* "oidc.[1].issuer", as libconfig names a place; in `key`. */
enum { RULES_KEY_SIZE = 64 };
const char *rules_place(char key[RULES_KEY_SIZE], const char *list, int i,
    const char *member);

/* Calls told() for each broken rule, with the key to name. */
void rules_check(const struct conf *c,
    void (*told)(void *ctx, const char *key, const char *problem), void *ctx);

/* The part of it that is about providers; rules_auth.c. */
void rules_check_auth(const struct rules_sink *s, const struct conf *c);

/* The part of it that is about guard.rules; rules_guard.c. */
void rules_check_guard(const struct rules_sink *s, const struct conf *c);

/*
 * Exactly scheme://host[:port] as browsers send it: lower case, the scheme's
 * own port left out, no slash behind it (RFC 6454, 6.2).
 */
bool rules_is_origin(const char *text);

#endif
