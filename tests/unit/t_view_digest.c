/* SPDX-License-Identifier: MIT */
/* conf/view: the digest over what is configured for one provider. */
#include "tap.h"

#include "conf/conf.h"
#include "conf/keys.h"
#include "unit/files.h"

#include <stdio.h>
#include <string.h>

static const char base[] =
    "providers = [ \"ory\", \"clerk\", \"a\", \"b\" ];\n"
    "ory: { url = \"https://o.x\"; };\n"
    "clerk: { secret_key = \"sk_test_abcdefg\"; issuer = \"https://c.x\"; };\n"
    "oidc: ( { name = \"a\"; issuer = \"https://a.x\"; audience = [ \"u\" ];"
    " }, { name = \"b\"; issuer = \"https://b.x\"; audience = [ \"u\" ]; } "
    ");\n";
static const char *const names[] = { "ory", "clerk", "a", "b" };

struct digests {
	unsigned char of[4][CONF_DIGEST_SIZE];
};

static struct digests
all(const struct conf *c)
{
	struct digests d;

	for (size_t i = 0; i < ROWS(names); i++)
		INTEQ(conf_provider_digest(c, names[i], d.of[i]), 0);
	return d;
}

/* Which of the providers differ, one bit each. */
static int
differ(const struct digests *x, const struct digests *y)
{
	int bits = 0;

	for (int i = 0; i < 4; i++)
		if (memcmp(x->of[i], y->of[i], CONF_DIGEST_SIZE) != 0)
			bits |= 1 << i;
	return bits;
}

/* Another value at the key, in the group at `at` or in the whole. */
static void
change(void *at, const struct conf_key *k)
{
	char *field = (char *)at + k->offset;
	struct conf_list *list = (void *)field;

	switch (k->type) {
	case TYPE_BOOL:
		*(bool *)field = !*(bool *)field;
		break;
	case TYPE_LIST:
	case TYPE_SECRETS:
		list->item[list->n++] = "another";
		break;
	case TYPE_STR:
	case TYPE_CHOICE:
	case TYPE_SECRET:
		*(const char **)field = "another";
		break;
	default:
		*(int64_t *)field += 1;
	}
}

/* The bits that a change of the key must set. */
static int
expected(const struct conf_key *k)
{
	if ((k->flags & KEY_ASIDE) != 0)
		return 0;
	if (strncmp(k->path, "ory.", 4) == 0)
		return 1;
	if (strncmp(k->path, "clerk.", 6) == 0)
		return 2;
	return strncmp(k->path, "oidc.", 5) == 0 ? 8 : 0;
}

/* What a change of the key goes into: the group of "b", the first rule. */
static void *
place(struct conf *c, const struct conf_key *k)
{
	if (keys_each(k) == NULL)
		return c;
	return expected(k) == 8 ? (void *)&c->oidc[1]
				: (void *)&c->guard.rules[0];
}

static void
every_key(void)
{
	int seen = 0;

	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		struct conf *c = files_conf(base), *other = files_conf(base);
		struct digests was, is;

		tap_row("%s", k->path);
		if (!CHECK(c != NULL && other != NULL))
			return;
		was = all(c);
		is = all(other);
		INTEQ(differ(&was, &is), 0);
		/* the name is how it is found */
		if (strcmp(k->path, "oidc.name") != 0) {
			change(place(other, k), k);
			is = all(other);
			INTEQ(differ(&was, &is), expected(k));
			seen += expected(k) != 0;
		}
		conf_free(&c);
		conf_free(&other);
	}
	CHECK(seen > 40);
}

/* A secret that is replaced must not cost every session its place. */
static void
aside(void)
{
	static const char *const paths[] = { "ory.admin_url", "ory.admin_token",
		"ory.webhook_secret", "clerk.webhook_secret" };
	int seen = 0;

	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		bool listed = false;

		tap_row("%s", k->path);
		for (size_t i = 0; i < ROWS(paths); i++)
			listed |= strcmp(paths[i], k->path) == 0;
		INTEQ((k->flags & KEY_ASIDE) != 0, listed);
		seen += listed;
	}
	INTEQ(seen, ROWS(paths));
}

/* Equal settings under two names, lists that run into each other. */
static void
apart(void)
{
	struct conf *c = files_conf(base);
	struct conf_oidc *a = &c->oidc[0], *b = &c->oidc[1];
	struct digests d;

	a->issuer = b->issuer;
	d = all(c);
	CHECK(memcmp(d.of[2], d.of[3], CONF_DIGEST_SIZE) != 0);
	b->name = "";
	tap_row("%s", "an item that moves from one list to the next");
	*b = *a;
	for (int i = 0; i < 2; i++) {
		b->aal2_acr = (struct conf_list){ 2 - i, { "x", "y" } };
		b->aal2_amr = (struct conf_list){ i, { "y" } };
		a->name = "old";
		b->name = "b";
		INTEQ(conf_provider_digest(c, "b", d.of[i]), 0);
	}
	CHECK(memcmp(d.of[0], d.of[1], CONF_DIGEST_SIZE) != 0);
	conf_free(&c);
}

/* As many items as there can be, in every list. */
static void
largest(void)
{
	struct conf *c = files_conf(base);
	unsigned char was[CONF_DIGEST_SIZE], is[CONF_DIGEST_SIZE];

	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		char *at = place(c, k);
		struct conf_list *list = (void *)(at + k->offset);

		if (k->type != TYPE_LIST || expected(k) == 0)
			continue;
		list->n = CONF_LIST_MAX;
		for (int i = 0; i < CONF_LIST_MAX; i++)
			list->item[i] = "item";
	}
	for (size_t i = 0; i < ROWS(names); i++) {
		tap_row("%s", names[i]);
		INTEQ(conf_provider_digest(c, names[i], was), 0);
		c->ory.cookie_names.item[CONF_LIST_MAX - 1] = "last";
		c->clerk.audience.item[CONF_LIST_MAX - 1] = "last";
		c->oidc[0].audience.item[0] = "first";
		c->oidc[1].aal2_amr.item[CONF_LIST_MAX - 1] = "last";
		INTEQ(conf_provider_digest(c, names[i], is), 0);
		CHECK(memcmp(was, is, sizeof(is)) != 0);
		c->ory.cookie_names.item[CONF_LIST_MAX - 1] = "item";
		c->clerk.audience.item[CONF_LIST_MAX - 1] = "item";
		c->oidc[0].audience.item[0] = "u";
		c->oidc[1].aal2_amr.item[CONF_LIST_MAX - 1] = "item";
	}
	conf_free(&c);
}

static const struct tap_case cases[] = {
	{ "a digest changes with each key of its provider, and no other",
	    every_key },
	{ "webhooks and the admin interface are no part of it", aside },
	{ "equal settings of two providers are not the same", apart },
	{ "the longest lists count to their last item", largest },
};
TAP_MAIN(cases)
