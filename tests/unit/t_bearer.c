/* SPDX-License-Identifier: MIT */
/* hook/bearer: the secret of webhooks that nobody signs. */
#include "tap.h"

#include "conf/conf.h"
#include "hook/bearer.h"

#include <string.h>

static const struct conf_list secrets = { 2,
	{ "the-old-webhook-secret", "the-new-webhook-secret" } };

static void
fields(void)
{
	static const struct {
		const char *field;
		const char *why; /* NULL: accepted */
	} t[] = {
		{ "Bearer the-old-webhook-secret", NULL },
		{ "Bearer the-new-webhook-secret", NULL },
		{ "bearer the-new-webhook-secret", NULL },
		{ "BEARER   the-new-webhook-secret", NULL },
		{ "Bearer the-new-webhook-secre", "wrong secret" },
		{ "Bearer the-new-webhook-secret2", "wrong secret" },
		{ "Bearer the-new-webhook-secret ", "wrong secret" },
		{ "Bearer The-New-Webhook-Secret", "wrong secret" },
		{ "Bearer the-old-webhook-secretthe-new-webhook-secret",
		    "wrong secret" },
		{ "Bearer ", "wrong secret" },
		/* "ory:the-new-webhook-secret", "x:…", ":…" */
		{ "Basic b3J5OnRoZS1uZXctd2ViaG9vay1zZWNyZXQ=", NULL },
		{ "basic b3J5OnRoZS1uZXctd2ViaG9vay1zZWNyZXQ", NULL },
		{ "Basic eDp0aGUtb2xkLXdlYmhvb2stc2VjcmV0", NULL },
		{ "Basic OnRoZS1uZXctd2ViaG9vay1zZWNyZXQ=", NULL },
		/* the secret as the user, with and without a password */
		{ "Basic dGhlLW5ldy13ZWJob29rLXNlY3JldDo=",
		    "wrong secret" },
		{ "Basic dGhlLW5ldy13ZWJob29rLXNlY3JldA==",
		    "not a user and a password" },
		/* "ory:a:the-new-webhook-secret": it begins at the first one */
		{ "Basic b3J5OmE6dGhlLW5ldy13ZWJob29rLXNlY3JldA==",
		    "wrong secret" },
		{ "Basic the-new-webhook-secret", "not a user and a password" },
		{ "Basic ", "not a user and a password" },
		{ "the-new-webhook-secret", "neither Bearer nor Basic" },
		{ "Bearerthe-new-webhook-secret", "neither Bearer nor Basic" },
		{ "Bearer\tthe-new-webhook-secret",
		    "neither Bearer nor Basic" },
		{ "Token the-new-webhook-secret", "neither Bearer nor Basic" },
		{ "Bearer", "neither Bearer nor Basic" },
		{ " Bearer the-new-webhook-secret",
		    "neither Bearer nor Basic" },
		{ "", "neither Bearer nor Basic" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		const char *why = bearer_check(t[i].field, &secrets);

		tap_row("%s", t[i].field);
		if (t[i].why == NULL)
			CHECK(why == NULL);
		else
			STREQ(why, t[i].why);
	}
}

static void
long_ones(void)
{
	static char field[1 << 16];

	memset(field, 'a', sizeof(field) - 1);
	memcpy(field, "Basic ", 6);
	STREQ(bearer_check(field, &secrets), "not a user and a password");
	memcpy(field, "Bearer ", 7);
	STREQ(bearer_check(field, &secrets), "wrong secret");
}

static void
none(void)
{
	static const struct conf_list empty = { 0 };

	STREQ(bearer_check("Bearer ", &empty), "wrong secret");
	STREQ(bearer_check("Basic Og==", &empty), "wrong secret");
}

static const struct tap_case cases[] = {
	{ "one of the secrets, whole, by Bearer or as Basic's password",
	    fields },
	{ "longer than any secret is refused as well", long_ones },
	{ "without a secret nobody is let in, not even with none", none },
};
TAP_MAIN(cases)
