/* SPDX-License-Identifier: MIT */
/* conf/keys: each row's range, type and default, by loading files. */
#include "tap.h"

#include "conf/conf.h"
#include "conf/keys.h"
#include "conf/value.h"
#include "unit/files.h"

#include <stdio.h>
#include <string.h>

/* "path = value;" on line 2, in its groups, with ory.url somewhere. */
static void
setting(const struct conf_key *k, const char *value, char out[400])
{
	static const char url[] = "url = \"https://a.example\"; ";
	const struct conf_each *each = keys_each(k);
	const char *dot = strrchr(k->path, '.');
	bool ory = strncmp(k->path, "ory.", 4) == 0;
	bool deep = each != NULL && strcmp(each->path, "guard.rules") == 0;

	if (dot == NULL) {
		snprintf(out, 400, "ory: { %s };\n%s = %s;\n", url, k->path,
		    value);
		return;
	}
	snprintf(out, 400, "%s%s%s\n%.*s: %s{ %s%s = %s; }%s%s;\n",
	    ory ? "" : "ory: { ", ory ? "" : url, ory ? "" : "};",
	    deep ? 5 : (int)(dot - k->path), k->path,
	    deep           ? "{ rules = ( "
	    : each != NULL ? "( "
			   : "",
	    ory && strcmp(dot, ".url") != 0 ? url : "", dot + 1, value,
	    each != NULL ? " )" : "", deep ? "; }" : "");
}

static bool
is_number(const struct conf_key *k)
{
	return k->type == TYPE_INT || k->type == TYPE_MODE ||
	       k->type == TYPE_MS || k->type == TYPE_SHARE ||
	       k->type == TYPE_SIZE || k->type == TYPE_TTL;
}

/* As libconfig wants it: quoted but for plain numbers. */
static void
number(const struct conf_key *k, int64_t v, char out[64])
{
	char text[VALUE_TEXT_SIZE];

	value_format(k->type, v, text);
	snprintf(out, 64,
	    k->type == TYPE_INT || k->type == TYPE_SHARE ? "%s" : "\"%s\"",
	    text);
}

/* Is the key itself refused?  Rules that span keys may have a say too. */
static bool
refused(const struct conf_key *k, const char *value, char problem[300])
{
	const struct conf_each *each = keys_each(k);
	char text[400], want[96];
	struct conf *c;

	setting(k, value, text);
	c = files_conf(text);
	if (each == NULL)
		snprintf(want, sizeof(want), "t.conf:2: %s: ", k->path);
	else
		snprintf(want, sizeof(want), "t.conf:2: %s.[0]%s: ", each->path,
		    k->path + strlen(each->path));
	snprintf(problem, 300, "%s", files_problem(0));
	if (c != NULL || strncmp(problem, want, strlen(want)) != 0)
		problem[0] = '\0';
	else
		memmove(problem, problem + strlen(want),
		    strlen(problem + strlen(want)) + 1);
	conf_free(&c);
	return problem[0] != '\0';
}

static void
ranges(void)
{
	int seen = 0;

	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		char low[64], high[64], problem[300];

		if (!is_number(k))
			continue;
		seen++;
		number(k, k->min, low);
		number(k, k->max, high);
		tap_row("%s at %s and %s", k->path, low, high);
		CHECK(!refused(k, low, problem) ||
		      strncmp(problem, "must be from", 12) != 0);
		CHECK(!refused(k, high, problem) ||
		      strncmp(problem, "must be from", 12) != 0);
		number(k, k->max + 1, high);
		tap_row("%s above its range: %s", k->path, high);
		CHECK(refused(k, high, problem) &&
		      strncmp(problem, "must be from ", 13) == 0);
		if (k->min == 0)
			continue; /* below it are words, and no times */
		number(k, k->min - 1, low);
		tap_row("%s below its range: %s", k->path, low);
		CHECK(refused(k, low, problem) &&
		      strncmp(problem, "must be from ", 13) == 0);
	}
	CHECK(seen > 10);
}

static void
types(void)
{
	static const struct {
		enum conf_type type;
		const char *wrong[4];
		const char *problem;
	} t[] = {
		{ TYPE_BOOL, { "1", "\"true\"", "[ true ]", "1.0" },
		    "must be true or false" },
		{ TYPE_INT, { "\"5\"", "true", "5.0", "5000000000L" },
		    "must be a whole number" },
		{ TYPE_LIST, { "\"a\"", "1", "true", "{ a = 1; }" },
		    "must be a list such as" },
		{ TYPE_MS, { "5", "true", "[ \"5s\" ]", "1.5" },
		    "must be a string" },
		{ TYPE_RATE, { "20", "true", "[ \"5/s\" ]", "5.5" },
		    "must be a string" },
		{ TYPE_SECRETS, { "5", "true", "1.5", "{ a = 1; }" },
		    "must be a list such as" },
		{ TYPE_SHARE, { "\"0.5\"", "true", "[ 0.5 ]", "-0.5" },
		    "must be a number from 0.0 to 1.0" },
		{ TYPE_SIZE, { "5", "true", "[ ]", "( )" },
		    "must be a string" },
		{ TYPE_MODE, { "0660", "432", "true", "{ }" },
		    "must be a string" },
		{ TYPE_STR, { "5", "true", "[ \"a\" ]", "{ }" },
		    "must be a string" },
		{ TYPE_TTL, { "5", "true", "[ \"5s\" ]", "1.5" },
		    "must be a string" },
		{ TYPE_SECRET, { "5", "true", "[ \"a\" ]", "1.5" },
		    "must be a string" },
		{ TYPE_CHOICE, { "5", "true", "[ \"a\" ]", "1.5" },
		    "must be a string" },
	};

	for (const struct conf_key *k = conf_keys; k->path != NULL; k++)
		for (size_t i = 0; i < ROWS(t); i++)
			for (int w = 0; w < 4 && t[i].type == k->type; w++) {
				char problem[300];

				if ((k->flags & KEY_OR_ONE) != 0 && w == 0)
					continue;
				tap_row("%s = %s", k->path, t[i].wrong[w]);
				CHECK(refused(k, t[i].wrong[w], problem) &&
				      strncmp(problem, t[i].problem,
					  strlen(t[i].problem)) == 0);
			}
}

static bool
is_list(const struct conf_key *k)
{
	return k->type == TYPE_LIST || k->type == TYPE_SECRETS;
}

static void
strings(void)
{
	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		char problem[300];

		if (k->type == TYPE_CHOICE) {
			tap_row("%s out of its choices", k->path);
			CHECK(refused(k, "\"x\"", problem));
			CHECK(strstr(problem,
				  k->choices + (k->choices[0] == '|')) != NULL);
			INTEQ(refused(k, "\"\"", problem),
			    k->choices[0] != '|');
			CHECK(refused(k, "\"error|warn\"", problem));
		}
		if ((k->type == TYPE_STR || k->type == TYPE_SECRET) &&
		    (k->flags & KEY_PUBLIC) == 0) {
			tap_row("%s with a line end", k->path);
			CHECK(refused(k, "\"a\\nb\"", problem));
			STREQ(problem, "holds a control character");
		}
		if (is_list(k)) {
			tap_row("%s with an empty entry", k->path);
			CHECK(refused(k, "[ \"\" ]", problem));
			tap_row("%s with numbers", k->path);
			CHECK(refused(k, "[ 1, 2 ]", problem));
			tap_row("%s with a line end", k->path);
			CHECK(refused(k, "[ \"a\\nb\" ]", problem));
		}
	}
}

/* Rows are documentation: each has its sentence, no path stands twice. */
static void
rows(void)
{
	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		const struct conf_each *each = keys_each(k);

		tap_row("%s", k->path);
		CHECK(k->help != NULL && strlen(k->help) > 8);
		CHECK(k->help[strlen(k->help) - 1] != '.');
		CHECK(k->offset <
		      (each != NULL ? each->size : sizeof(struct conf)));
		CHECK(k->type == TYPE_SECRET || k->type == TYPE_SECRETS ||
		      (k->flags & (KEY_HIDE | KEY_PUBLIC)) == 0);
		CHECK(k->type == TYPE_LIST || (k->flags & KEY_OR_ONE) == 0);
		INTEQ((k->flags & KEY_EACH) != 0, each != NULL);
		CHECK((k->flags & (KEY_EACH | KEY_START)) !=
		      (KEY_EACH | KEY_START));
		CHECK((k->type == TYPE_CHOICE || k->type == TYPE_TTL) ==
		      (k->choices != NULL));
		CHECK(k->preset != NULL || is_list(k));
		for (const struct conf_key *j = conf_keys; j != k; j++) {
			CHECK(strcmp(j->path, k->path) != 0);
			CHECK(j->offset != k->offset || keys_each(j) != each);
		}
	}
}

static void
paths(void)
{
	static const struct {
		const char *path, *key, *group, *each;
	} t[] = {
		{ "ory.url", "ory.url", NULL, NULL },
		{ "ory", NULL, "ory.project_slug", NULL },
		{ "or", NULL, NULL, NULL },
		{ "", NULL, NULL, NULL },
		{ "oidc", NULL, "oidc.name", "oidc" },
		{ "oidc.name", "oidc.name", NULL, NULL },
		{ "guard", NULL, "guard.rules.path", NULL },
		{ "guard.rules", NULL, "guard.rules.path", "guard.rules" },
		{ "guard.rules.", NULL, NULL, NULL },
		{ "rules", NULL, NULL, NULL },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		const struct conf_key *k = keys_find(t[i].path);
		const struct conf_key *first = keys_find_group(t[i].path);
		const struct conf_each *each = keys_find_each(t[i].path);

		tap_row("%s", t[i].path);
		STREQ(k == NULL ? NULL : k->path, t[i].key);
		STREQ(first == NULL ? NULL : first->path, t[i].group);
		STREQ(each == NULL ? NULL : each->path, t[i].each);
	}
	CHECK(keys_each(keys_find("bio_max")) == NULL);
	CHECK(keys_each(keys_find("oidc.name")) == keys_find_each("oidc"));
}

static const struct tap_case cases[] = {
	{ "each number is taken at both ends of its range, not beyond",
	    ranges },
	{ "each key refuses what is not of its type, with file and line",
	    types },
	{ "choices, strings and lists refuse what cannot be", strings },
	{ "each row explains itself and stands once", rows },
	{ "a path is a key, a group, a list of groups or nothing", paths },
};
TAP_MAIN(cases)
