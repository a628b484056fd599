/* SPDX-License-Identifier: MIT */
/* auth/ory_session: what could be a session token, before anybody is asked. */
#include "tap.h"

#include "auth/ory_session.h"

#include <string.h>

#define ALNUM32 "abcdefghijABCDEFGHIJ012345678901"

static void
forms(void)
{
	static const struct {
		const char *token;
		bool good;
	} t[] = {
		{ "ory_st_" ALNUM32, true }, { ALNUM32, true },
		{ "aaaaaaaaaaaaaaaaaaaa", true },
		{ "aaaaaaaaaaaaaaaaaaa", false }, { "", false },
		{ "ory_st_abc-def_ghi-jkl_mno", true },
		{ "ory_lo_" ALNUM32, false }, { "ory_at_" ALNUM32, false },
		{ "ory_rt_" ALNUM32, false }, { "ory_ac_" ALNUM32, false },
		{ "ory_pat_" ALNUM32, false }, { "ory_apikey_" ALNUM32, false },
		{ "ory_wak_" ALNUM32, false }, { "mt_" ALNUM32, false },
		{ "oat_" ALNUM32, false }, { "ak_" ALNUM32, false },
		{ "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", false },
		{ ALNUM32 ".", false }, { ALNUM32 "=", false },
		{ ALNUM32 "/", false }, { ALNUM32 "+", false },
		{ ALNUM32 " ", false }, { " " ALNUM32, false },
		{ ALNUM32 "\r\nX: y", false }, { ALNUM32 "\xc3\xa9", false },
		{ ALNUM32 ";", false }, { ALNUM32 "~", false },
	};
	char longest[258];

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].token);
		INTEQ(ory_is_session_token(t[i].token), t[i].good);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[257] = '\0';
	CHECK(!ory_is_session_token(longest));
	longest[256] = '\0';
	CHECK(ory_is_session_token(longest));
}

static const struct tap_case cases[] = {
	{ "only what looks like a session token is shown to Ory", forms },
};
TAP_MAIN(cases)
