/* SPDX-License-Identifier: MIT */
/* auth/oidc_token: what a second factor is, ceilings, memory. */
#include "tap.h"

#include "auth/oidc_token.h"
#include "auth/roles.h"
#include "base/arena.h"
#include "base/buf.h"
#include "unit/token.h"

#include <string.h>

static void
assurance(void)
{
	static const struct {
		const char *members, *both, *by_acr, *by_amr;
	} t[] = {
		{ "\"x\":1", "aal1", "aal1", "aal1" },
		{ "\"acr\":\"gold\"", "aal2", "aal2", "aal1" },
		{ "\"acr\":\"2\"", "aal2", "aal2", "aal1" },
		{ "\"acr\":2", "aal1", "aal1", "aal1" },
		{ "\"acr\":\"Gold\"", "aal1", "aal1", "aal1" },
		{ "\"acr\":[\"gold\"]", "aal1", "aal1", "aal1" },
		{ "\"acr\":\"\"", "aal1", "aal1", "aal1" },
		{ "\"amr\":[\"pwd\",\"otp\"]", "aal2", "aal1", "aal2" },
		{ "\"amr\":[\"pwd\"]", "aal1", "aal1", "aal1" },
		{ "\"amr\":[7,\"otp\"]", "aal2", "aal1", "aal2" },
		{ "\"amr\":\"otp\"", "aal1", "aal1", "aal1" },
		{ "\"amr\":{\"otp\":1}", "aal1", "aal1", "aal1" },
		{ "\"acr\":\"gold\",\"amr\":[\"otp\"]", "aal2", "aal2",
		    "aal2" },
	};
	struct conf_oidc c = {
		.email_claim = "", .name_claim = "", .roles_claim = ""
	};

	for (size_t i = 0; i < ROWS(t); i++)
		for (int which = 0; which < 4; which++) {
			const char *want[] = { NULL, t[i].by_acr, t[i].by_amr,
				t[i].both };
			struct arena *a = arena_new(1 << 16);
			struct auth_ident who = { 0 };
			struct jwt jwt;

			tap_row("%s, %d", t[i].members, which);
			c.aal2_acr = (struct conf_list){ which % 2 * 2,
				{ "gold", "2" } };
			c.aal2_amr = (struct conf_list){ which / 2 * 2,
				{ "otp", "hwk" } };
			token_open(&jwt, a, "{\"alg\":\"RS256\"}",
			    arena_printf(a, "{\"sub\":\"s\",%s}",
				t[i].members));
			STREQ(oidc_read(&jwt, &c, a, &who), NULL);
			STREQ(who.aal, want[which]);
			jwt_close(&jwt);
			arena_free(&a);
		}
}

static void
factors(void)
{
	static const struct {
		const char *members;
		int64_t first, second;
	} t[] = {
		{ "\"auth_time\":1800000000", 1800000000, 0 },
		{ "\"auth_time\":1800000000.7", 1800000000, 0 },
		{ "\"acr\":\"gold\",\"auth_time\":1800000000", 1800000000,
		    1800000000 },
		{ "\"acr\":\"lead\",\"auth_time\":1800000000", 1800000000, 0 },
		{ "\"acr\":\"gold\"", 0, 0 },
		{ "\"acr\":\"gold\",\"auth_time\":\"1800000000\"", 0, 0 },
		{ "\"acr\":\"gold\",\"auth_time\":null", 0, 0 },
		{ "\"acr\":\"gold\",\"auth_time\":1e400", 0, 0 },
		{ "\"acr\":\"gold\",\"iat\":1800000000", 0, 0 },
	};
	const struct conf_oidc c = { .email_claim = "",
		.name_claim = "",
		.roles_claim = "",
		.aal2_acr = { 1, { "gold" } } };

	for (size_t i = 0; i < ROWS(t); i++) {
		struct arena *a = arena_new(1 << 16);
		struct auth_ident who = { 0 };
		struct jwt jwt;

		tap_row("%s", t[i].members);
		token_open(&jwt, a, "{\"alg\":\"RS256\"}",
		    arena_printf(a, "{\"sub\":\"s\",%s}", t[i].members));
		STREQ(oidc_read(&jwt, &c, a, &who), NULL);
		INTEQ(who.first_factor_s, t[i].first);
		INTEQ(who.second_factor_s, t[i].second);
		jwt_close(&jwt);
		arena_free(&a);
	}
}

static void
ceilings(void)
{
	const struct conf_oidc c = {
		.email_claim = "e", .name_claim = "n", .roles_claim = "r"
	};
	struct arena *a = arena_new(1 << 20);
	struct auth_ident who = { 0 };
	struct jwt jwt;
	struct buf b;

	buf_init(&b, a, 8000);
	for (int i = 0; i <= ROLES_MAX; i++)
		buf_str(&b, i > 0 ? ",\"r\"" : "\"r\"");
	token_open(&jwt, a, "{\"alg\":\"RS256\"}",
	    arena_printf(a,
		"{\"sub\":\"s\",\"e\":\"%0321d\",\"n\":\"%0513d\",\"r\":[%s]}",
		0, 0, buf_text(&b)));
	STREQ(oidc_read(&jwt, &c, a, &who), NULL);
	STREQ(who.email, "");
	STREQ(who.name, NULL);
	INTEQ(who.roles.n, ROLES_MAX);
	jwt_close(&jwt);
	token_open(&jwt, a, "{\"alg\":\"RS256\"}",
	    arena_printf(a,
		"{\"sub\":\"s\",\"e\":\"%0320d\",\"n\":\"%0512d\","
		"\"r\":[\"%0257d\",\"%0256d\"]}",
		0, 0, 0, 0));
	STREQ(oidc_read(&jwt, &c, a, &who), NULL);
	INTEQ(strlen(who.email), 320);
	INTEQ(strlen(who.name), 512);
	INTEQ(who.roles.n, 1);
	jwt_close(&jwt);
	arena_free(&a);
}

static void
no_memory(void)
{
	const struct conf_oidc c = { .email_claim = "email",
		.name_claim = "name",
		.roles_claim = "roles" };
	bool failed = false, passed = false;

	for (size_t size = 16; size < 2048; size += 16) {
		struct arena *a = arena_new(1 << 16), *small = arena_new(size);
		struct auth_ident who = { 0 };
		const char *why;
		struct jwt t;

		token_open(&t, a, "{\"alg\":\"RS256\"}",
		    "{\"sub\":\"s\",\"sid\":\"s1\",\"email\":\"ada@x.org\","
		    "\"name\":\"Ada\",\"roles\":[\"a\",\"b\"]}");
		why = oidc_read(&t, &c, small, &who);
		CHECK(why == NULL || why == jwt_no_memory);
		failed |= why != NULL;
		passed |= why == NULL;
		jwt_close(&t);
		arena_free(&a);
		arena_free(&small);
	}
	CHECK(failed && passed);
}

static const struct tap_case cases[] = {
	{ "a second factor is what the configuration takes for one",
	    assurance },
	{ "auth_time is the age of what was shown, iat is not", factors },
	{ "what is too long or too many is left out", ceilings },
	{ "without memory it is neither yes nor no", no_memory },
};
TAP_MAIN(cases)
