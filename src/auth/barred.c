/* SPDX-License-Identifier: MIT */
/* Tags cost a hash each, so none is made while nothing is revoked. */
#include "auth/barred.h"

#include "auth/auth.h"
#include "base/clock.h"
#include "io/crypt.h"
#include "shm/shared.h"

#include <stdlib.h>

struct barred {
	const struct revoked *known;
	struct crypt_mac *mac;
};

void
barred_free(struct barred **b)
{
	if (*b == NULL)
		return;
	crypt_mac_free(&(*b)->mac);
	free(*b);
	*b = NULL;
}

struct barred *
barred_new(const struct shared *shared)
{
	struct barred *b = calloc(1, sizeof(*b));

	if (b == NULL || (b->mac = shared_mac(shared, "revoked")) == NULL) {
		barred_free(&b);
		return NULL;
	}
	b->known = shared->revoked;
	return b;
}

struct revoked_question
barred_question(const struct barred *b, const char *provider,
    const struct auth_ident *who)
{
	return (struct revoked_question){
		.session = who->session == NULL
			       ? 0
			       : revoked_tag(b->mac, provider, REVOKED_SESSION,
				     who->session),
		.user =
		    revoked_tag(b->mac, provider, REVOKED_USER, who->subject),
		.issued_s = who->issued_s,
		.found_ms = INT64_MAX,
	};
}

enum revoked_answer
barred_look(const struct barred *b, const struct revoked_question *q)
{
	return revoked_look(b->known, q, clock_wall_ms() / 1000);
}

bool
barred_refuses(const struct barred *b, const char *provider,
    const struct auth_ident *who)
{
	struct revoked_question q;

	if (revoked_is_empty(b->known, clock_wall_ms() / 1000))
		return false;
	q = barred_question(b, provider, who);
	return barred_look(b, &q) == REVOKED_REFUSE;
}

bool
barred_is_outdated(const struct barred *b, const char *provider,
    const char *user, int64_t fetched_ms)
{
	struct revoked_question q = {
		.issued_s = INT64_MAX, /* it is not about a token */
		.found_ms = fetched_ms,
	};

	if (revoked_is_empty(b->known, clock_wall_ms() / 1000))
		return false;
	q.user = revoked_tag(b->mac, provider, REVOKED_USER, user);
	return barred_look(b, &q) != REVOKED_NOT;
}
