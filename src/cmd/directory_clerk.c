/* SPDX-License-Identifier: MIT */
/* Clerk's Backend API: users one by one, as requests ask for them too. */
#include "cmd/directory.h"

#include "auth/clerk_api.h"
#include "auth/clerk_user.h"
#include "base/str.h"
#include "conf/conf.h"
#include "io/http.h"

#include <stdio.h>
#include <string.h>

enum {
	/* half of what Clerk allows, so that requests have the other half: 100
	 * calls in ten seconds in development, 1000 in production */
	PACE_TEST_MS = 200,
	PACE_LIVE_MS = 20,
	ID_MIN = 1,
	ID_MAX = 64,
};

static int
clerk_setup(const struct conf *c, struct directory_setup *s, struct err *e)
{
	const char *secret = c->clerk.secret_key;

	if (secret[0] == '\0')
		return err_set(e, ERR_CONFIG, "needs clerk.secret_key");
	snprintf(s->base, sizeof(s->base), "%s", c->clerk.api_url);
	snprintf(s->authorization, sizeof(s->authorization),
	    "Authorization: Bearer %s", secret);
	s->version = CLERK_API_VERSION;
	s->pause_name = "Retry-After";
	s->pace_ms =
	    str_after(secret, "sk_live_") != NULL ? PACE_LIVE_MS : PACE_TEST_MS;
	return 0;
}

static bool
clerk_is_id(const char *id)
{
	const char *rest = str_after(id, "user_");

	return rest != NULL && str_is_from(rest, STR_ALNUM "_", ID_MIN, ID_MAX);
}

static int
clerk_judge(const struct http_reply *r, const char *id, bool *there,
    struct err *e)
{
	const char *why = NULL;
	struct clerk_user user;

	if (clerk_user_judge(r, id, &user, &why) != CLERK_USER)
		return err_set(e, ERR_DOWN, "status %d: %s", r->status, why);
	/* banned is not gone; only 404 resource_not_found is refused here */
	*there = r->status != 404;
	return 0;
}

const struct directory_kind directory_clerk = {
	.provider = "clerk",
	.setup = clerk_setup,
	.is_id = clerk_is_id,
	.judge = clerk_judge,
	.one_path = "/v1/users",
};
