/* SPDX-License-Identifier: MIT */
/* auth/pages, auth_page_url(): each provider's pages, and the way back. */
#include "unit/site.h"

#include "auth/pages.h"
#include "base/arena.h"
#include "base/buf.h"
#include "io/fcg.h"

#include <stdio.h>
#include <string.h>

#define BACK "https://b.x/?a=1&b"
#define BACK_ENC "https%3A%2F%2Fb.x%2F%3Fa%3D1%26b"
#define ORY(more) "providers = [ \"ory\" ]; ory: { " more " };"
#define CLERK(more)                                                            \
	"providers = [ \"clerk\" ]; clerk: { secret_key = "                    \
	"\"sk_live_abcdefg\"; publishable_key = "                              \
	"\"pk_live_Y2xlcmsuZXhhbXBsZS5jb20k\"; " more " };"
#define CORP(more)                                                             \
	"providers = [ \"corp\" ]; oidc: ( { name = \"corp\"; issuer = "       \
	"\"https://id.x\"; audience = [ \"api\" ]; " more " } );"

static void
parameter(void)
{
	static const struct {
		const char *url, *back, *want;
	} t[] = {
		{ "https://a.x/in", NULL, "https://a.x/in" },
		{ "https://a.x/in", "https://b.x/",
		    "https://a.x/in?to=https%3A%2F%2Fb.x%2F" },
		{ "https://a.x/in?q", "/", "https://a.x/in?q&to=%2F" },
		{ "https://a.x/in?q=1", "/", "https://a.x/in?q=1&to=%2F" },
		{ "https://a.x/in?next=", "/", "https://a.x/in?next=%2F" },
		{ "https://a.x/in?next=", NULL, "https://a.x/in?next=" },
		{ "", "/", "" },
	};
	struct arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < ROWS(t); i++) {
		struct buf b;

		tap_row("%s", t[i].url);
		buf_init(&b, a, 16);
		buf_str(&b, t[i].url);
		pages_add_return(&b, "to", t[i].back);
		STREQ(buf_text(&b), t[i].want);
	}
	arena_free(&a);
}

/* In the order of enum auth_page; with BACK, and without. */
static void
urls(void)
{
	static const struct {
		const char *conf;
		struct {
			const char *with, *without;
		} page[AUTH_PAGES];
	} t[] = {
		{ ORY("url = \"https://o.x\";"),
		    {
			{ "https://o.x/self-service/login/"
			  "browser?return_to=" BACK_ENC,
			    "https://o.x/self-service/login/browser" },
			{ "https://o.x/self-service/registration/browser"
			  "?return_to=" BACK_ENC,
			    "https://o.x/self-service/registration/browser" },
			{ "https://o.x/self-service/logout/"
			  "browser?return_to=" BACK_ENC,
			    "https://o.x/self-service/logout/browser" },
			{ "https://o.x/self-service/login/browser?aal=aal2"
			  "&return_to=" BACK_ENC,
			    "https://o.x/self-service/login/browser?aal=aal2" },
			{ "https://o.x/self-service/login/browser?refresh=true"
			  "&return_to=" BACK_ENC,
			    "https://o.x/self-service/login/browser?refresh="
			    "true" },
			{ "https://o.x/self-service/login/browser?aal=aal2"
			  "&refresh=true&return_to=" BACK_ENC,
			    "https://o.x/self-service/login/browser?aal=aal2"
			    "&refresh=true" },
		    } },
		{ CLERK(""), { { "https://accounts.example.com/"
				 "sign-in?redirect_url=" BACK_ENC,
				   "https://accounts.example.com/sign-in" },
				 { "https://accounts.example.com/"
				   "sign-up?redirect_url=" BACK_ENC,
				     "https://accounts.example.com/sign-up" },
				 { "https://accounts.example.com/"
				   "user?redirect_url=" BACK_ENC,
				     "https://accounts.example.com/user" },
				 { NULL, NULL } } },
		{ CORP(""), { { NULL, NULL }, { NULL, NULL }, { NULL, NULL },
				{ NULL, NULL } } },
		{ CORP("login_url = \"https://c.x/in?from=gate\"; "
		       "logout_url = \"https://id.x/out?client_id=web"
		       "&post_logout_redirect_uri=\";"),
		    { { "https://c.x/in?from=gate&return_to=" BACK_ENC,
			  "https://c.x/in?from=gate" },
			{ NULL, NULL },
			{ "https://id.x/out?client_id=web"
			  "&post_logout_redirect_uri=" BACK_ENC,
			    "https://id.x/out?client_id=web"
			    "&post_logout_redirect_uri=" },
			{ NULL, NULL } } },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct site s;

		site_open(&s, t[i].conf);
		for (int p = 0; p < AUTH_PAGES; p++) {
			tap_row("%s: %d", t[i].conf, p);
			STREQ(auth_page_url(s.auth, 0, (enum auth_page)p, BACK,
				  s.arena),
			    t[i].page[p].with);
			STREQ(auth_page_url(s.auth, 0, (enum auth_page)p, NULL,
				  s.arena),
			    t[i].page[p].without);
		}
		INTEQ(stub_connections(s.stub), 0);
		site_close(&s);
	}
}

/* A URL may hold what means something in JSON. */
static void
members(void)
{
	struct site s;

	site_open(&s, CORP("login_url = \"https://c.x/?q=\\\"\";"));
	CHECK(strstr(site_info(&s, 0, NULL),
		  "\"loginUrl\":\"https://c.x/?q=\\\"\",\"registrationUrl\":"
		  "\"\",\"logoutUrl\":\"\"}") != NULL);
	CHECK(strstr(site_info(&s, 0, BACK),
		  "\"loginUrl\":\"https://c.x/?q=\\\"&return_to=" BACK_ENC
		  "\"") != NULL);
	site_close(&s);
	tap_row("%s", "a page for a second factor");
	site_open(&s, ORY("url = \"https://o.x\";"));
	CHECK(strstr(site_info(&s, 0, NULL),
		  "\"stepUpUrl\":\"https://o.x/self-service/login/browser?aal="
		  "aal2\"") != NULL);
	site_close(&s);
	site_open(&s, CLERK(""));
	CHECK(strstr(site_info(&s, 0, NULL), "stepUpUrl") == NULL);
	site_close(&s);
}

/* Where a session ends that needs no question. */
static void
sign_out(void)
{
	static const struct {
		const char *conf, *url;
	} t[] = {
		{ CLERK(""), "https://accounts.example.com/user" },
		{ CORP("logout_url = \"https://c.x/out\";"),
		    "https://c.x/out" },
		{ CORP(""), NULL },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer a;
		struct site s;

		tap_row("%s", t[i].conf);
		site_open(&s, t[i].conf);
		STREQ(auth_sign_out(s.auth, 0,
			  &(struct auth_request){ .arena = s.arena }, NULL, &a),
		    t[i].url);
		INTEQ(a.verdict, t[i].url == NULL ? AUTH_ANON : AUTH_ALLOW);
		INTEQ(stub_connections(s.stub), 0);
		site_close(&s);
	}
}

/* Whose cookies only want renewing: see clerk_cookies_is_client(). */
static void
renewable(void)
{
	static const struct {
		const char *conf, *cookies;
		bool able;
	} t[] = {
		{ CLERK(""), "__client_uat=1800000000", true },
		{ CLERK(""), "__session=a; __client_uat=1800000000", true },
		{ CLERK(""), "__session=a", false },
		{ CLERK(""), "__client_uat=0", false },
		{ CLERK(""), NULL, false },
		{ CLERK("cookies = false;"), "__client_uat=1800000000", false },
		{ ORY("url = \"https://o.x\";"), "ory_kratos_session=a",
		    false },
		{ CORP(""), "__client_uat=1800000000", false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct fcg_request in = { 0 };
		struct site s;

		tap_row("%s %s", t[i].conf,
		    t[i].cookies == NULL ? "-" : t[i].cookies);
		site_open(&s, t[i].conf);
		in.param[FCG_HTTP_COOKIE] = t[i].cookies;
		INTEQ(auth_is_renewable(s.auth, 0, &in, s.arena), t[i].able);
		site_close(&s);
	}
}

static const struct tap_case cases[] = {
	{ "the way back is a parameter, or the one a URL ends in", parameter },
	{ "each provider has its pages, and its parameter", urls },
	{ "login-info names the pages, in JSON", members },
	{ "a page to sign out at needs no question", sign_out },
	{ "Clerk alone has cookies that want renewing", renewable },
};
TAP_MAIN(cases)
