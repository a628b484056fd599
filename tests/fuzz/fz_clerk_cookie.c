/* SPDX-License-Identifier: MIT */
/*
 * auth/clerk_cookie: a Cookie header, through the reading of credentials, as
 * one of the three kinds of instance; what comes out was put in by somebody
 * who is signed in.
 */
#include "fuzz/fuzz.h"

#include "auth/clerk_cookie.h"
#include "auth/cred.h"
#include "base/arena.h"
#include "base/str.h"

#include <string.h>

/* 2027: between the two ends that the corpus has */
#define NOW_MS INT64_C(1800000000000)

static const char *const keys[] = { "", "pk_live_Y2xlcmsuY2xlcmsuZGV2JA",
	"pk_test_Y2xlcmsuY2xlcmsuZGV2JA" };
static const struct conf_list issuers = { 1, { "https://clerk.clerk.dev" } };

static void
check(const struct clerk_cookies *c, const struct cred *cred, struct arena *a)
{
	struct clerk_chosen chosen;
	enum clerk_choice choice =
	    clerk_cookies_choose(c, cred, NOW_MS, a, &chosen);

	if (choice != CLERK_TOKEN) {
		MUST(chosen.why != NULL);
		MUST(choice == CLERK_REFUSED || choice == CLERK_NO_SESSION ||
		     choice == CLERK_NO_MEMORY);
		return;
	}
	MUST(clerk_cookies_has_session(c, cred));
	MUST(chosen.token[0] != '\0');
	MUST(strlen(chosen.token) < cred->len);
	MUST(str_is_header_safe(chosen.token));
	MUST(chosen.client_uat_s > 0);
	MUST(chosen.client_uat_s <= INT64_C(999999999999));
	MUST(strstr(cred->value, "__client_uat") != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(1 << 20);
	char *header = arena_dupn(a, (const char *)data, n);

	for (size_t i = 0; header != NULL && i < 3; i++) {
		struct clerk_cookies c;
		struct cred cred;

		clerk_cookies_init(&c, keys[i], &issuers);
		MUST(c.names.n == (i == 0 ? 2 : 4));
		cred = cred_from_cookies(header, &c.names, a);
		if (cred.kind == CRED_COOKIE)
			check(&c, &cred, a);
	}
	arena_free(&a);
	return 0;
}
