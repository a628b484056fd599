/* SPDX-License-Identifier: MIT */
/* auth/clerk_cookie: a neighbour's session beside ours; too little memory. */
#include "tap.h"

#include "auth/clerk_cookie.h"
#include "auth/cred.h"
#include "base/arena.h"
#include "unit/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW_S = 1800000000 };

#define KEY "pk_live_Y2xlcmsuY2xlcmsuZGV2JA"
#define ISSUER "https://clerk.clerk.dev"
#define OURS "{\"iss\":\"" ISSUER "\",\"iat\":1000,\"exp\":1800000060}"
#define OTHERS "{\"iss\":\"https://x.y\",\"iat\":2000,\"exp\":1800000060}"
#define X13 "xxxxxxxxxxxxx"
#define X130 X13 X13 X13 X13 X13 X13 X13 X13 X13 X13

static const struct conf_list issuers = { 1, { ISSUER } };

static char *
session(const char *header, const char *claims)
{
	return signer_join(signer_input(header, claims),
	    (const unsigned char *)"sig", 3);
}

/* Of a plain pair of that session, and our own pair with suffix. */
static enum clerk_choice
choose(const char *plain, const char *own, struct arena *a,
    struct clerk_chosen *chosen)
{
	struct clerk_cookies c;
	enum clerk_choice choice;
	struct cred cred = { .kind = CRED_COOKIE };
	char *pairs;

	clerk_cookies_init(&c, KEY, &issuers);
	if (asprintf(&pairs,
		"__session=%s; __client_uat=7; __session_1Z8AzTQD=%s; "
		"__client_uat_1Z8AzTQD=8",
		plain, own) == -1)
		abort();
	cred.value = pairs;
	cred.len = strlen(pairs);
	choice =
	    clerk_cookies_choose(&c, &cred, NOW_S * INT64_C(1000), a, chosen);
	free(pairs);
	return choice;
}

static void
disliked(void)
{
	static const char *const headers[] = {
		"{\"alg\":\"RS256\",\"kid\":\"k\"}",
		"{\"alg\":\"HS256\"}",
		"{\"alg\":\"ES256K\",\"kid\":\"k\"}",
		"{\"alg\":\"none\"}",
		"{}",
		"{\"alg\":\"RS256\",\"kid\":1}",
		"{\"alg\":\"RS256\",\"kid\":\"\"}",
		"{\"alg\":\"RS256\",\"kid\":\"" X130 "\"}",
		"{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}",
		"[]",
		"no JSON at all",
	};
	char *own = session("{\"alg\":\"RS256\",\"kid\":\"k\"}", OURS);

	for (size_t i = 0; i < ROWS(headers); i++) {
		struct arena *a = arena_new(1 << 20);
		char *plain = session(headers[i], OTHERS);
		struct clerk_chosen chosen;

		tap_row("%s", headers[i]);
		INTEQ(choose(plain, own, a, &chosen), CLERK_TOKEN);
		STREQ(chosen.token, own);
		INTEQ(chosen.client_uat_s, 8);
		arena_free(&a);
		free(plain);
	}
	free(own);
}

/* One of ours is judged, whatever its header is: it hides nothing. */
static void
our_own(void)
{
	char *odd = session("{\"alg\":\"HS256\"}", OURS);
	char *older = session("{\"alg\":\"RS256\"}",
	    "{\"iss\":\"" ISSUER "\",\"iat\":900,\"exp\":1800000060}");
	struct arena *a = arena_new(1 << 20);
	struct clerk_chosen chosen;

	INTEQ(choose(odd, older, a, &chosen), CLERK_TOKEN);
	STREQ(chosen.token, odd);
	INTEQ(choose(older, odd, a, &chosen), CLERK_TOKEN);
	STREQ(chosen.token, odd);
	arena_free(&a);
	free(odd);
	free(older);
}

/* From nothing to enough: the right one, or nothing is known. */
static void
no_memory(void)
{
	char *plain = session("{\"alg\":\"HS256\"}", OTHERS);
	char *own = session("{\"alg\":\"RS256\",\"kid\":\"k\"}", OURS);

	for (int escaped = 0; escaped < 2; escaped++) {
		int seen[4] = { 0 };
		char text[500];

		/* "e" is how a token begins */
		snprintf(text, sizeof(text), "%s%s", escaped ? "%65" : "",
		    own + escaped);
		for (size_t size = 16; size < 4096; size += 16) {
			struct arena *a = arena_new(size);
			struct clerk_chosen chosen;
			enum clerk_choice got = choose(plain, text, a, &chosen);

			tap_row("%.9s, %zu bytes", text, size);
			CHECK(got == CLERK_TOKEN || got == CLERK_NO_MEMORY);
			if (got == CLERK_TOKEN)
				STREQ(chosen.token, own);
			CHECK((chosen.why != NULL) == (got != CLERK_TOKEN));
			seen[got]++;
			arena_free(&a);
		}
		CHECK(seen[CLERK_TOKEN] > 0 && seen[CLERK_NO_MEMORY] > 10);
	}
	free(plain);
	free(own);
}

static const struct tap_case cases[] = {
	{ "a neighbour's session does not hide ours, whatever its header is",
	    disliked },
	{ "one of our own instance counts by its claims", our_own },
	{ "without memory no session is chosen, and none refused", no_memory },
};
TAP_MAIN(cases)
