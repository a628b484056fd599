/* SPDX-License-Identifier: MIT */
/* What signer.c makes, moved from the heap to an arena. */
#include "unit/token.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! token: %s\n", what);
	exit(1);
}

static char *
moved(struct arena *a, char *text)
{
	char *copy = arena_dup(a, text);

	must(copy != NULL, "memory");
	free(text);
	return copy;
}

static void
add_member(struct buf *b, const char *name, const char *json)
{
	if (json == NULL)
		return;
	buf_str(b, b->len > 1 ? ",\"" : "\"");
	buf_str(b, name);
	buf_str(b, "\":");
	buf_str(b, json);
}

char *
token_object(struct arena *a, const struct token_member *base, const char *name,
    const char *json)
{
	bool there = name == NULL;
	struct buf b;

	buf_init(&b, a, 1024);
	buf_char(&b, '{');
	for (; base->name != NULL; base++)
		if (name != NULL && strcmp(base->name, name) == 0) {
			add_member(&b, name, json);
			there = true;
		} else {
			add_member(&b, base->name, base->json);
		}
	if (!there)
		add_member(&b, name, json);
	buf_char(&b, '}');
	must(buf_text(&b) != NULL, "memory");
	return b.data;
}

void
token_open(struct jwt *t, struct arena *a, const char *header,
    const char *claims)
{
	char *text = moved(a, signer_join(signer_input(header, claims),
				  (const unsigned char *)"sig", 3));
	const char *why = jwt_open(t, text, strlen(text), a);

	must(why == NULL, why);
}

char *
token_signed(struct arena *a, enum signer_key k, enum key_alg alg,
    const char *kid, const char *claims)
{
	char *header =
	    kid == NULL ? arena_printf(a, "{\"alg\":\"%s\"}", key_alg_name(alg))
			: arena_printf(a, "{\"alg\":\"%s\",\"kid\":\"%s\"}",
			      key_alg_name(alg), kid);

	must(header != NULL, "memory");
	return moved(a, signer_token(k, alg, header, claims));
}

char *
token_set(struct arena *a, const char *kid, enum signer_key k, const char *kid2,
    enum signer_key k2)
{
	const char *first = moved(a, signer_jwk(k));
	const char *second = kid2 == NULL ? NULL : moved(a, signer_jwk(k2));
	char *set =
	    second == NULL
		? arena_printf(a, "{\"keys\":[{\"kid\":\"%s\",%s}]}", kid,
		      first)
		: arena_printf(a,
		      "{\"keys\":[{\"kid\":\"%s\",%s},{\"kid\":\"%s\",%s}]}",
		      kid, first, kid2, second);

	must(set != NULL, "memory");
	return set;
}
