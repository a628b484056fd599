/* SPDX-License-Identifier: MIT */
/* What a user may set, and in which form. */
#include "user/prefs.h"

#include "base/arena.h"
#include "base/str.h"
#include "io/js.h"

#include <string.h>

const char *const prefs_themes[] = { "light", "dark", NULL };

static void
wrong(struct prefs_problems *p, const char *field, const char *problem)
{
	p->list[p->n].field = field;
	p->list[p->n++].problem = problem;
}

static void
take_theme(struct js_value v, struct profile_change *c,
    struct prefs_problems *p)
{
	if (v.kind == JS_ABSENT)
		return;
	for (const char *const *t = prefs_themes; *t != NULL; t++)
		if (v.kind == JS_STRING && v.len == strlen(*t) &&
		    memcmp(v.str, *t, v.len) == 0)
			c->theme = *t;
	if (c->theme == NULL)
		wrong(p, "theme", "must be light or dark");
}

static void
take_notifications(struct js_value v, struct profile_change *c,
    struct prefs_problems *p)
{
	if (v.kind == JS_BOOL)
		c->notifications = v.flag ? "true" : "false";
	else if (v.kind != JS_ABSENT)
		wrong(p, "notifications", "must be true or false");
}

/* js_parse() has refused U+0000, so the text ends where it seems to. */
static int
take_bio(struct js_value v, long max, struct arena *a, struct profile_change *c,
    struct prefs_problems *p, struct err *e)
{
	const char *problem;

	if (v.kind == JS_NULL)
		c->bio = "";
	if (v.kind == JS_NULL || v.kind == JS_ABSENT)
		return 0;
	if (v.kind != JS_STRING) {
		wrong(p, "bio", "must be a text or null");
		return 0;
	}
	if (str_utf8_count(v.str, v.len) > max) {
		problem =
		    arena_printf(a, "must be at most %ld characters long", max);
		if (problem == NULL)
			return err_set(e, ERR_BUG, "out of request memory");
		wrong(p, "bio", problem);
		return 0;
	}
	c->bio = arena_dupn(a, v.str, v.len);
	if (c->bio == NULL)
		return err_set(e, ERR_BUG, "out of request memory");
	return 0;
}

int
prefs_parse(const char *body, size_t len, long bio_max, struct arena *a,
    struct profile_change *change, struct prefs_problems *p, struct err *e)
{
	struct json_object *doc = js_parse(body, len, e);
	int rc;

	*change = (struct profile_change){ 0 };
	p->n = 0;
	if (doc == NULL)
		return -1;
	take_theme(js_get(doc, "theme"), change, p);
	take_notifications(js_get(doc, "notifications"), change, p);
	rc = take_bio(js_get(doc, "bio"), bio_max, a, change, p, e);
	js_free(&doc);
	return rc;
}
