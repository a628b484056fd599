/* SPDX-License-Identifier: MIT */
/* Ory's admin API, Kratos's own or the Network's: identities by their ids. */
#include "cmd/directory.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "io/http.h"
#include "io/js.h"
#include "io/js_scan.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	PAGE_SIZE = 500,       /* without it the 251st id looks deleted */
	PACE_NETWORK_MS = 220, /* it allows five of these a second */
	PACE_MS = 10,          /* one's own: let others have their turn */
};

/* By its keys: it may be reached at a domain of one's own. */
static bool
is_network(const struct conf_ory *o)
{
	return o->admin_url[0] == '\0' ||
	       str_after(o->admin_token, "ory_") != NULL;
}

static int
ory_setup(const struct conf *c, struct directory_setup *s, struct err *e)
{
	const struct conf_ory *o = &c->ory;

	if (o->admin_url[0] != '\0')
		snprintf(s->base, sizeof(s->base), "%s", o->admin_url);
	else if (o->project_slug[0] != '\0')
		snprintf(s->base, sizeof(s->base),
		    "https://%s.projects.oryapis.com", o->project_slug);
	else
		return err_set(e, ERR_CONFIG,
		    "needs ory.admin_url, where its admin API is");
	if (o->admin_url[0] == '\0' && o->admin_token[0] == '\0')
		return err_set(e, ERR_CONFIG,
		    "needs ory.admin_token, an API key of the project");
	if (o->admin_token[0] != '\0')
		snprintf(s->authorization, sizeof(s->authorization),
		    "Authorization: Bearer %s", o->admin_token);
	s->ca_file = o->ca_file;
	s->plain = o->insecure_http;
	s->pause_name = "x-ratelimit-reset";
	s->pace_ms = is_network(o) ? PACE_NETWORK_MS : PACE_MS;
	return 0;
}

/* A list that goes on elsewhere is not whole (RFC 8288). */
static bool
has_next(const struct http_reply *r)
{
	const char *link;

	for (int i = 0; (link = http_header(r, "Link", i)) != NULL; i++)
		if (strcasestr(link, "rel=\"next\"") != NULL ||
		    strcasestr(link, "rel=next") != NULL)
			return true;
	return false;
}

/* Marks the identity among those asked for; -1: nobody asked for it. */
static int
mark(const struct js_value *item, const char *const *ids, int n, bool *there)
{
	struct js_value id = { .kind = JS_ABSENT };
	int found = -1;

	if (item->kind == JS_OBJECT)
		id = js_member(item->object, "id");
	if (id.kind != JS_STRING || strlen(id.str) != id.len)
		return -1;
	for (int i = 0; i < n; i++)
		if (strcasecmp(id.str, ids[i]) == 0) {
			there[i] = true;
			found = 0;
		}
	return found;
}

static int
read_list(struct json_object *doc, const char *const *ids, int n, bool *there,
    struct err *e)
{
	struct js_value list = js_member(doc, "list");

	if (list.kind != JS_ARRAY)
		return err_set(e, ERR_DOWN, "the answer is no list");
	for (size_t i = 0; i < list.n_items; i++) {
		struct js_value item = js_element(&list, i);

		if (mark(&item, ids, n, there) == -1)
			return err_set(e, ERR_DOWN,
			    "the list names what was not asked for");
	}
	return 0;
}

/* The answer is an array, which js_parse() takes as a member only. */
static int
judge_list(const struct http_reply *r, const char *const *ids, int n,
    bool *there, struct arena *a, struct err *e)
{
	struct js_shape shape;
	struct err why = { 0 };
	struct json_object *doc;
	const char *text;
	int rc;

	if (r->status != 200)
		return err_set(e, ERR_DOWN, "status %d", r->status);
	if (has_next(r))
		return err_set(e, ERR_DOWN,
		    "the list goes on on another page: it ignored page_size");
	if (js_scan(r->body, r->body_len, JS_DEPTH_MAX - 1, &shape, &why) == -1)
		return err_set(e, ERR_DOWN, "no JSON: %s", why.text);
	text = arena_printf(a, "{\"list\":%s}", r->body);
	if (text == NULL)
		return err_set(e, ERR_BUG, "out of memory");
	doc = js_parse(text, strlen(text), &why);
	if (doc == NULL)
		return err_set(e, ERR_DOWN, "no JSON: %s", why.text);
	rc = read_list(doc, ids, n, there, e);
	js_free(&doc);
	return rc;
}

static int
ory_ask(struct directory *d, const char *const *ids, int n, bool *there,
    struct arena *a, struct err *e)
{
	struct http_reply r;
	struct buf path;
	const char *text;

	buf_init(&path, a, 8 << 10);
	buf_str(&path, "/admin/identities?page_size=");
	buf_int(&path, PAGE_SIZE);
	for (int i = 0; i < n; i++) {
		buf_str(&path, "&ids=");
		buf_str(&path, ids[i]);
	}
	text = buf_text(&path);
	if (text == NULL)
		return err_set(e, ERR_BUG, "out of memory");
	if (directory_get(d, text, a, &r, e) == -1)
		return -1;
	if (judge_list(&r, ids, n, there, a, e) == -1)
		return err_wrap(e, "GET /admin/identities?ids=…");
	return 0;
}

/* A proxy's 404, or that of a wrong address, has another shape. */
static bool
is_not_found(struct json_object *doc)
{
	struct js_value code = js_get(doc, "error.code");
	struct js_value status = js_get(doc, "error.status");

	return code.kind == JS_INT && code.num == 404 &&
	       status.kind == JS_STRING && strcmp(status.str, "Not Found") == 0;
}

static int
ory_judge(const struct http_reply *r, const char *id, bool *there,
    struct err *e)
{
	struct err why = { 0 };
	struct json_object *doc = NULL;
	int rc = 0;

	if (r->status == 200 || r->status == 404)
		doc = js_parse(r->body, r->body_len, &why);
	if (doc != NULL && r->status == 200) {
		struct js_value v = js_member(doc, "id");

		/* of any state: "inactive" is not gone */
		*there = v.kind == JS_STRING && strcasecmp(v.str, id) == 0;
		rc = *there ? 0 : -1;
	} else if (doc != NULL && is_not_found(doc)) {
		*there = false;
	} else {
		rc = -1;
	}
	js_free(&doc);
	if (rc == -1)
		err_set(e, ERR_DOWN, "status %d, and not in Ory's words",
		    r->status);
	return rc;
}

const struct directory_kind directory_ory = {
	.provider = "ory",
	.setup = ory_setup,
	.is_id = str_is_uuid,
	.ask = ory_ask,
	.judge = ory_judge,
	.one_path = "/admin/identities",
};
