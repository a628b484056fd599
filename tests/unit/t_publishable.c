/* SPDX-License-Identifier: MIT */
/* conf/publishable: keys that name an instance, and those that do not. */
#include "tap.h"

#include "conf/publishable.h"

#include <string.h>

static void
good(void)
{
	static const struct {
		const char *key, *host;
	} t[] = {
		{ "pk_test_Zm9vLWJhci0xMy5jbGVyay5hY2NvdW50cy5kZXYk",
		    "foo-bar-13.clerk.accounts.dev" },
		{ "pk_live_Y2xlcmsuY2xlcmsuZGV2JA", "clerk.clerk.dev" },
		{ "pk_test_Y2xlcmsuY2xlcmsuZGV2JA", "clerk.clerk.dev" },
		{ "pk_live_Y2xlcmsuY2xlcmsuZGV2JA==", "clerk.clerk.dev" },
		{ "pk_test_MTI3LjAuMC4xOjgwODAk", "127.0.0.1:8080" },
		{ "pk_live_YS5iJA", "a.b" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char host[PUBLISHABLE_HOST_MAX + 1];
		struct err e = { 0 };

		tap_row("%s", t[i].key);
		INTEQ(publishable_host(t[i].key, host, &e), 0);
		STREQ(host, t[i].host);
	}
}

static void
bad(void)
{
	static const struct {
		const char *name, *key;
	} t[] = {
		{ "nothing", "" },
		{ "no prefix", "Y2xlcmsuY2xlcmsuZGV2JA" },
		{ "a secret key", "sk_live_Y2xlcmsuY2xlcmsuZGV2JA" },
		{ "another kind", "pk_prod_Y2xlcmsuY2xlcmsuZGV2JA" },
		{ "the prefix in capitals", "PK_LIVE_Y2xlcmsuY2xlcmsuZGV2JA" },
		{ "the prefix alone", "pk_live_" },
		{ "a fourth part", "pk_live_Y2xlcmsu_Y2xlcmsuZGV2JA" },
		{ "wrong padding", "pk_live_Y2xlcmsuY2xlcmsuZGV2JA=" },
		{ "a space in it", "pk_live_Y2xlcmsu Y2xlcmsuZGV2JA" },
		{ "a line end behind it", "pk_live_Y2xlcmsuY2xlcmsuZGV2JA\n" },
		{ "no dollar: a.bc", "pk_live_YS5iYw" },
		{ "two dollars: a.b$$", "pk_live_YS5iJCQ" },
		{ "a dollar before the end: a$.b$", "pk_live_YSQuYiQ" },
		{ "a dollar alone", "pk_live_JA" },
		{ "no dot: localhost$", "pk_live_bG9jYWxob3N0JA" },
		{ "a slash: a.b/c$", "pk_live_YS5iL2Mk" },
		{ "a user: u@a.b$", "pk_live_dUBhLmIk" },
		{ "a space: a b.c$", "pk_live_YSBiLmMk" },
		{ "a line end: a.b\\n$", "pk_live_YS5iCiQ" },
		{ "a NUL: a.b\\0c$", "pk_live_YS5iAGMk" },
		{ "no UTF-8", "pk_live_YS7/JA" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char host[PUBLISHABLE_HOST_MAX + 1];
		struct err e = { 0 };

		tap_row("%s", t[i].name);
		INTEQ(publishable_host(t[i].key, host, &e), -1);
		INTEQ(e.kind, ERR_CONFIG);
		CHECK(strlen(t[i].key) < 10 ||
		      strstr(e.text, t[i].key) == NULL);
	}
}

/* 255 bytes of host fit with their dollar, or they do not: no byte beyond. */
static void
longest(void)
{
	static const struct {
		size_t quads; /* of "aaa" */
		int want;
	} t[] = { { 80, 0 }, { 84, 0 }, { 85, -1 }, { 1000, -1 } };

	for (size_t i = 0; i < ROWS(t); i++) {
		static char key[8 + 4 * 1000 + 8];
		char host[PUBLISHABLE_HOST_MAX + 1];
		struct err e = { 0 };

		tap_row("%zu bytes", 3 * t[i].quads + 3);
		strcpy(key, "pk_live_");
		for (size_t k = 0; k < t[i].quads; k++)
			memcpy(key + 8 + 4 * k, "YWFh", 4);
		strcpy(key + 8 + 4 * t[i].quads, "LmEk"); /* .a$ */
		INTEQ(publishable_host(key, host, &e), t[i].want);
		if (t[i].want == 0)
			INTEQ(strlen(host), 3 * t[i].quads + 2);
	}
}

static const struct tap_case cases[] = {
	{ "a key of either kind names its host, padded or not", good },
	{ "what is no publishable key is refused in plain words", bad },
	{ "a host has a ceiling", longest },
};
TAP_MAIN(cases)
