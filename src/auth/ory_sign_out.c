/* SPDX-License-Identifier: MIT */
/* {"logout_url","logout_token"}: the first is all that counts. */
#include "auth/ory_sign_out.h"

#include "auth/ory_session.h"
#include "base/arena.h"
#include "base/str.h"
#include "io/http.h"
#include "io/js.h"

#include <string.h>

/* What follows the place in the URL, a path at least; NULL: it is elsewhere. */
static const char *
path_at(const char *url, const char *place)
{
	const char *rest = str_after(url, place);

	return rest != NULL && rest[0] == '/' ? rest : NULL;
}

/* One that a browser reads as we do, at Ory as browsers reach it. */
static const char *
placed(const char *url, const struct ory_places *places, struct arena *a)
{
	const char *rest;

	if (str_url_origin(url) == 0)
		return NULL;
	rest = path_at(url, places->browser_url);
	if (rest == NULL)
		rest = path_at(url, places->url);
	return rest == NULL
		   ? NULL
		   : arena_printf(a, "%s%s", places->browser_url, rest);
}

static const char *
unsure(struct provider_answer *pa, const char *why)
{
	auth_unsure(pa->answer, why, 0);
	pa->outcome = CALL_FAILED;
	return NULL;
}

static const char *
judge(struct json_object *doc, const struct ory_places *places, struct arena *a,
    struct provider_answer *pa)
{
	struct js_value v = js_get(doc, "logout_url");
	const char *url;

	if (v.kind != JS_STRING)
		return unsure(pa, "no logout_url in the answer");
	url = placed(v.str, places, a);
	if (url == NULL)
		return unsure(pa, "the logout_url is not at Ory: set "
				  "ory.browser_url to what Ory calls itself");
	pa->answer->verdict = AUTH_ALLOW;
	pa->answer->why = NULL;
	pa->outcome = CALL_GOOD;
	return url;
}

const char *
ory_judge_sign_out(const struct http_reply *r, const struct ory_places *places,
    struct arena *a, struct provider_answer *pa)
{
	static const struct ory_paths none = { .email = "", .name = "" };
	struct json_object *doc;
	struct err e = { 0 };
	const char *url;

	/* it refuses and fails in the words of whoami */
	if (r->status != 200) {
		ory_judge(r, &none, 0, a, pa);
		return NULL;
	}
	if (http_header(r, "content-encoding", 0) != NULL)
		return unsure(pa, "an encoded answer");
	doc = js_parse(r->body, r->body_len, &e);
	if (doc == NULL)
		return unsure(pa, arena_dup(a, e.text));
	url = judge(doc, places, a, pa);
	js_free(&doc);
	return url;
}
