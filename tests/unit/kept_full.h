/* SPDX-License-Identifier: MIT */
/* An answer with all that is kept of one. */
#ifndef UNIT_KEPT_FULL_H
#define UNIT_KEPT_FULL_H

#include "auth/kept.h"

#include <string.h>

enum { NOW_US = 5000000 };

static const char *const roles[] = { "admin", "caf\xc3\xa9, bar" };

static const struct auth_answer full = {
	.verdict = AUTH_ALLOW,
	.who = { .subject = "c4d24c01-feba-4213-858b-262c8d427f8c",
	    .session = "0cd29640-3b64-419d-93b0-8c9e84c2090d",
	    .email = "ada@example.org",
	    .email_verified = true,
	    .name = "Ada L\xc3\xb6velace",
	    .org = "org_1",
	    .org_slug = "acme",
	    .actor = "eve",
	    .aal = "aal2",
	    .expires_s = 4000000000,
	    .issued_s = 1000000000,
	    .first_factor_s = 1000000001,
	    .second_factor_s = UINT32_MAX,
	    .roles = { 2, roles } },
};

static size_t
packed(struct kept *k, const struct auth_answer *answer)
{
	memset(k, 0xee, sizeof(*k));
	k->began_us = NOW_US - 3000;
	k->ended_us = NOW_US - 1000;
	k->fresh_us = NOW_US + 1000;
	return kept_pack(k, answer);
}

#endif
