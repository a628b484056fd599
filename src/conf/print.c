/* SPDX-License-Identifier: MIT */
/* The effective configuration as a file that could be loaded. */
#include "conf/conf.h"

#include "conf/keys.h"
#include "conf/secret.h"
#include "conf/value.h"

#include <string.h>

static const void *
field(const void *base, const struct conf_key *k)
{
	return (const char *)base + k->offset;
}

static void
print_quoted(FILE *out, const char *s)
{
	putc('"', out);
	for (; *s != '\0'; s++) {
		if (*s == '\n' || *s == '\r') {
			fputs(*s == '\n' ? "\\n" : "\\r", out);
			continue;
		}
		if (*s == '"' || *s == '\\')
			putc('\\', out);
		putc(*s, out);
	}
	putc('"', out);
}

/* The text of a key that may be a secret, as others may read it. */
static const char *
shown(const struct conf_key *k, const char *text)
{
	bool secret = k->type == TYPE_SECRET || k->type == TYPE_SECRETS;

	return secret && secret_hides(k, text) ? "(hidden)" : text;
}

static void
print_value(const void *base, const struct conf_key *k, FILE *out)
{
	const struct conf_list *list = field(base, k);
	const char *const *text = field(base, k);
	char number[VALUE_TEXT_SIZE];

	switch (k->type) {
	case TYPE_BOOL:
		fputs(*(const bool *)list ? "true" : "false", out);
		return;
	case TYPE_LIST:
	case TYPE_SECRETS:
		fputs("[", out);
		for (int i = 0; i < list->n; i++) {
			fputs(i > 0 ? ", " : " ", out);
			print_quoted(out, shown(k, list->item[i]));
		}
		fputs(" ]", out);
		return;
	case TYPE_RATE:
		value_format_rate(field(base, k), number);
		print_quoted(out, number);
		return;
	case TYPE_STR:
	case TYPE_CHOICE:
	case TYPE_SECRET:
		print_quoted(out, shown(k, *text));
		return;
	default:
		value_format(k->type, *(const int64_t *)list, number);
		fprintf(out,
		    k->type == TYPE_INT || k->type == TYPE_SHARE ? "%s"
								 : "\"%s\"",
		    number);
	}
}

/* "roles_any = [ ];" of "guard.rules.roles_any", `depth` groups deep. */
static void
print_key(const void *base, const struct conf_key *k, int depth, FILE *out)
{
	const char *dot = strrchr(k->path, '.');

	fprintf(out, "%.*s%s = ", depth, "\t\t",
	    dot == NULL ? k->path : dot + 1);
	print_value(base, k, out);
	fputs(";\n", out);
}

/* name: ( { … }, { … } ) of the keys from k on; the key behind them. */
static const struct conf_key *
print_each(const struct conf *c, const struct conf_key *k, FILE *out)
{
	const struct conf_each *each = keys_each(k);
	const char *base = (const char *)c, *dot = strrchr(each->path, '.');
	const char *indent = dot == NULL ? "" : "\t";
	const struct conf_key *first = k;
	int n = *(const int *)(base + each->count);

	fprintf(out, "%s%s: (", indent, dot == NULL ? each->path : dot + 1);
	base += each->offset;
	for (int i = 0; i < n; i++, base += each->size) {
		fputs(i > 0 ? ", {\n" : " {\n", out);
		for (k = first; k->path != NULL && keys_each(k) == each; k++)
			print_key(base, k, dot == NULL ? 1 : 2, out);
		fprintf(out, "%s}", indent);
	}
	fputs(" );\n", out);
	for (k = first; k->path != NULL && keys_each(k) == each; k++)
		;
	return k;
}

/* name: { … }; of the keys from k on; the key behind them. */
static const struct conf_key *
print_group(const struct conf *c, const struct conf_key *k, FILE *out)
{
	const char *name = k->path;
	size_t n = strcspn(name, ".");

	fprintf(out, "%.*s: {\n", (int)n, name);
	while (k->path != NULL && strncmp(k->path, name, n + 1) == 0)
		if ((k->flags & KEY_EACH) != 0)
			k = print_each(c, k, out);
		else
			print_key(c, k++, 1, out);
	fputs("};\n", out);
	return k;
}

void
conf_print_of_rule(const struct conf_rule *rule, const char *key, FILE *out)
{
	char path[64];
	const struct conf_key *k;

	snprintf(path, sizeof(path), "guard.rules.%s", key);
	k = keys_find(path);
	if (k == NULL)
		return;
	fprintf(out, "%s = ", key);
	print_value(rule, k, out);
}

void
conf_print(const struct conf *c, FILE *out)
{
	const struct conf_key *k = conf_keys;

	fprintf(out, "// %s\n", c->file);
	while (k->path != NULL) {
		const struct conf_each *each = keys_each(k);

		if (each != NULL && strchr(each->path, '.') == NULL)
			k = print_each(c, k, out);
		else if (strchr(k->path, '.') != NULL)
			k = print_group(c, k, out);
		else
			print_key(c, k++, 0, out);
	}
}
