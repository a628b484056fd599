/* SPDX-License-Identifier: MIT */
/* auth/ory_session: when each factor was shown, and the roles of an identity.
 */
#include "tap.h"

#include "auth/ory_session.h"
#include "base/arena.h"
#include "io/http.h"

#include <string.h>

#define NOW 1785426082 /* 2026-07-30T15:41:22Z */
#define ID "c4d24c01-feba-4213-858b-262c8d427f8c"

/* The time of an RFC 3339 text of that minute and second. */
#define AT(second) "\"2026-07-30T15:40:" second "Z\""
#define T0 (NOW - 82)
#define BY(aal, at) "{\"aal\":" aal ",\"completed_at\":" at "}"
#define ONE "\"aal1\""
#define TWO "\"aal2\""

static struct auth_answer
judge(const char *session, const char *identity, const char *roles,
    struct arena *a)
{
	const struct ory_paths paths = { "traits.email", "traits.name", roles };
	struct auth_answer answer = { .verdict = AUTH_DENY };
	struct provider_answer pa = { .answer = &answer };
	struct http_reply r = { .status = 200 };

	r.body = arena_printf(a,
	    "{\"active\":true,\"expires_at\":\"2026-07-30T15:41:23Z\"%s,"
	    "\"identity\":{\"id\":\"" ID "\"%s}}",
	    session, identity);
	r.body_len = strlen(r.body);
	ory_judge(&r, &paths, NOW, a, &pa);
	return answer;
}

static void
factors(void)
{
	static const struct {
		const char *methods;
		int64_t first, second;
	} t[] = {
		{ "", 0, 0 },
		{ ",\"authenticated_at\":" AT("07"), T0 + 7, 0 },
		{ ",\"authentication_methods\":[" BY(ONE, AT("01")) "]", T0 + 1,
		    0 },
		{ ",\"authentication_methods\":[" BY(ONE, AT("01")) "," BY(TWO,
		      AT("02")) "]",
		    T0 + 1, T0 + 2 },
		{ ",\"authentication_methods\":[" BY(TWO, AT("09")) "," BY(ONE,
		      AT("08")) "," BY(TWO, AT("03")) "," BY(ONE, AT("05")) "]",
		    T0 + 8, T0 + 9 },
		{ ",\"authenticated_at\":" AT(
		      "07") ",\"authentication_methods\":[" BY(ONE,
		      AT("01")) "]",
		    T0 + 1, 0 },
		{ ",\"authenticated_at\":" AT(
		      "07") ",\"authentication_methods\":[" BY(TWO,
		      AT("01")) "]",
		    T0 + 7, T0 + 1 },
		/* Go's word for never */
		{ ",\"authenticated_at\":\"0001-01-01T00:00:00Z\"", 0, 0 },
		{ ",\"authentication_methods\":[" BY(TWO,
		      "\"0001-01-01T00:00:00Z\"") "]",
		    0, 0 },
		{ ",\"authentication_methods\":[" BY(TWO, "null") "]", 0, 0 },
		{ ",\"authentication_methods\":[" BY(TWO, "1785426000") "]", 0,
		    0 },
		{ ",\"authentication_methods\":[" BY(TWO, "\"soon\"") "]", 0,
		    0 },
		{ ",\"authentication_methods\":[{\"aal\":" TWO "}]", 0, 0 },
		/* a level of no name of ours is no factor of ours */
		{ ",\"authentication_methods\":[" BY("\"aal3\"",
		      AT("01")) "," BY("\"AAL2\"", AT("01")) "," BY("2",
		      AT("01")) "," BY("null", AT("01")) "]",
		    0, 0 },
		{ ",\"authentication_methods\":[7,null,\"x\",[" BY(TWO,
		      AT("01")) "]," BY(TWO, AT("04")) "]",
		    0, T0 + 4 },
		{ ",\"authentication_methods\":" BY(TWO, AT("01")), 0, 0 },
		{ ",\"authentication_methods\":null", 0, 0 },
		{ ",\"authentication_methods\":\"aal2\"", 0, 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct arena *a = arena_new(1 << 20);
		struct auth_answer answer = judge(t[i].methods, "", "", a);

		tap_row("%s", t[i].methods);
		INTEQ(answer.verdict, AUTH_ALLOW);
		INTEQ(answer.who.first_factor_s, t[i].first);
		INTEQ(answer.who.second_factor_s, t[i].second);
		arena_free(&a);
	}
}

static void
roles(void)
{
	static const struct {
		const char *identity, *path, *role;
		int n;
	} t[] = {
		{ ",\"metadata_public\":{\"roles\":[\"admin\",\"x\"]}",
		    "metadata_public.roles", "admin", 2 },
		{ ",\"metadata_public\":{\"role\":\"admin\"}",
		    "metadata_public.role", "admin", 1 },
		{ ",\"metadata_public\":{\"roles\":[\"admin\"]}", "", NULL, 0 },
		{ ",\"metadata_public\":{\"roles\":[\"admin\"]}", "roles", NULL,
		    0 },
		{ ",\"metadata_public\":{\"roles\":7}", "metadata_public.roles",
		    NULL, 0 },
		{ ",\"metadata_public\":null", "metadata_public.roles", NULL,
		    0 },
		{ ",\"metadata_public\":[\"admin\"]", "metadata_public.roles",
		    NULL, 0 },
		{ "", "metadata_public.roles", NULL, 0 },
		/* what users may edit themselves is not asked for */
		{ ",\"traits\":{\"roles\":[\"admin\"]}",
		    "metadata_public.roles", NULL, 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct arena *a = arena_new(1 << 20);
		struct auth_answer answer =
		    judge("", t[i].identity, t[i].path, a);

		tap_row("%s at %s", t[i].identity, t[i].path);
		INTEQ(answer.verdict, AUTH_ALLOW);
		INTEQ(answer.who.roles.n, t[i].n);
		if (answer.who.roles.n > 0 && t[i].n > 0)
			STREQ(answer.who.roles.item[0], t[i].role);
		arena_free(&a);
	}
}

/* Who lost a role would be refused what is his: nobody is told "no" for it. */
static void
no_memory(void)
{
	bool failed = false, passed = false;

	for (size_t size = 512; size < 4096; size += 16) {
		struct arena *a = arena_new(size);
		struct auth_answer answer = { .verdict = AUTH_DENY };
		struct provider_answer pa = { .answer = &answer };
		const struct ory_paths paths = { "a", "b", "roles" };
		static const char body[] =
		    "{\"active\":true,\"expires_at\":\"2026-07-30T15:41:23Z\","
		    "\"identity\":{\"id\":\"" ID "\",\"roles\":[\"admin\"]}}";
		const struct http_reply r = { .status = 200,
			.body = body,
			.body_len = sizeof(body) - 1 };

		ory_judge(&r, &paths, NOW, a, &pa);
		failed |= answer.verdict == AUTH_UNSURE;
		passed |= answer.verdict == AUTH_ALLOW;
		INTEQ(answer.verdict == AUTH_ALLOW, answer.who.roles.n == 1);
		CHECK(answer.verdict != AUTH_DENY);
		arena_free(&a);
	}
	CHECK(failed && passed);
}

static const struct tap_case cases[] = {
	{ "each factor counts from when it was last shown", factors },
	{ "roles are read where the configuration says, or not at all", roles },
	{ "without memory for a role it is neither yes nor no", no_memory },
};
TAP_MAIN(cases)
