/* SPDX-License-Identifier: MIT */
/* io/http: which base URLs a configuration may name. */
#include "tap.h"

#include "io/http.h"

static void
urls(void)
{
	static const struct {
		const char *url;
		bool good, good_if_insecure;
	} t[] = {
		{ "https://auth.example.org", true, true },
		{ "https://auth.example.org/", true, true },
		{ "https://auth.example.org:8443/kratos", true, true },
		{ "https://[2001:db8::1]/", true, true },
		{ "http://127.0.0.1:4433", true, true },
		{ "http://localhost:4433/", true, true },
		{ "http://[::1]:4433", true, true },
		{ "http://auth.example.org", false, true },
		{ "http://10.0.0.1", false, true },
		{ "http://127.0.0.1.example.org", false, true },
		{ "http://localhost.example.org", false, true },
		{ "http://[::2]", false, true },
		{ "", false, false },
		{ "auth.example.org", false, false },
		{ "//auth.example.org", false, false },
		{ "ftp://auth.example.org", false, false },
		{ "file:///etc/passwd", false, false },
		{ "https:auth.example.org", false, false },
		{ "https:/auth.example.org", false, false },
		{ "https://", false, false },
		{ "https:///x", false, false },
		{ "https://:443", false, false },
		{ "https://user@auth.example.org", false, false },
		{ "https://u:p@auth.example.org", false, false },
		{ "http://localhost@evil.example", false, false },
		{ "https://a.example?x=1", false, false },
		{ "https://a.example/?", false, false },
		{ "https://a.example/#", false, false },
		{ "https://a.example/#x", false, false },
		{ "https://a.example/?#", false, false },
		{ "https://a.example:99999", false, false },
		{ "https://a.example:x", false, false },
		{ "https://a b.example", false, false },
		{ " https://a.example", false, false },
		{ "https://a.example\r\nX: y", false, false },
		{ "https://a.example\\b", false, false },
		{ "https://a.example/\"", false, false },
		{ "https://a.example/<x>", false, false },
		{ "https://a.example/{x}", false, false },
		{ "HTTPS://a.example", false, false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e = { 0 }, f = { 0 };

		tap_row("%s", t[i].url);
		INTEQ(http_check_url(t[i].url, 0, &e) == 0, t[i].good);
		INTEQ(http_check_url(t[i].url, HTTP_ALLOW_PLAIN, &f) == 0,
		    t[i].good_if_insecure);
		INTEQ(e.kind, t[i].good ? ERR_NONE : ERR_CONFIG);
	}
}

static void
queries(void)
{
	static const struct {
		const char *url;
		bool good;
	} t[] = {
		{ "https://a.example/keys?x=1&y", true },
		{ "https://a.example?x=1", true },
		{ "https://a.example/keys?", true },
		{ "http://127.0.0.1:1/keys?x=1", true },
		{ "https://a.example/keys", true },
		{ "https://a.example/keys?x=1#y", false },
		{ "https://a.example/keys#", false },
		{ "http://a.example/keys?x=1", false },
		{ "https://u@a.example/keys?x=1", false },
		{ "https://a.example/keys?x=<y>", false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e = { 0 };

		tap_row("%s", t[i].url);
		INTEQ(http_check_url(t[i].url, HTTP_ALLOW_QUERY, &e) == 0,
		    t[i].good);
	}
	INTEQ(http_check_url("http://a.example/keys?x=1",
		  HTTP_ALLOW_QUERY | HTTP_ALLOW_PLAIN, &(struct err){ 0 }),
	    0);
}

static void
words(void)
{
	struct err e = { 0 };

	http_check_url("http://auth.example.org", 0, &e);
	STREQ(e.text, "plain http is allowed to loopback only");
	e = (struct err){ 0 };
	http_check_url("https://a.example/?x", 0, &e);
	STREQ(e.text, "must have no query and no fragment");
	e = (struct err){ 0 };
	http_check_url("auth.example.org", 0, &e);
	STREQ(e.text, "must be an absolute https:// URL");
}

static const struct tap_case cases[] = {
	{ "https anywhere, http to loopback, nothing that is read twice",
	    urls },
	{ "a query where it is allowed, and no more than that", queries },
	{ "a refusal says what to write instead", words },
};
TAP_MAIN(cases)
