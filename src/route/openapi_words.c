/* SPDX-License-Identifier: MIT */
/* Lists of the program, and what the configuration says. */
#include "route/openapi_words.h"

#include "auth/auth.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "route/openapi_doc.h"
#include "route/openapi_refusals.h"
#include "route/ready.h"
#include "user/prefs.h"

#include <string.h>

static void
add_item(struct buf *b, const char *text)
{
	doc_part(b);
	buf_json(b, text);
}

static void
add_codes(const struct openapi_site *s, struct buf *b)
{
	(void)s;
	for (int p = 0; p < PROBLEMS; p++) {
		const char *code = reply_fact((enum problem)p)->code;
		bool again = false;

		for (int q = 0; q < p && !again; q++)
			again = strcmp(reply_fact((enum problem)q)->code,
				    code) == 0;
		if (!again)
			add_item(b, code);
	}
}

static void
add_reasons(const struct openapi_site *s, struct buf *b)
{
	(void)s;
	for (int r = REFUSAL_NONE + 1; r < REFUSALS; r++) {
		const char *reason = refusal_row((enum refusal)r)->reason;
		bool again = reason == NULL;

		for (int q = REFUSAL_NONE + 1; q < r && !again; q++) {
			const char *one = refusal_row((enum refusal)q)->reason;

			again = one != NULL && strcmp(one, reason) == 0;
		}
		if (!again)
			add_item(b, reason);
	}
}

static void
add_part_states(const struct openapi_site *s, struct buf *b)
{
	(void)s;
	for (int i = 0; i < PART_STATES; i++)
		add_item(b, ready_name((enum part_state)i));
}

static void
add_themes(const struct openapi_site *s, struct buf *b)
{
	(void)s;
	for (int i = 0; prefs_themes[i] != NULL; i++)
		add_item(b, prefs_themes[i]);
}

static void
add_providers(const struct openapi_site *s, struct buf *b)
{
	for (int i = 0; auth_provider_name(s->auth, i) != NULL; i++)
		add_item(b, auth_provider_name(s->auth, i));
}

/* Of each kind of provider that is configured, once. */
static void
add_provider_infos(const struct openapi_site *s, struct buf *b)
{
	static const char *const names[] = { "ory", "clerk" };
	static const char *const schemas[] = { "Ory", "Clerk", "Oidc" };
	enum { OIDC = 2 };
	bool has[OIDC + 1] = { false };
	const char *name;

	for (int i = 0; (name = auth_provider_name(s->auth, i)) != NULL; i++) {
		int kind = 0;

		while (kind < OIDC && strcmp(name, names[kind]) != 0)
			kind++;
		has[kind] = true;
	}
	for (int kind = 0; kind <= OIDC; kind++) {
		if (!has[kind])
			continue;
		doc_part(b);
		buf_str(b, "{\"$ref\":\"#/components/schemas/LoginInfo");
		buf_str(b, schemas[kind]);
		buf_str(b, "\"}");
	}
}

static void
add_bio_max(const struct openapi_site *s, struct buf *b)
{
	buf_int(b, s->conf->bio_max);
}

/* The session's; "" where none is accepted, and nobody will read it. */
static void
add_cookie(const struct openapi_site *s, const char *provider, struct buf *b)
{
	int i = auth_provider_index(s->auth, provider);
	bool has = i >= 0 && auth_has_cookies(s->auth, i);

	buf_json(b, has ? auth_cookie_names(s->auth, i)->item[0] : "");
}

static void
add_ory_cookie(const struct openapi_site *s, struct buf *b)
{
	add_cookie(s, "ory", b);
}

static void
add_clerk_cookie(const struct openapi_site *s, struct buf *b)
{
	add_cookie(s, "clerk", b);
}

/* Alphabetical. */
static const struct {
	const char *word;
	bool list;
	void (*add)(const struct openapi_site *s, struct buf *b);
} words[] = {
	{ "bio_max", false, add_bio_max },
	{ "clerk_cookie", false, add_clerk_cookie },
	{ "codes", true, add_codes },
	{ "ory_cookie", false, add_ory_cookie },
	{ "part_states", true, add_part_states },
	{ "provider_infos", true, add_provider_infos },
	{ "providers", true, add_providers },
	{ "reasons", true, add_reasons },
	{ "themes", true, add_themes },
};

void
words_write(const struct openapi_site *s, const char *word, struct buf *b)
{
	size_t i = 0, n = sizeof(words) / sizeof(words[0]);

	while (i < n && strcmp(words[i].word, word) != 0)
		i++;
	if (i == n) {
		b->failed = true;
		return;
	}
	if (words[i].list)
		buf_char(b, '[');
	words[i].add(s, b);
	if (words[i].list)
		buf_char(b, ']');
}
