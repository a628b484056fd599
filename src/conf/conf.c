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

/* What a load works with. */
struct load {
	config_t tree;
	struct conf *conf;
	struct conf_problems *problems;
	const char *folder; /* of the file */
	bool others_read;   /* others can read what the setting stands in */
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
field(struct conf *c, const struct conf_key *k)
{
	return (char *)c + k->offset;
}

static int
set_number(struct conf *c, const struct conf_key *k, const char *text,
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
	*(int64_t *)field(c, k) = v;
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

static int
set_string(struct load *l, const struct conf_key *k, const char *text,
    struct err *e)
{
	const char *value = text;

	if (strlen(text) > (size_t)k->max)
		return err_set(e, ERR_CONFIG, "is too long");
	if (!str_is_header_safe(text))
		return err_set(e, ERR_CONFIG, "holds a control character");
	if (k->type == TYPE_CHOICE && !is_choice(k->choices, text))
		return err_set(e, ERR_CONFIG, "must be one of %s", k->choices);
	if (k->type == TYPE_SECRET) {
		if (!secret_is_reference(text) && l->others_read &&
		    secret_needs_hiding(text))
			return err_set(e, ERR_CONFIG,
			    "holds a password and others can read this file: "
			    "chmod o-r it, or use \"file:/path\"");
		value = secret_resolve(text, l->folder, l->conf->arena, e);
		if (value == NULL)
			return -1;
	}
	value = arena_dup(l->conf->arena, value);
	if (value == NULL)
		return err_set(e, ERR_CONFIG, "the file is too large");
	*(const char **)field(l->conf, k) = value;
	return 0;
}

/* A value as it would be written: presets come this way as well. */
static int
set_text(struct load *l, const struct conf_key *k, const char *text,
    struct err *e)
{
	switch (k->type) {
	case TYPE_BOOL:
		*(bool *)field(l->conf, k) = strcmp(text, "true") == 0;
		return 0;
	case TYPE_INT:
	case TYPE_MODE:
	case TYPE_MS:
	case TYPE_SIZE:
		return set_number(l->conf, k, text, e);
	default:
		return set_string(l, k, text, e);
	}
}

static int
set_list(struct load *l, const struct conf_key *k, config_setting_t *s,
    struct err *e)
{
	struct conf_list *list = field(l->conf, k);
	int n = config_setting_length(s);

	if (n > CONF_LIST_MAX)
		return err_set(e, ERR_CONFIG, "more than %d entries",
		    CONF_LIST_MAX);
	list->n = 0;
	for (int i = 0; i < n; i++) {
		const char *item = config_setting_get_string_elem(s, i);

		if (item == NULL || item[0] == '\0' ||
		    !str_is_header_safe(item))
			return err_set(e, ERR_CONFIG,
			    "must be a list of strings, none empty");
		item = arena_dup(l->conf->arena, item);
		if (item == NULL)
			return err_set(e, ERR_CONFIG, "the file is too large");
		list->item[list->n++] = item;
	}
	return 0;
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

	if (k->type == TYPE_SECRET)
		l->others_read = others_can_read(l, s);
	if (check_type(k, s, &e) == 0) {
		if (k->type == TYPE_BOOL)
			*(bool *)field(l->conf, k) =
			    config_setting_get_bool(s) != 0;
		else if (k->type == TYPE_LIST)
			set_list(l, k, s, &e);
		else if (k->type == TYPE_INT) {
			snprintf(number, sizeof(number), "%d",
			    config_setting_get_int(s));
			set_number(l->conf, k, number, &e);
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

/* "ory" is a group because "ory.url" is a key. */
static bool
is_group(const char *path)
{
	size_t n = strlen(path);

	for (const struct conf_key *k = conf_keys; k->path != NULL; k++)
		if (strncmp(k->path, path, n) == 0 && k->path[n] == '.')
			return true;
	return false;
}

/* Every setting in the file must be a key: two levels, so no recursion. */
static void
take_group(struct load *l, config_setting_t *group, const char *prefix)
{
	int n = config_setting_length(group);

	for (int i = 0; i < n; i++) {
		config_setting_t *s =
		    config_setting_get_elem(group, (unsigned)i);
		const char *name = config_setting_name(s);
		const struct conf_key *k;
		char path[PATH_SIZE];

		snprintf(path, sizeof(path), "%s%s", prefix, name);
		if ((k = find_key(path)) != NULL)
			set_key(l, k, s);
		else if (prefix[0] != '\0' || !is_group(path))
			problem(l, s, path, "there is no such key");
		else if (config_setting_type(s) != CONFIG_TYPE_GROUP)
			problem(l, s, path, "must be a group: { … }");
	}
}

static void
take_groups(struct load *l, config_setting_t *root)
{
	int n = config_setting_length(root);

	take_group(l, root, "");
	for (int i = 0; i < n; i++) {
		config_setting_t *s =
		    config_setting_get_elem(root, (unsigned)i);
		char prefix[PATH_SIZE];

		if (config_setting_type(s) != CONFIG_TYPE_GROUP ||
		    !is_group(config_setting_name(s)))
			continue;
		snprintf(prefix, sizeof(prefix), "%s.", config_setting_name(s));
		take_group(l, s, prefix);
	}
}

static void
take_presets(struct load *l)
{
	struct err e = { 0 };

	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		struct conf_list *list = field(l->conf, k);

		if (k->preset == NULL)
			continue;
		if (k->type == TYPE_LIST)
			*list = (struct conf_list){ 1, { k->preset } };
		else
			set_text(l, k, k->preset, &e);
	}
	if (e.kind != ERR_NONE)
		problem(l, NULL, "preset", e.text);
}

static void
broken_rule(void *ctx, const char *key, const char *text)
{
	struct load *l = ctx;

	problem(l, config_lookup(&l->tree, key), key, text);
}

static void
read_tree(struct load *l)
{
	const char *file = l->conf->file;

	if (config_read_file(&l->tree, file) == CONFIG_TRUE) {
		take_groups(l, config_root_setting(&l->tree));
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
	take_presets(&l);
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
