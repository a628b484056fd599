/* SPDX-License-Identifier: MIT */
/*
 * Version 1 lists permissions by name.  Version 2 packs them: `fea` names the
 * features, o.per the permissions, and the i-th number of o.fpm says with its
 * k-th bit whether the i-th feature of the organization has the k-th one.
 */
#include "auth/clerk_org.h"

#include "auth/clerk_token.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "base/str.h"

#include <string.h>

enum { NAME_MAX_LEN = 256 };

/* Words of a comma-separated list, in the arena. */
struct words {
	int n;
	const char *item[CLERK_NAMES_MAX];
};

/* A name that may become a header: short, printable. */
static bool
is_name(const struct js_value *v)
{
	return v->kind == JS_STRING && v->len > 0 && v->len <= NAME_MAX_LEN &&
	       str_is_header_safe(v->str);
}

/* False when there are too many, or no memory. */
static bool
split(const struct js_value *list, struct arena *a, struct words *w)
{
	const char *p = list->str;

	w->n = 0;
	if (list->kind != JS_STRING || !str_is_header_safe(list->str))
		return list->kind == JS_ABSENT;
	while (*p != '\0') {
		size_t n = strcspn(p, ",");

		if (w->n == CLERK_NAMES_MAX)
			return false;
		w->item[w->n] = arena_dupn(a, p, n);
		if (w->item[w->n++] == NULL)
			return false;
		p += n + (p[n] == ',');
		if (n == 0 || (*p == '\0' && p[-1] == ','))
			return false; /* an empty word */
	}
	return true;
}

/* "o:dashboard" is of the organization, "u:…" of the user, "ou:…" of both. */
static void
keep_org_features(struct words *w)
{
	static const char *const scopes[] = { "o:", "ou:", "uo:" };
	int kept = 0;

	for (int i = 0; i < w->n; i++)
		for (size_t k = 0; k < sizeof(scopes) / sizeof(*scopes); k++) {
			const char *name = str_after(w->item[i], scopes[k]);

			if (name != NULL)
				w->item[kept++] = name;
		}
	w->n = kept;
}

/* Halves a decimal number in place; returns the bit that falls out. */
static int
halve(char *digits)
{
	int rest = 0;

	for (; *digits != '\0'; digits++) {
		int value = rest * 10 + (*digits - '0');

		*digits = (char)('0' + value / 2);
		rest = value % 2;
	}
	return rest;
}

/* "org:", a feature, and ":" and a permission if there is one; or NULL. */
static const char *
join(struct arena *a, const char *feature, const char *permission)
{
	size_t n = strlen(feature), m = strlen(permission);
	char *to = arena_alloc(a, sizeof("org::") + n + m), *at = to;

	if (to == NULL)
		return NULL;
	memcpy(at, "org:", 4);
	memcpy(at += 4, feature, n);
	at += n;
	if (m > 0)
		*at++ = ':';
	memcpy(at, permission, m + 1);
	return to;
}

/* The permissions of one feature, behind those that are there; -1: no room. */
static int
add_granted(const char *feature, const char *number, const struct words *per,
    struct arena *a, const char **out, int n)
{
	char digits[CLERK_DIGITS_MAX + 1];

	memcpy(digits, number, strlen(number) + 1);
	for (int k = 0; k < per->n; k++) {
		if (halve(digits) == 0)
			continue;
		if (n == CLERK_NAMES_MAX)
			return -1;
		out[n] = join(a, feature, per->item[k]);
		if (out[n++] == NULL)
			return -1;
	}
	return n;
}

/* All or nothing: what does not add up grants nothing. */
static void
unpack(const struct jwt *t, struct js_value o, struct arena *a,
    const char **out, struct auth_names *permissions)
{
	struct js_value fea = js_member(t->claims, "fea");
	struct js_value per = js_member(o.object, "per");
	struct js_value fpm = js_member(o.object, "fpm");
	struct words features, names, numbers;
	int n = 0;

	if (!split(&fea, a, &features) || !split(&per, a, &names) ||
	    !split(&fpm, a, &numbers))
		return;
	keep_org_features(&features);
	if (numbers.n != features.n)
		return;
	for (int i = 0; i < numbers.n && n != -1; i++)
		n = str_is_from(numbers.item[i], STR_DIGITS, 1,
			CLERK_DIGITS_MAX)
			? add_granted(features.item[i], numbers.item[i], &names,
			      a, out, n)
			: -1;
	if (n > 0)
		*permissions = (struct auth_names){ n, out };
}

static void
copy_list(const struct js_value *list, struct arena *a, const char **out,
    struct auth_names *permissions)
{
	int n = 0;

	if (list->kind != JS_ARRAY || list->n_items > CLERK_NAMES_MAX)
		return;
	for (size_t i = 0; i < list->n_items; i++) {
		struct js_value v = js_element(list, i);

		if (!is_name(&v) || (out[n++] = arena_dup(a, v.str)) == NULL)
			return;
	}
	*permissions = (struct auth_names){ n, out };
}

/* With exactly one "org:" in front, whichever version wrote it. */
static int
set_role(const struct js_value *role, struct arena *a, struct auth_ident *who)
{
	const char **one = arena_alloc(a, sizeof(*one));
	const char *bare;

	if (!is_name(role))
		return 0;
	bare = str_after(role->str, "org:");
	if (one != NULL)
		*one = join(a, bare == NULL ? role->str : bare, "");
	if (one == NULL || *one == NULL)
		return -1;
	who->roles = (struct auth_names){ 1, one };
	return 0;
}

int
clerk_read_org(const struct jwt *t, struct arena *a, struct auth_ident *who)
{
	struct js_value v = js_member(t->claims, "v");
	struct js_value o = js_member(t->claims, "o");
	bool packed = v.kind == JS_INT && v.num == 2 && o.kind == JS_OBJECT;
	bool plain = v.kind == JS_ABSENT;
	struct js_value id, slug, role, list;
	const char **names;

	if (!packed && !plain)
		return 0;
	id =
	    packed ? js_member(o.object, "id") : js_member(t->claims, "org_id");
	if (!is_name(&id))
		return 0;
	slug = packed ? js_member(o.object, "slg")
		      : js_member(t->claims, "org_slug");
	role = packed ? js_member(o.object, "rol")
		      : js_member(t->claims, "org_role");
	names = arena_alloc(a, CLERK_NAMES_MAX * sizeof(*names));
	who->org = arena_dup(a, id.str);
	if (names == NULL || who->org == NULL || set_role(&role, a, who) == -1)
		return -1;
	if (is_name(&slug) && (who->org_slug = arena_dup(a, slug.str)) == NULL)
		return -1;
	if (packed) {
		unpack(t, o, a, names, &who->permissions);
	} else {
		list = js_member(t->claims, "org_permissions");
		copy_list(&list, a, names, &who->permissions);
	}
	return 0;
}
