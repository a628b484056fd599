/* SPDX-License-Identifier: MIT */
/* What a route needs tells who may ask, and how it can be refused. */
#include "route/openapi_paths.h"

#include "auth/auth.h"
#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "route/openapi_doc.h"
#include "route/openapi_operations.h"
#include "route/openapi_words.h"
#include "route/route.h"

#include <string.h>

/* Ways for a user to say who it is. */
static const struct scheme {
	const char *name;
	const char *provider; /* that has to be there; NULL: any */
	bool cookie;
} schemes[] = {
	{ "bearer", NULL, false },
	{ "clerkCookie", "clerk", true },
	{ "oryCookie", "ory", true },
	{ "sessionToken", "ory", false },
};

static bool
has_scheme(const struct openapi_site *s, const struct scheme *scheme)
{
	int i = auth_provider_index(s->auth, scheme->provider);

	return scheme->provider == NULL ||
	       (i >= 0 && (!scheme->cookie || auth_has_cookies(s->auth, i)));
}

static void
add_requirement(struct buf *b, const char *scheme)
{
	doc_part(b);
	buf_str(b, "{\"");
	buf_str(b, scheme);
	buf_str(b, "\":[]}");
}

static void
add_security(const struct openapi_site *s, const struct operation *o, int need,
    struct buf *b)
{
	doc_member(b, "security");
	buf_char(b, '[');
	if (o->scheme != NULL)
		add_requirement(b, o->scheme);
	if ((need & NEED_IDENTITY) != 0)
		for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]);
		     i++)
			if (has_scheme(s, &schemes[i]))
				add_requirement(b, schemes[i].name);
	buf_char(b, ']');
}

static void
add_parameters(const struct operation *o, struct buf *b)
{
	if (o->parameters[0] == NULL)
		return;
	doc_member(b, "parameters");
	buf_char(b, '[');
	for (int i = 0; i < OPERATION_PARAMETERS && o->parameters[i] != NULL;
	     i++) {
		doc_part(b);
		doc_ref(b, "parameters", o->parameters[i]);
	}
	buf_char(b, ']');
}

static void
add_body(const struct operation *o, struct buf *b)
{
	if (o->body == NULL)
		return;
	doc_member(b, "requestBody");
	buf_str(b, "{\"required\":true,\"content\":{\"application/json\":"
		   "{\"schema\":");
	doc_ref(b, "schemas", o->body);
	buf_str(b, "}}}");
}

static void
add_text_type(struct buf *b, const char *type)
{
	doc_member(b, type);
	buf_str(b, "{\"schema\":{\"type\":\"string\"}}");
}

static void
add_answer_headers(const struct operation_answer *a, struct buf *b)
{
	doc_member(b, "headers");
	buf_str(b, "{\"X-Request-Id\":");
	doc_ref(b, "headers", "RequestId");
	for (int i = 0; i < OPERATION_FIELDS && a->fields[i] != NULL; i++) {
		doc_member(b, a->fields[i]);
		doc_ref(b, "headers", a->header);
	}
	buf_char(b, '}');
}

static void
add_answer_content(const struct operation_answer *a, struct buf *b)
{
	if (a->schema == NULL && a->types[0] == NULL)
		return;
	doc_member(b, "content");
	buf_char(b, '{');
	if (a->schema != NULL) {
		doc_member(b, "application/json");
		buf_str(b, "{\"schema\":");
		doc_ref(b, "schemas", a->schema);
		buf_char(b, '}');
	}
	for (int i = 0; i < OPERATION_TYPES && a->types[i] != NULL; i++)
		add_text_type(b, a->types[i]);
	buf_char(b, '}');
}

static void
add_answer(const struct operation_answer *a, struct buf *b)
{
	buf_char(b, '{');
	doc_text(b, "description", a->about);
	add_answer_headers(a, b);
	add_answer_content(a, b);
	buf_char(b, '}');
}

/* Lists of few items, ended by 0 or full. */
static bool
is_among(const int *list, int room, int item)
{
	for (int i = 0; i < room && list[i] != 0; i++)
		if (list[i] == item)
			return true;
	return false;
}

static bool
has_refusal(const struct operation *o, int need, enum refusal r)
{
	bool has = refusal_follows(r, need);

	for (int i = 0; i < OPERATION_REFUSALS && !has; i++)
		has = o->refusals[i] == r;
	return has;
}

/* The refusals with that status, in order.  How many. */
static int
with_status(const struct operation *o, int need, int status,
    enum refusal list[REFUSALS])
{
	int n = 0;

	for (int i = REFUSAL_NONE + 1; i < REFUSALS; i++) {
		enum refusal r = (enum refusal)i;

		if (reply_fact(refusal_row(r)->problem)->status == status &&
		    has_refusal(o, need, r))
			list[n++] = r;
	}
	return n;
}

/* What a web server that asks is told beside the body, which it throws away. */
static void
add_told(enum refusal r, struct buf *b)
{
	const struct refusal_row *row = refusal_row(r);

	if (row->reason != NULL) {
		doc_member(b, "X-Auth-Reason");
		doc_ref(b, "headers", "AuthReason");
	}
	if (row->problem == PROBLEM_UNAUTHENTICATED ||
	    row->problem == PROBLEM_FORBIDDEN) {
		doc_member(b, "X-Auth-Redirect");
		doc_ref(b, "headers", "AuthRedirect");
	}
}

/* Several reasons, or forms, of one status. */
static void
add_refusals(const struct operation *o, const enum refusal *list, int n,
    struct buf *b)
{
	enum problem problem = refusal_row(list[0])->problem;
	int status = reply_fact(problem)->status;
	struct buf about;

	buf_init(&about, b->arena, 128);
	for (int i = 0; i < n; i++) {
		buf_str(&about, i > 0 ? " Or: " : "");
		buf_str(&about, refusal_row(list[i])->when);
	}
	buf_char(b, '{');
	doc_text(b, "description", buf_text(&about));
	doc_member(b, "headers");
	buf_char(b, '{');
	refusal_headers(problem, b);
	if (o->tells_server)
		add_told(list[0], b);
	buf_str(b, "},\"content\":{\"application/json\":{\"schema\":");
	buf_str(b, n > 1 ? "{\"oneOf\":[" : "");
	for (int i = 0; i < n; i++) {
		doc_part(b);
		doc_ref(b, "schemas", refusal_row(list[i])->name);
	}
	buf_str(b, n > 1 ? "]}}" : "}");
	if (is_among(o->pages, OPERATION_PAGES, status))
		add_text_type(b, OPERATION_PAGE_TYPE);
	buf_str(b, "}}");
}

static void
status_member(struct buf *b, int status)
{
	char name[12];
	struct buf key;

	buf_init_fixed(&key, name, sizeof(name));
	buf_int(&key, status);
	doc_member(b, buf_text(&key));
}

/* Those with a status; a component where it says it all. */
static void
add_refused(const struct operation *o, int need, int status, struct buf *b)
{
	enum refusal list[REFUSALS];
	int n = with_status(o, need, status, list);

	if (n == 0)
		return;
	status_member(b, status);
	if (n == 1 && !o->tells_server &&
	    !is_among(o->pages, OPERATION_PAGES, status))
		doc_ref(b, "responses", refusal_row(list[0])->name);
	else
		add_refusals(o, list, n, b);
}

static void
add_responses(const struct operation *o, int need, struct buf *b)
{
	doc_member(b, "responses");
	buf_char(b, '{');
	for (int i = 0; i < OPERATION_ANSWERS && o->good[i].status != 0; i++) {
		status_member(b, o->good[i].status);
		add_answer(&o->good[i], b);
	}
	for (int status = 400; status < 600; status++)
		add_refused(o, need, status, b);
	buf_char(b, '}');
}

static void
add_operation(const struct openapi_site *s, const struct operation *o, int need,
    struct buf *b)
{
	buf_char(b, '{');
	doc_member(b, "tags");
	buf_char(b, '[');
	buf_json(b, o->tag);
	buf_char(b, ']');
	doc_text(b, "summary", o->summary);
	doc_text(b, "description", o->about);
	doc_text(b, "operationId", o->id);
	add_security(s, o, need, b);
	add_parameters(o, b);
	add_body(o, b);
	add_responses(o, need, b);
	buf_char(b, '}');
}

/* "GET" as the key of a path's object. */
static void
method_member(struct buf *b, const char *method)
{
	char key[8];
	size_t n = strlen(method);

	if (n >= sizeof(key)) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i <= n; i++)
		key[i] = method[i] == '\0' ? '\0' : (char)(method[i] | 0x20);
	doc_member(b, key);
}

/* routes[] is sorted by path: methods of one stand together. */
void
paths_write(const struct openapi_site *s, struct buf *b)
{
	const char *path = NULL;

	buf_char(b, '{');
	for (const struct route *r = routes; r->path != NULL; r++) {
		const struct operation *o = operation_find(r->name);

		if (r->on != NULL && !r->on(s->conf))
			continue;
		if (o == NULL) {
			b->failed = true;
			return;
		}
		if (path == NULL || strcmp(path, r->path) != 0) {
			buf_str(b, path == NULL ? "" : "}");
			doc_member(b, r->path);
			buf_char(b, '{');
			path = r->path;
		}
		method_member(b, r->method);
		add_operation(s, o, r->need | o->also, b);
	}
	buf_str(b, path == NULL ? "}" : "}}");
}
