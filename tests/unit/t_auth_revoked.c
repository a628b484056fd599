/* SPDX-License-Identifier: MIT */
/* auth/auth: tokens that are read here, and who is revoked. */
#include "unit/site.h"

#include "auth/provider.h"
#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "io/crypt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CONF                                                                   \
	"providers = [ \"clerk\", \"a\", \"b\" ];\n"                           \
	"clerk: { secret_key = \"sk_test_abcdefg\"; issuer = \"https://c.x\";" \
	" api_url = \"@\"; timeout = \"400ms\"; };\n"                          \
	"oidc: ( { name = \"a\"; issuer = \"https://a.x\"; audience = [ \"u\"" \
	" ]; jwks_url = \"@/a\"; }, { name = \"b\"; issuer = \"https://b.x\";" \
	" audience = [ \"u\" ]; jwks_url = \"@/b\"; } );\n"
#define CLERK(n) "\"sub\":\"user_1\",\"sid\":\"sess_" #n "\""
#define OIDC "\"sub\":\"s\",\"aud\":\"u\",\"sid\":\"x\""
#define USERS "/v1/users/user_1"
#define HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "

static void
open_all(struct site *s)
{
	site_open(s, CONF);
	site_serve(s, "/v1/jwks", SIGNER_RSA);
	site_serve(s, "/a", SIGNER_RSA);
	site_serve(s, "/b", SIGNER_RSA);
	stub_raw(s->stub, USERS, STUB_CLOSE,
	    HEAD "34\r\n\r\n{\"id\":\"user_1\",\"first_name\":\"Ada\"}");
}

static void
bar(struct site *s, const char *provider, enum revoked_kind kind,
    const char *id, enum revoked_effect effect, int64_t at_s)
{
	struct crypt_mac *mac = shared_mac(s->shared, "revoked");
	int64_t now = clock_mono_ms(), now_s = clock_wall_ms() / 1000;
	const struct revoked_entry entry = {
		.tag = revoked_tag(mac, provider, kind, id),
		.effect = effect,
		.at_s = at_s,
		.until_s = now_s + 3600,
	};

	INTEQ(revoked_put(s->shared->revoked, &entry, now, now_s), 0);
	crypt_mac_free(&mac);
	while (clock_mono_ms() <= now) /* it counts for all of this tick */
		usleep(100);
}

static struct auth_answer
check(struct site *s, const char *issuer, const char *claims, bool contact)
{
	return site_check(s, CRED_BEARER,
	    site_token(s, SIGNER_RSA, issuer, claims), contact);
}

static uint64_t
counted(struct site *s, int i, enum upstream_count which)
{
	return atomic_load(&auth_line(s->auth, i)->count[which]);
}

static void
sessions(void)
{
	struct auth_answer a;
	struct site s;

	open_all(&s);
	INTEQ(check(&s, "https://c.x", CLERK(1), false).verdict, AUTH_ALLOW);
	bar(&s, "clerk", REVOKED_SESSION, "sess_1", REVOKED_ALL, 0);
	a = check(&s, "https://c.x", CLERK(1), false);
	INTEQ(a.verdict, AUTH_DENY);
	STREQ(a.why, "revoked");
	CHECK(a.revoked);
	STREQ(a.provider, "clerk");
	INTEQ(check(&s, "https://c.x", CLERK(2), false).verdict, AUTH_ALLOW);
	INTEQ(counted(&s, 0, UPSTREAM_REVOKED), 1);
	INTEQ(counted(&s, 0, UPSTREAM_DENIED), 1);
	INTEQ(counted(&s, 0, UPSTREAM_ALLOWED), 2);
	site_close(&s);
}

static void
issuers(void)
{
	struct site s;

	open_all(&s);
	bar(&s, "a", REVOKED_USER, "s", REVOKED_ALL, 0);
	INTEQ(check(&s, "https://a.x", OIDC, false).verdict, AUTH_DENY);
	INTEQ(check(&s, "https://b.x", OIDC, false).verdict, AUTH_ALLOW);
	tap_row("%s", "a session of a user's id, and the other way round");
	bar(&s, "b", REVOKED_SESSION, "s", REVOKED_ALL, 0);
	bar(&s, "b", REVOKED_USER, "x", REVOKED_ALL, 0);
	INTEQ(check(&s, "https://b.x", OIDC, false).verdict, AUTH_ALLOW);
	bar(&s, "b", REVOKED_SESSION, "x", REVOKED_ALL, 0);
	INTEQ(check(&s, "https://b.x", OIDC, false).verdict, AUTH_DENY);
	site_close(&s);
}

static void
dates(void)
{
	static const struct {
		const char *iat; /* instead of now */
		int64_t at; /* from now */
		enum auth_verdict want;
	} t[] = {
		{ NULL, -10, AUTH_ALLOW },
		{ NULL, 10, AUTH_DENY },
		{ "7", -10, AUTH_DENY },
		{ "7.9", -10, AUTH_DENY },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		int64_t now = clock_wall_ms() / 1000;
		struct site s;

		tap_row("iat %s, revoked before %d",
		    t[i].iat == NULL ? "now" : t[i].iat, (int)t[i].at);
		open_all(&s);
		bar(&s, "a", REVOKED_USER, "s", REVOKED_OLDER,
		    now + t[i].at);
		bar(&s, "clerk", REVOKED_USER, "user_1", REVOKED_OLDER,
		    now + t[i].at);
		for (int j = 0; j < 2; j++) {
			const char *token = token_signed(s.arena, SIGNER_RSA,
			    KEY_RS256, "k1",
			    arena_printf(s.arena,
				"{\"iss\":\"https://%c.x\",\"exp\":%lld,"
				"\"iat\":%s,%s}",
				j == 0 ? 'a' : 'c', (long long)now + 60,
				t[i].iat == NULL
				    ? arena_printf(s.arena, "%lld",
					  (long long)now)
				    : t[i].iat,
				j == 0 ? OIDC : CLERK(1)));

			INTEQ(site_check(&s, CRED_BEARER, token, false).verdict,
			    t[i].want);
		}
		site_close(&s);
	}
}

static void
users(void)
{
	struct auth_answer a;
	struct site s;

	open_all(&s);
	a = check(&s, "https://c.x", CLERK(1), true);
	STREQ(a.who.name, "Ada");
	INTEQ(check(&s, "https://c.x", CLERK(2), true).verdict, AUTH_ALLOW);
	INTEQ(stub_requests(s.stub, USERS), 1);
	tap_row("%s", "tokens from before are refused: that is not about it");
	bar(&s, "clerk", REVOKED_USER, "user_1", REVOKED_OLDER, 1000);
	INTEQ(check(&s, "https://c.x", CLERK(1), true).verdict, AUTH_ALLOW);
	INTEQ(stub_requests(s.stub, USERS), 1);
	tap_row("%s", "updated: what is kept of the user is not used again");
	bar(&s, "clerk", REVOKED_USER, "user_1", REVOKED_RECHECK, 0);
	stub_raw(s.stub, USERS, STUB_CLOSE,
	    HEAD "34\r\n\r\n{\"id\":\"user_1\",\"first_name\":\"Eve\"}");
	a = check(&s, "https://c.x", CLERK(1), true);
	STREQ(a.who.name, "Eve");
	INTEQ(check(&s, "https://c.x", CLERK(1), true).verdict, AUTH_ALLOW);
	INTEQ(stub_requests(s.stub, USERS), 2);
	tap_row("%s", "not even while Clerk is away");
	bar(&s, "clerk", REVOKED_USER, "user_1", REVOKED_RECHECK, 0);
	stub_raw(s.stub, USERS, STUB_CLOSE, "HTTP/1.1 500 X\r\n\r\n");
	INTEQ(check(&s, "https://c.x", CLERK(1), true).verdict, AUTH_UNSURE);
	INTEQ(check(&s, "https://c.x", CLERK(1), false).verdict, AUTH_ALLOW);
	tap_row("%s", "revoked: Clerk need not be asked");
	bar(&s, "clerk", REVOKED_SESSION, "sess_1", REVOKED_ALL, 0);
	INTEQ(check(&s, "https://c.x", CLERK(1), true).verdict, AUTH_DENY);
	INTEQ(stub_requests(s.stub, USERS), 3);
	site_close(&s);
}

/* Tokens stand until they expire, with or without news. */
static void
no_news(void)
{
	struct site s;

	open_all(&s);
	INTEQ(atomic_load(&s.shared->news->read_ms), 0);
	INTEQ(check(&s, "https://a.x", OIDC, false).verdict, AUTH_ALLOW);
	INTEQ(check(&s, "https://c.x", CLERK(1), true).verdict, AUTH_ALLOW);
	INTEQ(check(&s, "https://c.x", CLERK(1), true).verdict, AUTH_ALLOW);
	INTEQ(stub_requests(s.stub, USERS), 1);
	site_close(&s);
}

static const struct tap_case cases[] = {
	{ "a token of a revoked session is refused, of another is not",
	    sessions },
	{ "a revocation is of one provider and one kind", issuers },
	{ "of a user, tokens from before it are refused", dates },
	{ "a user who changed or is revoked is not served from memory",
	    users },
	{ "tokens do not wait for news", no_news },
};
TAP_MAIN(cases)
