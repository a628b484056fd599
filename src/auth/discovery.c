/* SPDX-License-Identifier: MIT */
/* Reading a provider's metadata, of which one member matters here. */
#include "auth/discovery.h"

#include "base/arena.h"
#include "base/str.h"
#include "io/http.h"
#include "io/js.h"

#include <string.h>

const char *
discovery_url(const char *issuer, struct arena *a)
{
	size_t n = strlen(issuer);

	if (n > 0 && issuer[n - 1] == '/')
		n--;
	return arena_printf(a, "%.*s/.well-known/openid-configuration", (int)n,
	    issuer);
}

static const char *
judge(struct json_object *doc, const char *issuer, struct arena *a,
    struct err *e)
{
	struct js_value named = js_member(doc, "issuer");
	struct js_value url = js_member(doc, "jwks_uri");
	struct err why = { 0 };
	const char *copy;

	if (named.kind != JS_STRING || strcmp(named.str, issuer) != 0) {
		err_set(e, ERR_DOWN, "it names another issuer");
		return NULL;
	}
	if (url.kind != JS_STRING || url.len > DISCOVERY_URL_MAX ||
	    !str_is_header_safe(url.str)) {
		err_set(e, ERR_DOWN, "it names no jwks_uri");
		return NULL;
	}
	if (http_check_url(url.str, HTTP_ALLOW_QUERY, &why) == -1) {
		err_set(e, ERR_DOWN, "its jwks_uri %s", why.text);
		return NULL;
	}
	copy = arena_dup(a, url.str);
	if (copy == NULL)
		err_set(e, ERR_BUG, "out of request memory");
	return copy;
}

const char *
discovery_parse(const char *text, size_t len, const char *issuer,
    struct arena *a, struct err *e)
{
	struct err why = { 0 };
	struct json_object *doc = js_parse(text, len, &why);
	const char *url;

	if (doc == NULL) {
		err_set(e, ERR_DOWN, "%s", why.text);
		return NULL;
	}
	url = judge(doc, issuer, a, e);
	js_free(&doc);
	return url;
}
