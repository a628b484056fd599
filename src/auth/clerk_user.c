/* SPDX-License-Identifier: MIT */
/* Judging an answer of GET /v1/users/{id}. */
#include "auth/clerk_user.h"

#include "base/str.h"
#include "io/http.h"
#include "io/js.h"

#include <string.h>

/* What an answer that is no user means, by its first error's code. */
static const struct {
	int status;
	const char *code; /* NULL: any */
	enum clerk_found found;
	const char *why;
} errors[] = {
	{ 404, "resource_not_found", CLERK_USER, "there is no such user" },
	{ 429, NULL, CLERK_LIMIT, "users: too many calls" },
	{ 401, NULL, CLERK_OURS, "users: our secret key was refused" },
	{ 403, NULL, CLERK_OURS, "users: our secret key was refused" },
	{ 400, "api_version_invalid", CLERK_OURS,
	    "users: our API version was refused" },
};

static enum clerk_found
judge_error(const struct http_reply *r, struct clerk_user *user,
    const char **why)
{
	struct err ignored = { 0 };
	struct json_object *doc = js_parse(r->body, r->body_len, &ignored);
	struct js_value first, code = { .kind = JS_ABSENT };
	enum clerk_found found = CLERK_NO_USE;

	first = doc == NULL ? code : js_item(doc, "errors", 0);
	if (first.kind == JS_OBJECT)
		code = js_member(first.object, "code");
	*why = "users: an answer that tells nothing";
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].status != r->status)
			continue;
		if (errors[i].code != NULL &&
		    (code.kind != JS_STRING ||
			strcmp(code.str, errors[i].code) != 0))
			continue;
		found = errors[i].found;
		user->refused = found == CLERK_USER;
		*why = errors[i].why;
		break;
	}
	js_free(&doc);
	return found;
}

static bool
is_true(struct json_object *doc, const char *name)
{
	struct js_value v = js_member(doc, name);

	return v.kind == JS_BOOL && v.flag;
}

/* The address of the primary id, if it was verified; never simply the first. */
static void
read_email(struct json_object *doc, struct clerk_user *user)
{
	struct js_value primary = js_member(doc, "primary_email_address_id");
	struct js_value list = js_member(doc, "email_addresses");

	if (primary.kind != JS_STRING)
		return;
	for (size_t i = 0; i < list.n_items; i++) {
		struct js_value entry = js_element(&list, i);
		struct js_value id, text, status;

		if (entry.kind != JS_OBJECT)
			continue;
		id = js_member(entry.object, "id");
		if (id.kind != JS_STRING || strcmp(id.str, primary.str) != 0)
			continue;
		text = js_member(entry.object, "email_address");
		status = js_get(entry.object, "verification.status");
		if (text.kind == JS_STRING && text.len < CLERK_EMAIL_SIZE &&
		    status.kind == JS_STRING &&
		    strcmp(status.str, "verified") == 0)
			memcpy(user->email, text.str, text.len + 1);
		return;
	}
}

/* First and last name, blanks dropped. */
static void
read_name(struct json_object *doc, struct clerk_user *user)
{
	static const char *const parts[] = { "first_name", "last_name" };
	size_t at = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct js_value v = js_member(doc, parts[i]);
		const char *text = v.kind == JS_STRING ? v.str : "";
		size_t n;

		text += strspn(text, " \t\r\n");
		n = strlen(text);
		while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
			n--;
		if (n == 0 || at + n + 2 > CLERK_NAME_SIZE)
			continue;
		if (at > 0)
			user->name[at++] = ' ';
		memcpy(user->name + at, text, n);
		at += n;
		user->name[at] = '\0';
	}
}

static enum clerk_found
judge_user(struct json_object *doc, const char *id, struct clerk_user *user,
    const char **why)
{
	struct js_value named = js_member(doc, "id");

	if (named.kind != JS_STRING || strcmp(named.str, id) != 0) {
		*why = "users: the answer is about somebody else";
		return CLERK_NO_USE;
	}
	if (is_true(doc, "banned") || is_true(doc, "deprovisioned")) {
		user->refused = true;
		*why = "the user is banned or deprovisioned";
		return CLERK_USER;
	}
	read_email(doc, user);
	read_name(doc, user);
	return CLERK_USER;
}

enum clerk_found
clerk_user_judge(const struct http_reply *r, const char *id,
    struct clerk_user *user, const char **why)
{
	struct err ignored = { 0 };
	struct json_object *doc;
	enum clerk_found found;

	memset(user, 0, sizeof(*user));
	if (r->status != 200)
		return judge_error(r, user, why);
	doc = js_parse(r->body, r->body_len, &ignored);
	if (doc == NULL) {
		*why = "users: an answer that is no JSON object";
		return CLERK_NO_USE;
	}
	found = judge_user(doc, id, user, why);
	js_free(&doc);
	return found;
}

/* Appends it with its end. */
static size_t
append(unsigned char *packed, size_t at, const char *text)
{
	size_t n = strlen(text) + 1;

	memcpy(packed + at, text, n);
	return at + n;
}

size_t
clerk_user_pack(const struct clerk_user *user,
    unsigned char packed[CLERK_PACKED_MAX])
{
	packed[0] = user->refused;
	return append(packed, append(packed, 1, user->email), user->name);
}

bool
clerk_user_unpack(struct clerk_user *user, const unsigned char *packed,
    size_t len)
{
	const char *email = (const char *)packed + 1, *name, *end;

	if (len < 3 || len > CLERK_PACKED_MAX || packed[len - 1] != '\0')
		return false;
	name = email + strlen(email) + 1;
	end = (const char *)packed + len;
	if (name - email > CLERK_EMAIL_SIZE || name == end ||
	    end - name > CLERK_NAME_SIZE || name + strlen(name) + 1 != end)
		return false;
	user->refused = packed[0] != 0;
	memcpy(user->email, email, (size_t)(name - email));
	memcpy(user->name, name, (size_t)(end - name));
	return true;
}
