/* SPDX-License-Identifier: MIT */
/* auth/policy_needs: assurance and its age, and all that a rule may want. */
#include "tap.h"

#include "auth/auth.h"
#include "auth/policy.h"
#include "conf/conf.h"

#include <string.h>

#define NOW INT64_C(1785426082)

enum { HOUR = 3600, MS = 1000 };

static void
assurance(void)
{
	static const struct {
		const char *aal;
		int64_t max_age_s;
		const char *has;
		int64_t first_s, second_s; /* ago; -1: never */
		const char *why;           /* it begins with */
	} t[] = {
		{ "", 0, NULL, -1, -1, NULL },
		{ "aal1", 0, "aal1", -1, -1, NULL },
		{ "aal1", 0, "aal2", -1, -1, NULL },
		{ "aal1", 0, NULL, -1, -1, NULL },
		{ "aal1", 0, "", -1, -1, NULL },
		{ "aal1", 0, "aal0", -1, -1, "aal:" },
		{ "aal2", 0, "aal2", -1, -1, NULL },
		{ "aal2", 0, "aal3", -1, -1, NULL },
		{ "aal2", 0, "aal1", 0, 0, "aal:" },
		{ "aal2", 0, NULL, 0, 0, "aal:" },
		{ "aal2", 0, "", 0, 0, "aal:" },
		{ "aal2", 0, "AAL2", 0, 0, "aal:" },
		{ "aal2", 0, "aal2 ", 0, 0, "aal:" },
		{ "aal2", 0, "aal9", 0, 0, "aal:" },
		{ "aal3", 0, "aal3", -1, -1, NULL },
		{ "aal3", 0, "aal2", 0, 0, "aal:" },
		{ "aal4", 0, "aal4", 0, 0, "aal:" },
		{ "aal4", 0, "aal3", 0, 0, "aal:" },
		/* the newer of both */
		{ "", HOUR, NULL, HOUR - 1, -1, NULL },
		{ "", HOUR, NULL, HOUR, -1, "max_age:" },
		{ "", HOUR, NULL, HOUR, HOUR - 1, NULL },
		{ "", HOUR, NULL, -1, HOUR - 1, NULL },
		{ "", HOUR, NULL, -1, -1, "max_age:" },
		{ "aal1", HOUR, "aal1", HOUR, HOUR, "max_age:" },
		{ "aal1", HOUR, "aal1", 0, -1, NULL },
		/* the second alone */
		{ "aal2", HOUR, "aal2", HOUR, HOUR - 1, NULL },
		{ "aal2", HOUR, "aal2", 0, HOUR, "max_age:" },
		{ "aal2", HOUR, "aal2", 0, -1, "max_age:" },
		{ "aal2", HOUR, "aal1", 0, 0, "aal:" },
		{ "aal3", HOUR, "aal3", 0, -1, "max_age:" },
		/* clocks differ, but not so much */
		{ "", HOUR, NULL, -60, -1, NULL },
		{ "", HOUR, NULL, -61, -1, "max_age:" },
		{ "", HOUR, NULL, -HOUR, 0, NULL },
		{ "aal2", HOUR, "aal2", 0, -61, "max_age:" },
		{ "aal2", HOUR, "aal2", 0, NOW - INT64_MAX, "max_age:" },
		{ "", 1, NULL, 0, -1, NULL },
		{ "", NOW + HOUR, NULL, NOW - 1, -1, NULL },
		{ "", NOW + HOUR, NULL, -1, -1, "max_age:" },
		{ "", 30 * 24 * HOUR, NULL, NOW - 1, -1, "max_age:" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		const struct conf_rule rule = { .aal = t[i].aal,
			.max_age = t[i].max_age_s * MS };
		const struct auth_ident who = { .aal = t[i].has,
			.first_factor_s =
			    t[i].first_s == -1 ? 0 : NOW - t[i].first_s,
			.second_factor_s =
			    t[i].second_s == -1 ? 0 : NOW - t[i].second_s };
		const char *why;

		tap_row("row %zu: %s within %d s by %s", i, t[i].aal,
		    (int)t[i].max_age_s, t[i].has == NULL ? "" : t[i].has);
		INTEQ(policy_judge(&rule, &who, NOW, &why),
		    t[i].why == NULL ? POLICY_ALLOW : POLICY_STEPUP);
		INTEQ(why == NULL, t[i].why == NULL);
		if (why != NULL && t[i].why != NULL)
			CHECK(strncmp(why, t[i].why, strlen(t[i].why)) == 0);
	}
}

/* A rule that wants all there is, and who has it. */
static struct conf_rule full = { .providers = { 1, { "clerk" } },
	.organizations = { 1, { "acme" } },
	.roles_any = { 2, { "x", "admin" } },
	.roles_all = { 1, { "admin" } },
	.permissions_any = { 1, { "read" } },
	.permissions_all = { 1, { "read" } },
	.email_domains = { 1, { "example.org" } },
	.subjects = { 1, { "user_1" } },
	.aal = "aal2",
	.max_age = HOUR * MS };

static void
all_of_them(void)
{
	static const char *const role[] = { "admin" }, *const right[] = {
		"read"
	};
	const struct auth_ident good = { .provider = "clerk",
		.subject = "user_1",
		.org = "org_1",
		.org_slug = "acme",
		.roles = { 1, role },
		.permissions = { 1, right },
		.email = "ada@example.org",
		.email_verified = true,
		.aal = "aal2",
		.second_factor_s = NOW };
	struct policy_need need[POLICY_NEEDS];
	struct auth_ident who = good;
	const char *why;

	INTEQ(policy_judge(&full, &who, NOW, &why), POLICY_ALLOW);
	STREQ(why, NULL);
	INTEQ(policy_needs(&full, &who, NOW, need), POLICY_NEEDS);
	for (int i = 0; i < POLICY_NEEDS; i++)
		CHECK(need[i].why == NULL && need[i].verdict == POLICY_ALLOW);
	tap_row("%s", "no step-up for who would be refused behind it");
	who.aal = "aal1";
	INTEQ(policy_judge(&full, &who, NOW, &why), POLICY_STEPUP);
	who.subject = "user_2";
	INTEQ(policy_judge(&full, &who, NOW, &why), POLICY_REFUSE);
	STREQ(why, "none of subjects");
	INTEQ(policy_needs(&full, &who, NOW, need), POLICY_NEEDS);
	INTEQ(need[7].verdict, POLICY_REFUSE);
	INTEQ(need[8].verdict, POLICY_STEPUP);
	STREQ(need[9].key, "max_age");
	tap_row("%s", "nobody that anything is known of");
	who = (struct auth_ident){ .email = "" };
	INTEQ(policy_judge(&full, &who, NOW, &why), POLICY_REFUSE);
	INTEQ(policy_needs(&full, &who, NOW, need), POLICY_NEEDS);
	for (int i = 0; i < POLICY_NEEDS; i++)
		CHECK(need[i].why != NULL && need[i].verdict != POLICY_ALLOW);
}

static void
contact(void)
{
	struct conf_rule rule = { .aal = "" };

	CHECK(!policy_wants_contact(&rule));
	rule.contact = true;
	CHECK(policy_wants_contact(&rule));
	CHECK(policy_wants_contact(&full));
}

static const struct tap_case cases[] = {
	{ "a level counts by what is known of it, a factor by its age",
	    assurance },
	{ "all needs are met, and the second factor is the last", all_of_them },
	{ "an address is asked for where a rule goes by it", contact },
};
TAP_MAIN(cases)
