/* SPDX-License-Identifier: MIT */
/* Looking at a finished configuration: printing, comparing, listing. */
#include "conf/conf.h"

#include "base/log.h"
#include "conf/keys.h"
#include "conf/secret.h"
#include "conf/value.h"
#include "io/db.h"

#include <string.h>

enum { GROUP_SIZE = 64 };

static const void *
field_const(const struct conf *c, const struct conf_key *k)
{
	return (const char *)c + k->offset;
}

static void
print_quoted(FILE *out, const char *s)
{
	putc('"', out);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			putc('\\', out);
		putc(*s, out);
	}
	putc('"', out);
}

static void
print_value(const struct conf *c, const struct conf_key *k, FILE *out)
{
	const struct conf_list *list = field_const(c, k);
	const char *const *text = field_const(c, k);
	char number[VALUE_TEXT_SIZE];

	switch (k->type) {
	case TYPE_BOOL:
		fputs(*(const bool *)list ? "true" : "false", out);
		return;
	case TYPE_LIST:
		fputs("[ ", out);
		for (int i = 0; i < list->n; i++) {
			fputs(i > 0 ? ", " : "", out);
			print_quoted(out, list->item[i]);
		}
		fputs(" ]", out);
		return;
	case TYPE_STR:
	case TYPE_CHOICE:
		print_quoted(out, *text);
		return;
	case TYPE_SECRET:
		print_quoted(out,
		    secret_needs_hiding(*text) ? "(hidden)" : *text);
		return;
	default:
		value_format(k->type, *(const int64_t *)list, number);
		fprintf(out, k->type == TYPE_INT ? "%s" : "\"%s\"", number);
	}
}

void
conf_print(const struct conf *c, FILE *out)
{
	char group[GROUP_SIZE] = "";

	fprintf(out, "// %s\n", c->file);
	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		const char *dot = strchr(k->path, '.');
		size_t n = dot == NULL ? 0 : (size_t)(dot - k->path);

		if (strncmp(group, k->path, n) != 0 || strlen(group) != n) {
			if (group[0] != '\0')
				fputs("};\n", out);
			snprintf(group, sizeof(group), "%.*s", (int)n, k->path);
			if (n > 0)
				fprintf(out, "%s: {\n", group);
		}
		fprintf(out, "%s%s = ", n > 0 ? "\t" : "",
		    dot == NULL ? k->path : dot + 1);
		print_value(c, k, out);
		fputs(";\n", out);
	}
	if (group[0] != '\0')
		fputs("};\n", out);
}

const char *
conf_needs_restart(const struct conf *was, const struct conf *is)
{
	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		const char *const *a = field_const(was, k);
		const char *const *b = field_const(is, k);

		if ((k->flags & KEY_START) == 0)
			continue;
		if (k->type == TYPE_STR
			? strcmp(*a, *b) != 0
			: *(const int64_t *)a != *(const int64_t *)b)
			return k->path;
	}
	return NULL;
}

void
conf_db_options(const struct conf *c, struct db_options *o)
{
	*o = (struct db_options){
		.url = c->database.url,
		.prepare = c->database.prepare,
		.connect_timeout_ms = (int)c->database.connect_timeout,
		.statement_timeout_ms = (int)c->database.statement_timeout,
	};
}

void
conf_log_options(const struct conf *c, struct log_options *o)
{
	static const char *const levels[] = {
		[LEVEL_ERROR] = "error",
		[LEVEL_WARN] = "warn",
		[LEVEL_INFO] = "info",
		[LEVEL_DEBUG] = "debug",
	};

	*o = (struct log_options){ .target = c->log.target };
	for (int i = LEVEL_ERROR; i <= LEVEL_DEBUG; i++)
		if (strcmp(c->log.level, levels[i]) == 0)
			o->level = (enum log_level)i;
	o->format =
	    strcmp(c->log.format, "text") == 0 ? FORMAT_TEXT : FORMAT_JSON;
}

bool
conf_list_has(const struct conf_list *list, const char *item)
{
	for (int i = 0; i < list->n; i++)
		if (strcmp(list->item[i], item) == 0)
			return true;
	return false;
}
