/* SPDX-License-Identifier: MIT */
/* Tokens and key sets for tests; all texts are lent from an arena. */
#ifndef UNIT_TOKEN_H
#define UNIT_TOKEN_H

#include "auth/jwt.h"
#include "unit/signer.h"

struct arena;

/* A member of a JSON object: its name, and its value as JSON. */
struct token_member {
	const char *name, *json;
};

/*
 * The object of `base` (a name of NULL ends it) in which `name` has another
 * value, or comes behind; json NULL: is left out.  name NULL: as it is.
 */
char *token_object(struct arena *a, const struct token_member *base,
    const char *name, const char *json);

/* Takes apart a token of these parts whose signature is anything. */
void token_open(struct jwt *t, struct arena *a, const char *header,
    const char *claims);

/* Signed by k with the algorithm; kid NULL: it names none. */
char *token_signed(struct arena *a, enum signer_key k, enum key_alg alg,
    const char *kid, const char *claims);

/* {"keys":[…]} of one key under that kid, and of a second one (kid2 NULL:
 * there is none). */
char *token_set(struct arena *a, const char *kid, enum signer_key k,
    const char *kid2, enum signer_key k2);

#endif
