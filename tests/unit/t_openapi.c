/* SPDX-License-Identifier: MIT */
/* route/openapi: every route is described, from the tables and no others. */
#include "tap.h"

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "io/js.h"
#include "route/handlers.h"
#include "route/openapi.h"
#include "route/openapi_operations.h"
#include "route/openapi_words.h"
#include "route/request.h"
#include "route/route.h"
#include "unit/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORY "ory: { url = \"https://o.example\"; };"
#define ALL                                                                    \
	"providers = [ \"ory\", \"clerk\", \"corp\" ];"                        \
	"public_url = \"https://www.example.com\";"                            \
	"ory: { url = \"https://o.example\"; webhook_secret = \"0123456789ab"  \
	"cdef0123456789abcdef\"; };"                                           \
	"clerk: { secret_key = \"sk_test_abcdefg\"; publishable_key = "        \
	"\"pk_test_Zm9vLWJhci0xMy5jbGVyay5hY2NvdW50cy5kZXYk\"; "               \
	"authorized_parties = [ \"https://w.x\" ]; webhook_secret = "          \
	"\"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"; };"           \
	"oidc: ( { name = \"corp\"; issuer = \"https://i.x\"; "                \
	"audience = [ \"a\" ]; } );"                                           \
	"metrics: { allow = [ \"127.0.0.1\" ]; };"

#define NO_COOKIES "ory: { url = \"https://o.example\"; cookies = false; };"
#define CORP                                                                   \
	"providers = [ \"corp\" ]; oidc: ( { name = \"corp\"; issuer = "       \
	"\"https://i.x\"; audience = [ \"a\" ]; } );"

static void
tables(void)
{
	const struct operation *o = operations;

	for (const struct route *r = routes; r->path != NULL; r++, o++) {
		tap_row("%s", r->path);
		if (!CHECK(o->route != NULL))
			return;
		STREQ(o->route, r->name);
		CHECK(operation_find(r->name) == o);
		CHECK(o->id != NULL && o->summary != NULL && o->tag != NULL);
		CHECK(o->good[0].status != 0 && o->good[0].about != NULL);
		/* a body that is read is described, and the reverse */
		INTEQ(((r->need | o->also) & NEED_BODY) != 0, o->body != NULL);
		for (const struct operation *q = operations; q != o; q++)
			CHECK(strcmp(q->id, o->id) != 0);
	}
	CHECK(o->route == NULL);
	CHECK(operation_find("nothing") == NULL);
}

static void
refusals(void)
{
	for (int i = REFUSAL_NONE + 1; i < REFUSALS; i++) {
		const struct refusal_row *row = refusal_row((enum refusal)i);

		tap_row("%d", i);
		if (!CHECK(row->name != NULL && row->when != NULL))
			continue;
		CHECK((row->member == NULL) == (row->schema == NULL));
		CHECK(row->member == NULL || row->reason != NULL);
		for (int q = REFUSAL_NONE + 1; q < i; q++)
			CHECK(strcmp(refusal_row((enum refusal)q)->name,
				  row->name) != 0);
	}
	CHECK(refusal_follows(REFUSAL_INTERNAL, NEED_NOTHING));
	CHECK(!refusal_follows(REFUSAL_LIMITED, NEED_IDENTITY));
	CHECK(refusal_follows(REFUSAL_CROSS_SITE, NEED_IDENTITY | NEED_BODY));
	CHECK(!refusal_follows(REFUSAL_CROSS_SITE, NEED_IDENTITY));
}

/* "#/components/KIND/NAME" stands in the document. */
static void
look_up(struct json_object *doc, const char *reference)
{
	size_t n = strcspn(reference, "\"");
	char kind[32], name[64];
	struct js_value found;

	tap_row("%.*s", (int)n, reference);
	if (!CHECK(sscanf(reference, "#/components/%31[^/]/%63[^\"]", kind,
		       name) == 2))
		return;
	found = js_member(doc, "components");
	found = js_member(found.object, kind);
	if (CHECK(found.kind == JS_OBJECT))
		CHECK(js_member(found.object, name).kind == JS_OBJECT);
}

static void
check_whole(const struct conf *c, const char *text, size_t n)
{
	static const char ref[] = "\"$ref\":\"";
	struct err e = { 0 };
	struct json_object *doc = js_parse(text, n, &e);
	struct js_value paths;

	STREQ(e.text, "");
	if (!CHECK(doc != NULL))
		return;
	STREQ(js_get(doc, "openapi").str, "3.1.0");
	paths = js_get(doc, "paths");
	for (const struct route *r = routes; r->path != NULL; r++) {
		tap_row("%s", r->path);
		INTEQ(js_member(paths.object, r->path).kind == JS_OBJECT,
		    r->on == NULL || r->on(c));
	}
	for (const char *p = text; (p = strstr(p, ref)) != NULL; p++)
		look_up(doc, p + sizeof(ref) - 1);
	CHECK(strstr(text, "\"@") == NULL);
	js_free(&doc);
}

static void
documents(void)
{
	static const char *const confs[] = { ORY, ALL, NO_COOKIES, CORP };

	for (size_t i = 0; i < ROWS(confs); i++) {
		const char *text;
		struct openapi *o;
		struct site s;
		size_t n = 0, again = 0;

		site_open(&s, confs[i]);
		o = openapi_new(s.conf, s.auth);
		text = openapi_text(o, &n);
		tap_row("%zu", i);
		if (CHECK(text != NULL)) {
			INTEQ(strlen(text), n);
			check_whole(s.conf, text, n);
			CHECK(openapi_text(o, &again) == text && again == n);
		}
		openapi_free(&o);
		CHECK(o == NULL);
		site_close(&s);
	}
}

/* Texts of the configuration stand in it as they are: no more than these. */
static void
largest(void)
{
	char conf[4096], *end = conf;
	struct openapi *o;
	struct site s;
	size_t n;

	end += sprintf(end, "public_url = \"https://www.example.com\"; "
			    "providers = [ \"ory\"");
	for (int i = 1; i < CONF_OIDC_MAX; i++)
		end += sprintf(end, ", \"p%d-%020d\"", i, i);
	end += sprintf(end, " ]; " ORY " oidc: (");
	for (int i = 1; i < CONF_OIDC_MAX; i++)
		end += sprintf(end,
		    "%s { name = \"p%d-%020d\"; issuer = \"https://i%d.x\"; "
		    "audience = [ \"a\" ]; }",
		    i > 1 ? "," : "", i, i, i);
	sprintf(end, " );");
	site_open(&s, conf);
	o = openapi_new(s.conf, s.auth);
	CHECK(openapi_text(o, &n) != NULL);
	CHECK(n < 64 << 10);
	openapi_free(&o);
	site_close(&s);
}

static void
words(void)
{
	static const struct {
		const char *word, *text;
	} t[] = {
		{ "bio_max", "2000" },
		{ "ory_cookie", "\"ory_kratos_session\"" },
		{ "clerk_cookie", "\"\"" },
		{ "themes", "[\"light\",\"dark\"]" },
		{ "providers", "[\"ory\"]" },
		{ "provider_infos",
		    "[{\"$ref\":\"#/components/schemas/LoginInfoOry\"}]" },
		{ "nonsense", NULL },
		{ "", NULL },
	};
	struct openapi_site site;
	struct site s;

	site_open(&s, ORY);
	site = (struct openapi_site){ s.conf, s.auth };
	for (size_t i = 0; i < ROWS(t); i++) {
		struct buf b;

		tap_row("%s", t[i].word);
		buf_init(&b, s.arena, 64);
		words_write(&site, t[i].word, &b);
		STREQ(buf_text(&b), t[i].text);
	}
	site_close(&s);
}

static void
no_memory(void)
{
	struct service service = { .openapi = NULL };
	struct arena *a = arena_new(1 << 20);
	struct request rq = { .service = &service, .arena = a };

	reply_init(&rq.reply, a);
	r_openapi(&rq);
	INTEQ(rq.reply.status, 500);
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "each route has its operation, in the same order", tables },
	{ "refusals have names of their own, and follow from needs", refusals },
	{ "documents are whole: JSON, the routes there are, no loose ends",
	    documents },
	{ "the largest configuration's fits", largest },
	{ "words are filled in; one that nobody knows is an error", words },
	{ "without memory for it the answer is 500", no_memory },
};
TAP_MAIN(cases)
