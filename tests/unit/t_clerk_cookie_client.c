/* SPDX-License-Identifier: MIT */
/* auth/clerk_cookie: is the browser signed in, whatever its session cookie? */
#include "tap.h"

#include "auth/clerk_cookie.h"
#include "auth/cred.h"

#include <string.h>

#define TAIL "Y2xlcmsuY2xlcmsuZGV2JA" /* its suffix is 1Z8AzTQD */

static const struct conf_list none;

static void
client(void)
{
	static const struct {
		const char *key, *pairs;
		bool is;
	} t[] = {
		{ "pk_live_" TAIL, "__client_uat=1800000000", true },
		{ "pk_live_" TAIL, "__client_uat_1Z8AzTQD=1800000000", true },
		{ "pk_live_" TAIL, "__session=a; __client_uat=1; b=c", true },
		{ "pk_live_" TAIL, "__client_uat=0", false },
		{ "pk_live_" TAIL, "__client_uat=000", false },
		{ "pk_live_" TAIL, "__client_uat=", false },
		{ "pk_live_" TAIL, "__client_uat=1x", false },
		{ "pk_live_" TAIL, "__client_uat=x", false },
		{ "pk_live_" TAIL, "__session=a; __session_1Z8AzTQD=b", false },
		{ "pk_live_" TAIL, "__client_uat=1; __client_uat_1Z8AzTQD=0",
		    false },
		{ "pk_live_" TAIL, "__client_uat=0; __client_uat_1Z8AzTQD=1",
		    true },
		{ "pk_live_" TAIL, "__client_uat_QvfNY2dr=1", false },
		{ "", "__client_uat=1", true },
		{ "", "__client_uat_1Z8AzTQD=1", false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		const struct cred cred = { .kind = CRED_COOKIE,
			.value = t[i].pairs,
			.len = strlen(t[i].pairs) };
		struct clerk_cookies c;

		tap_row("%s %s", t[i].key, t[i].pairs);
		clerk_cookies_init(&c, t[i].key, &none);
		INTEQ(clerk_cookies_is_client(&c, &cred), t[i].is);
	}
}

static const struct tap_case cases[] = {
	{ "who is signed in at Clerk is told by its own script", client },
};
TAP_MAIN(cases)
