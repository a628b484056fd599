/* SPDX-License-Identifier: MIT */
/*
 * Asking a provider over the network: one call, of which its gate is told, and
 * the doubt about a refusal.
 */
#ifndef AUTH_ASKING_H
#define AUTH_ASKING_H

#include "auth/outside.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct auth_provider;
struct auth_request;
struct crypt_mac;
struct provider_answer;

/* Whom; lent for as long as anybody is asked. */
struct asking {
	const struct auth_provider *ops;
	void *state;
	const char *name;
	struct crypt_mac *mac; /* of credentials, for shared->recent */
	struct outside outside;
};

/*
 * check() of a provider that is asked each time.  What of a refusal is to be
 * doubted has been, and is AUTH_UNSURE.  ctx is a struct asking: it is what
 * sessions.c asks by.
 */
void asking_check(void *ctx, const struct auth_request *rq,
    struct provider_answer *pa);

/*
 * sign_out() likewise, when the provider may be asked now.  The URL, or NULL:
 * see auth_sign_out().
 */
const char *asking_sign_out(struct asking *k, const struct auth_request *rq,
    const char *return_to, struct provider_answer *pa);

/* See auth_probe(). */
bool asking_probe(struct asking *k, int64_t deadline, struct arena *arena,
    const char **why);

#endif
