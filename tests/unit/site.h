/* SPDX-License-Identifier: MIT */
/* A worker's auth of any configuration, with one stub for all it asks. */
#ifndef UNIT_SITE_H
#define UNIT_SITE_H

#include "tap.h"

#include "auth/auth.h"
#include "shm/shared.h"
#include "unit/stub.h"
#include "unit/token.h"

struct site {
	struct stub *stub;
	struct conf *conf;
	struct shared *shared;
	struct auth *auth;
	struct arena *arena;
};

/* Each "@" in the text stands for the stub's URL. */
void site_open(struct site *s, const char *conf);
void site_close(struct site *s);

/* The verdict on a credential of that kind; owner: the first provider. */
struct auth_answer site_check(struct site *s, enum cred_kind kind,
    const char *value, bool wants_contact);

/* Not one member of an identity is there: it goes with AUTH_ALLOW alone. */
bool site_is_nobody(const struct auth_ident *who);

/*
 * A token for a minute, of that issuer ("@": the stub's URL in front) and
 * these other claims, signed by k as RS256 under kid "k1".
 */
const char *site_token(struct site *s, enum signer_key k, const char *issuer,
    const char *claims);

/* The set of that key, under kid "k1", is what the path answers. */
void site_serve(struct site *s, const char *path, enum signer_key k);

/* /auth/login-info's members of provider i, in braces. */
const char *site_info(struct site *s, int i, const char *return_to);

#endif
