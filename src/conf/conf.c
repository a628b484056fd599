/* SPDX-License-Identifier: MIT */
/* From a libconfig file to struct conf, driven by the key table. */
#include "conf/conf.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/keys.h"
#include "conf/rules.h"
#include "conf/secret.h"
#include "conf/value.h"

#include <libconfig.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CONF_ARENA = 1 << 20, PATH_SIZE = 128 };

#define LIST_OF_GROUPS "must be a list of groups: ( { … }, { … } )"
#define TOO_MANY_GROUPS "one group more than there may be"

/* What a load works with. */
struct load {
	config_t tree;
	struct conf *conf;
	struct conf_problems *problems;
	const char *folder;     /* of the file */
	const char *group;      /* whose members are read */
	struct conf_oidc *each; /* the element that KEY_EACH means now */
	bool others_read;       /* others can read what the setting stands in */
};

static void
problem(struct load *l, const config_setting_t *s, const char *key,
    const char *text)
{
	struct conf_problems *p = l->problems;
	const char *file = s == NULL ? NULL : config_setting_source_file(s);

	if (p->n == CONF_PROBLEMS_MAX)
		return;
	if (s != NULL)
		snprintf(p->text[p->n++], CONF_PROBLEM_SIZE, "%s:%u: %s: %s",
		    file == NULL ? l->conf->file : file,
		    (unsigned)config_setting_source_line(s), key, text);
	else
		snprintf(p->text[p->n++], CONF_PROBLEM_SIZE, "%s: %s: %s",
		    l->conf->file, key, text);
}

static void *
field(const struct load *l, const struct conf_key *k)
{
	char *base =
	    (k->flags & KEY_EACH) != 0 ? (char *)l->each : (char *)l->conf;

	return base + k->offset;
}

static int
set_number(const struct load *l, const struct conf_key *k, const char *text,
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
	*(int64_t *)field(l, k) = v;
	return 0;
}

/* A time, or the one word that this key knows. */
static int
set_ttl(const struct load *l, const struct conf_key *k, const char *text,
    struct err *e)
{
	struct err form = { 0 };
	int64_t v;

	if (value_parse(k->type, text, &v, &form) == -1 ||
	    (value_is_word(k->type, v) && strcmp(text, k->choices) != 0))
		return err_set(e, ERR_CONFIG,
		    "must be a time such as \"30s\", or \"%s\"", k->choices);
	if (!value_is_word(k->type, v))
		return set_number(l, k, text, e);
	*(int64_t *)field(l, k) = v;
	return 0;
}

/* `text` is one of the words in "a|b|c". */
static bool
is_choice(const char *choices, const char *text)
{
	size_t n = strlen(text);

	while (*choices != '\0') {
		size_t len = strcspn(choices, "|");

		if (len == n && strncmp(choices, text, n) == 0)
			return true;
		choices += len + (choices[len] == '|');
	}
	return false;
}

/* What a reference names; NULL and *e when it may not stand there. */
static const char *
resolve(const struct load *l, const struct conf_key *k, const char *text,
    struct err *e)
{
	if (!secret_is_reference(text) && l->others_read &&
	    secret_hides(k, text)) {
		err_set(e, ERR_CONFIG,
		    "holds a secret and others can read this file: "
		    "chmod o-r it, or use \"file:/path\"");
		return NULL;
	}
	return secret_resolve(text, l->folder, (k->flags & KEY_PUBLIC) != 0,
	    l->conf->arena, e);
}

static int
set_string(struct load *l, const struct conf_key *k, const char *text,
    struct err *e)
{
	const char *value = text;

	if (strlen(text) > (size_t)k->max)
		return err_set(e, ERR_CONFIG, "is too long");
	if (!str_is_header_safe(text) && (k->flags & KEY_PUBLIC) == 0)
		return err_set(e, ERR_CONFIG, "holds a control character");
	if (k->type == TYPE_CHOICE && !is_choice(k->choices, text))
		return err_set(e, ERR_CONFIG, "must be one of %s", k->choices);
	if (k->type == TYPE_SECRET && (value = resolve(l, k, text, e)) == NULL)
		return -1;
	value = arena_dup(l->conf->arena, value);
	if (value == NULL)
		return err_set(e, ERR_CONFIG, "the file is too large");
	*(const char **)field(l, k) = value;
	return 0;
}

/* A value as it would be written: presets come this way as well. */
static int
set_text(struct load *l, const struct conf_key *k, const char *text,
    struct err *e)
{
	switch (k->type) {
	case TYPE_BOOL:
		*(bool *)field(l, k) = strcmp(text, "true") == 0;
		return 0;
	case TYPE_INT:
	case TYPE_MODE:
	case TYPE_MS:
	case TYPE_SIZE:
		return set_number(l, k, text, e);
	case TYPE_RATE:
		return value_parse_rate(text, field(l, k), e);
	case TYPE_TTL:
		return set_ttl(l, k, text, e);
	default:
		return set_string(l, k, text, e);
	}
}

static int
set_list(struct load *l, const struct conf_key *k, config_setting_t *s,
    struct err *e)
{
	struct conf_list *list = field(l, k);
	bool one = config_setting_type(s) == CONFIG_TYPE_STRING;
	int n = one ? 1 : config_setting_length(s);

	/* "" stands for "none", as it does for a string; not for a secret */
	if (one && k->type == TYPE_LIST &&
	    config_setting_get_string(s)[0] == '\0')
		n = 0;
	if (n > CONF_LIST_MAX)
		return err_set(e, ERR_CONFIG, "more than %d entries",
		    CONF_LIST_MAX);
	list->n = 0;
	for (int i = 0; i < n; i++) {
		const char *item = one ? config_setting_get_string(s)
				       : config_setting_get_string_elem(s, i);

		if (item == NULL || item[0] == '\0' ||
		    !str_is_header_safe(item))
			return err_set(e, ERR_CONFIG,
			    "must be a list of strings, none empty");
		if (strlen(item) > (size_t)k->max)
			return err_set(e, ERR_CONFIG, "is too long");
		if (k->type == TYPE_SECRETS &&
		    (item = resolve(l, k, item, e)) == NULL)
			return -1;
		item = arena_dup(l->conf->arena, item);
		if (item == NULL)
			return err_set(e, ERR_CONFIG, "the file is too large");
		list->item[list->n++] = item;
	}
	return 0;
}

static bool
may_be_one(const struct conf_key *k)
{
	return k->type == TYPE_SECRETS || (k->flags & KEY_OR_ONE) != 0;
}

/* The libconfig type that a key's value must have, and its name. */
static int
check_type(const struct conf_key *k, const config_setting_t *s, struct err *e)
{
	int type = config_setting_type(s);

	switch (k->type) {
	case TYPE_BOOL:
		if (type != CONFIG_TYPE_BOOL)
			return err_set(e, ERR_CONFIG, "must be true or false");
		return 0;
	case TYPE_INT:
		if (type != CONFIG_TYPE_INT)
			return err_set(e, ERR_CONFIG, "must be a whole number");
		return 0;
	case TYPE_LIST:
	case TYPE_SECRETS:
		if (type == CONFIG_TYPE_STRING && may_be_one(k))
			return 0;
		if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST)
			return err_set(e, ERR_CONFIG,
			    "must be a list such as [ \"a\", \"b\" ]");
		return 0;
	default:
		if (type != CONFIG_TYPE_STRING)
			return err_set(e, ERR_CONFIG,
			    "must be a string, in double quotes");
		return 0;
	}
}

/* The file that a setting stands in may be an @include'd one. */
static bool
others_can_read(const struct load *l, const config_setting_t *s)
{
	const char *file = config_setting_source_file(s);
	struct stat st;

	return stat(file == NULL ? l->conf->file : file, &st) == 0 &&
	       (st.st_mode & S_IROTH) != 0;
}

static void
set_key(struct load *l, const struct conf_key *k, config_setting_t *s)
{
	struct err e = { 0 };
	char number[VALUE_TEXT_SIZE];

	if (k->type == TYPE_SECRET || k->type == TYPE_SECRETS)
		l->others_read = others_can_read(l, s);
	if (check_type(k, s, &e) == 0) {
		if (k->type == TYPE_BOOL)
			*(bool *)field(l, k) = config_setting_get_bool(s) != 0;
		else if (k->type == TYPE_LIST || k->type == TYPE_SECRETS)
			set_list(l, k, s, &e);
		else if (k->type == TYPE_INT) {
			snprintf(number, sizeof(number), "%d",
			    config_setting_get_int(s));
			set_number(l, k, number, &e);
		} else
			set_text(l, k, config_setting_get_string(s), &e);
	}
	if (e.kind != ERR_NONE)
		problem(l, s, k->path, e.text);
}

static const struct conf_key *
find_key(const char *path)
{
	for (const struct conf_key *k = conf_keys; k->path != NULL; k++)
		if (strcmp(k->path, path) == 0)
			return k;
	return NULL;
}

/* The first key of a group: "ory" is one because "ory.url" is a key. */
static const struct conf_key *
find_group(const char *name)
{
	size_t n = strlen(name);

	for (const struct conf_key *k = conf_keys; k->path != NULL; k++)
		if (strncmp(k->path, name, n) == 0 && k->path[n] == '.')
			return k;
	return NULL;
}

/* The presets of all keys that have these flags. */
static void
take_presets(struct load *l, int flags)
{
	struct err e = { 0 };

	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		struct conf_list *list;

		if (k->preset == NULL || (k->flags & KEY_EACH) != flags)
			continue;
		list = field(l, k);
		if (k->type == TYPE_LIST)
			*list = (struct conf_list){ 1, { k->preset } };
		else
			set_text(l, k, k->preset, &e);
	}
	if (e.kind != ERR_NONE)
		problem(l, NULL, "preset", e.text);
}

/* Settings of one group, all of which must be keys. */
static void
take_members(struct load *l, config_setting_t *group)
{
	int n = config_setting_length(group);

	for (int i = 0; i < n; i++) {
		config_setting_t *s =
		    config_setting_get_elem(group, (unsigned)i);
		const struct conf_key *k;
		char path[PATH_SIZE];

		snprintf(path, sizeof(path), "%s.%s", l->group,
		    config_setting_name(s));
		if ((k = find_key(path)) != NULL)
			set_key(l, k, s);
		else
			problem(l, s, path, "there is no such key");
	}
}

/* ( { … }, { … } ): an element of struct conf each. */
static void
take_each(struct load *l, config_setting_t *list)
{
	int n = config_setting_length(list);

	for (int i = 0; i < n; i++) {
		config_setting_t *s =
		    config_setting_get_elem(list, (unsigned)i);

		if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
			problem(l, list, l->group, LIST_OF_GROUPS);
		} else if (l->conf->n_oidc == CONF_OIDC_MAX) {
			problem(l, s, l->group, TOO_MANY_GROUPS);
			return;
		} else {
			l->each = &l->conf->oidc[l->conf->n_oidc++];
			take_presets(l, KEY_EACH);
			take_members(l, s);
		}
	}
}

/* Every setting in the file must be a key or a group of keys. */
static void
take_root(struct load *l, config_setting_t *root)
{
	int n = config_setting_length(root);

	for (int i = 0; i < n; i++) {
		config_setting_t *s =
		    config_setting_get_elem(root, (unsigned)i);
		const struct conf_key *k = find_key(config_setting_name(s));
		int type = config_setting_type(s);

		l->group = config_setting_name(s);
		if (k != NULL)
			set_key(l, k, s);
		else if ((k = find_group(l->group)) == NULL)
			problem(l, s, l->group, "there is no such key");
		else if ((k->flags & KEY_EACH) == 0)
			if (type == CONFIG_TYPE_GROUP)
				take_members(l, s);
			else
				problem(l, s, l->group,
				    "must be a group: { … }");
		else if (type == CONFIG_TYPE_LIST)
			take_each(l, s);
		else
			problem(l, s, l->group, LIST_OF_GROUPS);
	}
}

/* Where the key stands, or else the group that it is missing in. */
static const config_setting_t *
find_place(const struct load *l, const char *key)
{
	const config_setting_t *s = config_lookup(&l->tree, key);
	char group[PATH_SIZE];
	char *dot;

	snprintf(group, sizeof(group), "%s", key);
	dot = strrchr(group, '.');
	if (s != NULL || dot == NULL)
		return s;
	*dot = '\0';
	return config_lookup(&l->tree, group);
}

static void
broken_rule(void *ctx, const char *key, const char *text)
{
	struct load *l = ctx;

	problem(l, find_place(l, key), key, text);
}

static void
read_tree(struct load *l)
{
	const char *file = l->conf->file;

	if (config_read_file(&l->tree, file) == CONFIG_TRUE) {
		take_root(l, config_root_setting(&l->tree));
		if (l->problems->n == 0)
			rules_check(l->conf, broken_rule, l);
		return;
	}
	l->problems->n = 1;
	if (config_error_type(&l->tree) == CONFIG_ERR_PARSE)
		snprintf(l->problems->text[0], CONF_PROBLEM_SIZE, "%s:%d: %s",
		    config_error_file(&l->tree) == NULL
			? file
			: config_error_file(&l->tree),
		    config_error_line(&l->tree), config_error_text(&l->tree));
	else
		snprintf(l->problems->text[0], CONF_PROBLEM_SIZE,
		    "%s: cannot be read", file);
}

struct conf *
conf_load(const char *file, struct conf_problems *p)
{
	struct load l = { .problems = p };
	char *slash;

	p->n = 0;
	l.conf = calloc(1, sizeof(*l.conf));
	if (l.conf == NULL || (l.conf->arena = arena_new(CONF_ARENA)) == NULL ||
	    (l.conf->file = arena_dup(l.conf->arena, file)) == NULL ||
	    (l.folder = arena_dup(l.conf->arena, file)) == NULL) {
		snprintf(p->text[p->n++], CONF_PROBLEM_SIZE, "out of memory");
		conf_free(&l.conf);
		return NULL;
	}
	slash = strrchr(l.folder, '/');
	if (slash != NULL)
		*slash = '\0';
	else
		l.folder = ".";
	config_init(&l.tree);
	take_presets(&l, 0);
	read_tree(&l);
	config_destroy(&l.tree);
	if (p->n > 0)
		conf_free(&l.conf);
	return l.conf;
}

void
conf_free(struct conf **c)
{
	if (*c == NULL)
		return;
	arena_free(&(*c)->arena);
	free(*c);
	*c = NULL;
}
