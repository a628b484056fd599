/* SPDX-License-Identifier: MIT */
/* What is no usable name is left out; what is one is not touched. */
#include "auth/roles.h"

#include "base/arena.h"
#include "base/str.h"

static bool
is_name(const struct js_value *v)
{
	return v->kind == JS_STRING && v->len > 0 && v->len <= ROLES_NAME_MAX &&
	       str_is_header_safe(v->str);
}

int
roles_read(const struct js_value *list, struct arena *a,
    struct auth_names *roles)
{
	bool one = list->kind == JS_STRING;
	size_t n = one ? 1 : list->kind == JS_ARRAY ? list->n_items : 0;
	const char **names;
	int kept = 0;

	*roles = (struct auth_names){ 0, NULL };
	if (n == 0)
		return 0;
	names = arena_alloc(a, ROLES_MAX * sizeof(*names));
	if (names == NULL)
		return -1;
	for (size_t i = 0; i < n && kept < ROLES_MAX; i++) {
		struct js_value v = one ? *list : js_element(list, i);

		if (!is_name(&v))
			continue;
		names[kept] = arena_dupn(a, v.str, v.len);
		if (names[kept++] == NULL)
			return -1;
	}
	*roles = (struct auth_names){ kept, names };
	return 0;
}
