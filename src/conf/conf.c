/* SPDX-License-Identifier: MIT */
/* From a libconfig file to struct conf, driven by the key table. */
#include "conf/conf.h"

#include "base/arena.h"
#include "base/err.h"
#include "conf/keys.h"
#include "conf/rules.h"
#include "conf/setting.h"
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
	struct setting into; /* base: whose members are read */
};

/* A group that is read: what its keys begin with, and where it stands. */
struct group {
	const char *keys;  /* "oidc" */
	const char *place; /* "oidc.[1]" */
};

/* The file that a setting stands in may be an @include'd one. */
static const char *
file_of(const struct load *l, const config_setting_t *s)
{
	const char *file = config_setting_source_file(s);

	return file == NULL ? l->conf->file : file;
}

static void
problem(struct load *l, const config_setting_t *s, const char *key,
    const char *text)
{
	struct conf_problems *p = l->problems;

	if (p->n == CONF_PROBLEMS_MAX)
		return;
	if (s != NULL)
		snprintf(p->text[p->n++], CONF_PROBLEM_SIZE, "%s:%u: %s: %s",
		    file_of(l, s), config_setting_source_line(s), key, text);
	else
		snprintf(p->text[p->n++], CONF_PROBLEM_SIZE, "%s: %s: %s",
		    l->conf->file, key, text);
}

/* "oidc" or "oidc.[1]", and the name of a member. */
static void
member(char path[PATH_SIZE], const char *group, const config_setting_t *s)
{
	snprintf(path, PATH_SIZE, "%s%s%s", group, group[0] != '\0' ? "." : "",
	    config_setting_name(s));
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
	case TYPE_SHARE: /* libconfig takes 1 for another type than 1.0 */
		if (type != CONFIG_TYPE_FLOAT && type != CONFIG_TYPE_INT)
			return err_set(e, ERR_CONFIG,
			    "must be a number from 0.0 to 1.0");
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

static int
set_list(const struct load *l, const struct conf_key *k, config_setting_t *s,
    struct err *e)
{
	const char *item[CONF_LIST_MAX + 1];
	bool one = config_setting_type(s) == CONFIG_TYPE_STRING;
	int n = one ? 1 : config_setting_length(s);

	/* "" stands for "none", as it does for a string; not for a secret */
	if (one && k->type == TYPE_LIST &&
	    config_setting_get_string(s)[0] == '\0')
		n = 0;
	if (n > CONF_LIST_MAX)
		n = CONF_LIST_MAX + 1; /* one too many says it all */
	for (int i = 0; i < n; i++)
		item[i] = one ? config_setting_get_string(s)
			      : config_setting_get_string_elem(s, i);
	return setting_put_list(&l->into, k, item, n, e);
}

/* A value whose type is good, as it is written. */
static int
set_value(const struct load *l, const struct conf_key *k, config_setting_t *s,
    struct err *e)
{
	char number[VALUE_TEXT_SIZE];

	switch (k->type) {
	case TYPE_LIST:
	case TYPE_SECRETS:
		return set_list(l, k, s, e);
	case TYPE_BOOL:
		return setting_put(&l->into, k,
		    config_setting_get_bool(s) != 0 ? "true" : "false", e);
	case TYPE_INT:
		snprintf(number, sizeof(number), "%d",
		    config_setting_get_int(s));
		return setting_put(&l->into, k, number, e);
	case TYPE_SHARE:
		snprintf(number, sizeof(number), "%.6f",
		    config_setting_type(s) == CONFIG_TYPE_INT
			? config_setting_get_int(s)
			: config_setting_get_float(s));
		return setting_put(&l->into, k, number, e);
	default:
		return setting_put(&l->into, k, config_setting_get_string(s),
		    e);
	}
}

static bool
others_can_read(const struct load *l, const config_setting_t *s)
{
	struct stat st;

	return stat(file_of(l, s), &st) == 0 && (st.st_mode & S_IROTH) != 0;
}

static void
set_key(struct load *l, const struct conf_key *k, config_setting_t *s,
    const char *place)
{
	struct err e = { 0 };

	if (k->type == TYPE_SECRET || k->type == TYPE_SECRETS)
		l->into.others_read = others_can_read(l, s);
	if (check_type(k, s, &e) == -1 || set_value(l, k, s, &e) == -1)
		problem(l, s, place, e.text);
}

/* The presets of the keys in a list of groups, or of those in none. */
static void
take_presets(struct load *l, const struct conf_each *each)
{
	struct err e = { 0 };

	for (const struct conf_key *k = conf_keys; k->path != NULL; k++)
		if (keys_each(k) == each)
			setting_preset(&l->into, k, &e);
	if (e.kind != ERR_NONE)
		problem(l, NULL, "preset", e.text);
}

static void
unknown(struct load *l, config_setting_t *s, const char *path)
{
	problem(l, s, path, "there is no such key");
}

/* The settings of a group: keys, and what rest() makes of the others. */
static void
take_members(struct load *l, config_setting_t *group, const struct group *g,
    void (*rest)(struct load *l, config_setting_t *s, const char *path))
{
	int n = config_setting_length(group);

	for (int i = 0; i < n; i++) {
		config_setting_t *s =
		    config_setting_get_elem(group, (unsigned)i);
		char path[PATH_SIZE], place[PATH_SIZE];
		const struct conf_key *k;

		member(path, g->keys, s);
		member(place, g->place, s);
		if ((k = keys_find(path)) != NULL)
			set_key(l, k, s, place);
		else
			rest(l, s, place);
	}
}

/* Lets an element say where it stands, if it has room for that. */
static void
note_place(const struct load *l, const config_setting_t *s,
    const struct conf_each *each)
{
	const char **place =
	    (const char **)((char *)l->into.base + each->place);

	if (each->place != 0)
		*place = arena_printf(l->into.arena, "%s:%u", file_of(l, s),
		    config_setting_source_line(s));
}

/* ( { … }, { … } ): an element in struct conf each. */
static void
take_each(struct load *l, config_setting_t *list, const struct conf_each *each)
{
	void *base = l->into.base;
	int *count = (int *)((char *)base + each->count);
	int n = config_setting_length(list);

	for (int i = 0; i < n; i++) {
		config_setting_t *s =
		    config_setting_get_elem(list, (unsigned)i);
		char place[PATH_SIZE];

		if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
			problem(l, list, each->path, LIST_OF_GROUPS);
			continue;
		}
		if (*count == each->max) {
			problem(l, s, each->path, TOO_MANY_GROUPS);
			break;
		}
		snprintf(place, PATH_SIZE, "%s.[%d]", each->path, i);
		l->into.base = (char *)base + each->offset +
			       (size_t)(*count)++ * each->size;
		note_place(l, s, each);
		take_presets(l, each);
		take_members(l, s, &(struct group){ each->path, place },
		    unknown);
		l->into.base = base;
	}
}

/* In a group: a list of groups, if anything. */
static void
take_list(struct load *l, config_setting_t *s, const char *path)
{
	const struct conf_each *each = keys_find_each(path);

	if (each == NULL)
		unknown(l, s, path);
	else if (config_setting_type(s) != CONFIG_TYPE_LIST)
		problem(l, s, path, LIST_OF_GROUPS);
	else
		take_each(l, s, each);
}

/* At the top: a group, or what may be in one. */
static void
take_group(struct load *l, config_setting_t *s, const char *path)
{
	if (keys_find_each(path) != NULL || keys_find_group(path) == NULL) {
		take_list(l, s, path);
	} else if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
		problem(l, s, path, "must be a group: { … }");
	} else {
		take_members(l, s, &(struct group){ path, path }, take_list);
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
		take_members(l, config_root_setting(&l->tree),
		    &(struct group){ "", "" }, take_group);
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
	struct conf *c;
	char *folder, *slash;

	p->n = 0;
	l.conf = c = calloc(1, sizeof(*c));
	if (c == NULL || (c->arena = arena_new(CONF_ARENA)) == NULL ||
	    (c->file = arena_dup(c->arena, file)) == NULL ||
	    (folder = arena_dup(c->arena, file)) == NULL) {
		snprintf(p->text[p->n++], CONF_PROBLEM_SIZE, "out of memory");
		conf_free(&l.conf);
		return NULL;
	}
	slash = strrchr(folder, '/');
	if (slash != NULL)
		*slash = '\0';
	l.into = (struct setting){
		.base = c,
		.arena = c->arena,
		.folder = slash == NULL ? "." : folder,
	};
	config_init(&l.tree);
	take_presets(&l, NULL);
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
