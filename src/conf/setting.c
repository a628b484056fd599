/* SPDX-License-Identifier: MIT */
/* Values that a key may have, type by type. */
#include "conf/setting.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/keys.h"
#include "conf/secret.h"
#include "conf/value.h"

#include <string.h>

static void *
field(const struct setting *s, const struct conf_key *k)
{
	return (char *)s->base + k->offset;
}

static int
put_number(const struct setting *s, const struct conf_key *k, const char *text,
    struct err *e)
{
	char low[VALUE_TEXT_SIZE], high[VALUE_TEXT_SIZE];
	int64_t v;

	if (value_parse(k->type, text, &v, e) == -1)
		return -1;
	if (v < k->min || v > k->max) {
		value_format(k->type, k->min, low);
		value_format(k->type, k->max, high);
		return err_set(e, ERR_CONFIG, "must be from %s to %s", low,
		    high);
	}
	*(int64_t *)field(s, k) = v;
	return 0;
}

/* A time, or the one word that this key knows. */
static int
put_ttl(const struct setting *s, const struct conf_key *k, const char *text,
    struct err *e)
{
	struct err form = { 0 };
	int64_t v;

	if (value_parse(k->type, text, &v, &form) == -1 ||
	    (value_is_word(k->type, v) && strcmp(text, k->choices) != 0))
		return err_set(e, ERR_CONFIG,
		    "must be a time such as \"30s\", or \"%s\"", k->choices);
	if (!value_is_word(k->type, v))
		return put_number(s, k, text, e);
	*(int64_t *)field(s, k) = v;
	return 0;
}

/* `text` is one of the words in "a|b|c"; an empty one stands in front. */
static int
check_choice(const char *choices, const char *text, struct err *e)
{
	size_t n = strlen(text);
	bool empty = choices[0] == '|';

	for (const char *word = choices; *word != '\0';) {
		size_t len = strcspn(word, "|");

		if (len == n && strncmp(word, text, n) == 0)
			return 0;
		word += len + (word[len] == '|');
	}
	return err_set(e, ERR_CONFIG, "must be %sone of %s",
	    empty ? "empty or " : "", choices + empty);
}

/* What a reference names; NULL and *e when it may not stand there. */
static const char *
resolve(const struct setting *s, const struct conf_key *k, const char *text,
    struct err *e)
{
	if (!secret_is_reference(text) && s->others_read &&
	    secret_hides(k, text)) {
		err_set(e, ERR_CONFIG,
		    "holds a secret and others can read this file: "
		    "chmod o-r it, or use \"file:/path\"");
		return NULL;
	}
	return secret_resolve(text, s->folder, (k->flags & KEY_PUBLIC) != 0,
	    s->arena, e);
}

static int
put_string(const struct setting *s, const struct conf_key *k, const char *text,
    struct err *e)
{
	const char *value = text;

	if (strlen(text) > (size_t)k->max)
		return err_set(e, ERR_CONFIG, "is too long");
	if (!str_is_header_safe(text) && (k->flags & KEY_PUBLIC) == 0)
		return err_set(e, ERR_CONFIG, "holds a control character");
	if (k->type == TYPE_CHOICE && check_choice(k->choices, text, e) == -1)
		return -1;
	if (k->type == TYPE_SECRET && (value = resolve(s, k, text, e)) == NULL)
		return -1;
	value = arena_dup(s->arena, value);
	if (value == NULL)
		return err_set(e, ERR_CONFIG, "the file is too large");
	*(const char **)field(s, k) = value;
	return 0;
}

int
setting_put(const struct setting *s, const struct conf_key *k, const char *text,
    struct err *e)
{
	switch (k->type) {
	case TYPE_BOOL:
		*(bool *)field(s, k) = strcmp(text, "true") == 0;
		return 0;
	case TYPE_INT:
	case TYPE_MODE:
	case TYPE_MS:
	case TYPE_SHARE:
	case TYPE_SIZE:
		return put_number(s, k, text, e);
	case TYPE_RATE:
		return value_parse_rate(text, field(s, k), e);
	case TYPE_TTL:
		return put_ttl(s, k, text, e);
	default:
		return put_string(s, k, text, e);
	}
}

int
setting_put_list(const struct setting *s, const struct conf_key *k,
    const char *const *item, int n, struct err *e)
{
	struct conf_list *list = field(s, k);

	if (n > CONF_LIST_MAX)
		return err_set(e, ERR_CONFIG, "more than %d entries",
		    CONF_LIST_MAX);
	list->n = 0;
	for (int i = 0; i < n; i++) {
		const char *value = item[i];

		if (value == NULL || value[0] == '\0' ||
		    !str_is_header_safe(value))
			return err_set(e, ERR_CONFIG,
			    "must be a list of strings, none empty");
		if (strlen(value) > (size_t)k->max)
			return err_set(e, ERR_CONFIG, "is too long");
		if (k->type == TYPE_SECRETS &&
		    (value = resolve(s, k, value, e)) == NULL)
			return -1;
		value = arena_dup(s->arena, value);
		if (value == NULL)
			return err_set(e, ERR_CONFIG, "the file is too large");
		list->item[list->n++] = value;
	}
	return 0;
}

int
setting_preset(const struct setting *s, const struct conf_key *k, struct err *e)
{
	if (k->preset == NULL)
		return 0;
	if (k->type == TYPE_LIST)
		return setting_put_list(s, k, &k->preset, 1, e);
	return setting_put(s, k, k->preset, e);
}
