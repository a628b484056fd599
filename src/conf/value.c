/* SPDX-License-Identifier: MIT */
/* Numbers with units: one table of units serves both directions. */
#include "conf/value.h"

#include <stdio.h>
#include <string.h>

struct unit {
	enum conf_type type;
	const char *name;
	int64_t factor;
};

/* Largest first within a type: value_format() takes the first that divides. */
static const struct unit units[] = {
	{ TYPE_MS, "d", 86400000 },
	{ TYPE_MS, "h", 3600000 },
	{ TYPE_MS, "m", 60000 },
	{ TYPE_MS, "s", 1000 },
	{ TYPE_MS, "ms", 1 },
	{ TYPE_SIZE, "MiB", 1 << 20 },
	{ TYPE_SIZE, "KiB", 1 << 10 },
	{ TYPE_SIZE, "B", 1 },
	{ TYPE_INT, "", 1 },
	{ TYPE_MODE, "", 1 },
};
static const struct {
	enum conf_type type;
	const char *form;
} forms[] = {
	{ TYPE_MS, "must be a time such as \"1500ms\", \"4s\" or \"5m\"" },
	{ TYPE_SIZE, "must be a size such as \"64KiB\" or \"1MiB\"" },
	{ TYPE_MODE, "must be octal permissions such as \"0660\"" },
	{ TYPE_INT, "must be a whole number" },
};

enum { DIGITS_MAX = 10 }; /* days of that length still fit 64 bits */

static int
wrong_form(enum conf_type type, struct err *e)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].type == type)
			return err_set(e, ERR_CONFIG, "%s", forms[i].form);
	return err_set(e, ERR_BUG, "no form for type %d", (int)type);
}

int
value_parse(enum conf_type type, const char *text, int64_t *value,
    struct err *e)
{
	const char *digits = type == TYPE_MODE ? "01234567" : "0123456789";
	int sign = type == TYPE_INT && text[0] == '-' ? -1 : 1;
	int64_t number = 0;
	size_t n;

	text += sign == -1;
	n = strspn(text, digits);
	if (n == 0 || n > DIGITS_MAX)
		return wrong_form(type, e);
	for (size_t i = 0; i < n; i++)
		number = number * (type == TYPE_MODE ? 8 : 10) + text[i] - '0';
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].type != type ||
		    strcmp(units[i].name, text + n) != 0)
			continue;
		*value = sign * number * units[i].factor;
		return 0;
	}
	return wrong_form(type, e);
}

void
value_format(enum conf_type type, int64_t value, char out[VALUE_TEXT_SIZE])
{
	if (type == TYPE_MODE) {
		snprintf(out, VALUE_TEXT_SIZE, "%04llo",
		    (unsigned long long)value);
		return;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].type != type || value % units[i].factor != 0 ||
		    (value == 0 && units[i].factor != 1))
			continue;
		snprintf(out, VALUE_TEXT_SIZE, "%lld%s",
		    (long long)(value / units[i].factor), units[i].name);
		return;
	}
}
