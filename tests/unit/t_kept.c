/* SPDX-License-Identifier: MIT */
/* auth/kept: what is packed is what is unpacked. */
#include "tap.h"

#include "auth/roles.h"
#include "base/arena.h"
#include "unit/kept_full.h"

static void
whole(void)
{
	struct arena *a = arena_new(1 << 16);
	struct auth_answer out = { .n_relay = 0 };
	struct kept k;
	size_t n = packed(&k, &full);

	CHECK(n > KEPT_HEAD && n <= SLOTS_UNIT_SIZE);
	CHECK(kept_is_sound(&k, n, NOW_US));
	CHECK(kept_unpack(&k, a, &out));
	memset(&k, 0, sizeof(k)); /* copies, all of it */
	INTEQ(out.verdict, AUTH_ALLOW);
	STREQ(out.who.subject, full.who.subject);
	STREQ(out.who.session, full.who.session);
	STREQ(out.who.email, full.who.email);
	STREQ(out.who.name, full.who.name);
	STREQ(out.who.org, full.who.org);
	STREQ(out.who.org_slug, full.who.org_slug);
	STREQ(out.who.actor, full.who.actor);
	STREQ(out.who.aal, full.who.aal);
	STREQ(out.why, NULL);
	STREQ(out.step_up_url, NULL);
	STREQ(out.who.provider, NULL);
	INTEQ(out.who.email_verified, true);
	INTEQ(out.who.expires_s, 4000000000);
	INTEQ(out.who.issued_s, 1000000000);
	INTEQ(out.who.first_factor_s, 1000000001);
	INTEQ(out.who.second_factor_s, UINT32_MAX);
	INTEQ(out.who.roles.n, 2);
	STREQ(out.who.roles.item[0], roles[0]);
	STREQ(out.who.roles.item[1], roles[1]);
	INTEQ(out.who.permissions.n, 0);
	arena_free(&a);
}

/* Of other verdicts the reason, and not who it was on the way. */
static void
refusals(void)
{
	struct arena *a = arena_new(1 << 16);

	for (int v = 0; v < AUTH_VERDICTS; v++) {
		struct auth_answer in = full, out = { .n_relay = 0 };
		bool keep = v == AUTH_DENY || v == AUTH_STEPUP;
		struct kept k;
		size_t n;

		if (v == AUTH_ALLOW)
			continue;
		tap_row("%s", auth_verdict_name((enum auth_verdict)v));
		in.verdict = (enum auth_verdict)v;
		in.why = "because";
		in.step_up_url = v == AUTH_STEPUP ? "https://a.x/" : NULL;
		n = packed(&k, &in);
		INTEQ(n > 0, keep);
		if (n == 0)
			continue;
		CHECK(kept_is_sound(&k, n, NOW_US));
		CHECK(kept_unpack(&k, a, &out));
		INTEQ(out.verdict, v);
		STREQ(out.why, "because");
		STREQ(out.step_up_url, in.step_up_url);
		STREQ(out.who.subject, NULL);
		STREQ(out.who.email, NULL);
		INTEQ(out.who.expires_s, 0);
		INTEQ(out.who.roles.n, 0);
	}
	arena_free(&a);
}

static void
too_much(void)
{
	static const char *many[ROLES_MAX + 1];
	static char name[KEPT_TEXT_MAX];
	struct auth_answer in = full;
	struct kept k;

	memset(name, 'n', sizeof(name) - 1);
	in.who.name = name;
	INTEQ(packed(&k, &in), 0);
	tap_row("%s", "exactly as long as there is room");
	in = (struct auth_answer){ .verdict = AUTH_ALLOW,
		.who = { .subject = name + 2, .email = "" } };
	INTEQ(packed(&k, &in), KEPT_HEAD + KEPT_TEXT_MAX - 1);
	in.who.subject = name + 1;
	INTEQ(packed(&k, &in), KEPT_HEAD + KEPT_TEXT_MAX);
	CHECK(kept_is_sound(&k, sizeof(k), NOW_US));
	in.who.subject = name;
	INTEQ(packed(&k, &in), 0);
	tap_row("%s", "members that have no place in it");
	in = full;
	in.who.permissions = (struct auth_names){ 1, roles };
	INTEQ(packed(&k, &in), 0);
	tap_row("%s", "roles");
	for (int i = 0; i <= ROLES_MAX; i++)
		many[i] = "editor";
	in = (struct auth_answer){ .verdict = AUTH_ALLOW,
		.who = { .subject = "s",
		    .email = "",
		    .roles = { ROLES_MAX, many } } };
	INTEQ(packed(&k, &in), KEPT_HEAD + 3 + ROLES_MAX * 7);
	in.who.roles.n++;
	INTEQ(packed(&k, &in), 0);
	in = full;
	many[0] = name + 1;
	in.who.roles = (struct auth_names){ 1, many };
	INTEQ(packed(&k, &in), 0);
	in = full;
	in.who.subject = NULL;
	INTEQ(packed(&k, &in), 0);
}

/* A time that does not fit is not known: the factor is asked for again. */
static void
factors(void)
{
	static const int64_t odd[] = { -1, INT64_MIN, (int64_t)UINT32_MAX + 1,
		INT64_MAX };
	struct arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < ROWS(odd); i++) {
		struct auth_answer in = full, out = { .n_relay = 0 };
		struct kept k;

		in.who.first_factor_s = odd[i];
		in.who.second_factor_s = odd[i];
		CHECK(kept_is_sound(&k, packed(&k, &in), NOW_US));
		CHECK(kept_unpack(&k, a, &out));
		INTEQ(out.who.first_factor_s, 0);
		INTEQ(out.who.second_factor_s, 0);
	}
	arena_free(&a);
}

static void
no_memory(void)
{
	struct arena *a = arena_new(4096);
	struct auth_answer out = { .n_relay = 0 };
	struct kept k;

	packed(&k, &full);
	while (arena_alloc(a, 16) != NULL)
		continue;
	CHECK(!kept_unpack(&k, a, &out));
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "an identity comes back whole, in memory of its own", whole },
	{ "a refusal comes back with its reason and nobody's name", refusals },
	{ "what does not fit, or has no place, is not kept", too_much },
	{ "times of factors come back, or are not known", factors },
	{ "without memory there is no half of an answer", no_memory },
};
TAP_MAIN(cases)
