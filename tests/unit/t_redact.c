/* SPDX-License-Identifier: MIT */
/* base/redact: tokens and addresses are hidden, names are not. */
#include "tap.h"

#include "base/redact.h"

#include <string.h>

#define HEX32 "0123456789abcdef0123456789ABCDEF"

static void
paths(void)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "", "" },
		{ "/", "/" },
		{ "/user/profile", "/user/profile" },
		{ "/a//b/", "/a//b/" },
		{ "/user/ada@example.org/x", "/user/*/x" },
		{ "/reset/ory_st_abc", "/reset/*" },
		{ "/eyJhbGciOi.eyJzdWIi.sig", "/*" },
		{ "/k/sk_live_x/whsec_y", "/k/*/*" },
		{ "/files/Zk3x9QpLm2Rt7VbN4Ws1/a.pdf", "/files/*/a.pdf" },
		{ "/o/" HEX32, "/o/*" },
		{ "/o/file-" HEX32 ".bin", "/o/*" },
		{ "/o/c4d24c01-feba-4213-858b-262c8d427f8c",
		    "/o/c4d24c01-feba-4213-858b-262c8d427f8c" },
		{ "/order/20261123000000000001",
		    "/order/20261123000000000001" },
		{ "/How-To-Configure-9-Servers-In-1-Hour",
		    "/How-To-Configure-9-Servers-In-1-Hour" },
		{ "/internationalization_of_words",
		    "/internationalization_of_words" },
		{ "/eyJ", "/eyJ" },
	};
	char out[100];

	for (size_t i = 0; i < ROWS(t); i++)
		STREQ(redact_path(t[i].in, out, sizeof(out)), t[i].out);
	CHECK(redact_path(NULL, out, sizeof(out)) == NULL);
}

/* A secret that does not fit is not half told. */
static void
cut(void)
{
	char out[8];

	STREQ(redact_path("/abcdefghij", out, sizeof(out)), "/abcdef");
	STREQ(redact_path("/abc/ory_st_secret", out, sizeof(out)), "/abc/*");
	STREQ(redact_path("/abcde/ory_st_secret", out, sizeof(out)), "/abcde/");
	STREQ(redact_path("/abcd/x/y", out, sizeof(out)), "/abcd/x");
}

static void
prefix(void)
{
	CHECK(redact_has_prefix("ory_st_x", 8));
	CHECK(!redact_has_prefix("xory_st_", 8));
	CHECK(!redact_has_prefix("eyJ", 3));
	CHECK(!redact_has_prefix(HEX32, 32));
	CHECK(redact_is_secret(HEX32, 32) && !redact_is_secret(HEX32, 19));
}

static const struct tap_case cases[] = {
	{ "segments that look like tokens or addresses are hidden", paths },
	{ "a path that is cut tells no part of a secret", cut },
	{ "ids are judged by how tokens begin alone", prefix },
};
TAP_MAIN(cases)
