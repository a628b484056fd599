/* SPDX-License-Identifier: MIT */
/* Numbers with units: one table of units serves both directions. */
#include "conf/value.h"

#include "conf/conf.h"

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
	{ TYPE_SHARE, "must be a number from 0.0 to 1.0" },
};

static const struct {
	const char *text;
	int64_t value;
} words[] = {
	{ "provider", CONF_TTL_PROVIDER },
	{ "", CONF_TTL_SAME },
};

/* Of rates; a smaller unit says the same in smaller numbers. */
static const struct {
	char name;
	int64_t us;
} periods[] = {
	{ 's', 1000000 },
	{ 'm', 60000000 },
	{ 'h', 3600000000 },
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum {
	DIGITS_MAX = 11, /* days of that length still fit 64 bits */
	SECOND_US = 1000000,
};

static int
wrong_form(enum conf_type type, struct err *e)
{
	for (size_t i = 0; i < LENGTH(forms); i++)
		if (forms[i].type == type)
			return err_set(e, ERR_CONFIG, "%s", forms[i].form);
	return err_set(e, ERR_BUG, "no form for type %d", (int)type);
}

/* A number without a sign behind *text; moves it on.  -1: none, too long. */
static int64_t
take_number(const char **text, const char *digits)
{
	size_t n = strspn(*text, digits);
	int64_t number = 0;

	if (n == 0 || n > DIGITS_MAX)
		return -1;
	for (size_t i = 0; i < n; i++)
		number = number * (int64_t)strlen(digits) + (*text)[i] - '0';
	*text += n;
	return number;
}

/* A TTL is written in the units of a time. */
static enum conf_type
unit_type(enum conf_type type)
{
	return type == TYPE_TTL ? TYPE_MS : type;
}

/* "1.0", "0.05": digits of a fraction beyond the sixth are not looked at. */
static int
parse_share(const char *text, int64_t *value, struct err *e)
{
	int64_t unit = CONF_SHARE_ALL, part = 0;
	int64_t whole = take_number(&text, "0123456789");

	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++)
			part += (*text - '0') * (unit /= 10);
	if (whole == -1 || *text != '\0')
		return wrong_form(TYPE_SHARE, e);
	*value = whole * CONF_SHARE_ALL + part;
	return 0;
}

static void
format_share(int64_t value, char out[VALUE_TEXT_SIZE])
{
	int n = snprintf(out, VALUE_TEXT_SIZE, "%lld.%06lld",
	    (long long)(value / CONF_SHARE_ALL),
	    (long long)(value % CONF_SHARE_ALL));

	while (out[n - 1] == '0' && out[n - 2] != '.')
		out[--n] = '\0';
}

int
value_parse(enum conf_type type, const char *text, int64_t *value,
    struct err *e)
{
	const char *digits = type == TYPE_MODE ? "01234567" : "0123456789";
	int sign = type == TYPE_INT && text[0] == '-' ? -1 : 1;
	int64_t number;

	for (size_t i = 0; type == TYPE_TTL && i < LENGTH(words); i++)
		if (strcmp(words[i].text, text) == 0) {
			*value = words[i].value;
			return 0;
		}
	if (type == TYPE_SHARE)
		return parse_share(text, value, e);
	type = unit_type(type);
	text += sign == -1;
	number = take_number(&text, digits);
	if (number == -1)
		return wrong_form(type, e);
	for (size_t i = 0; i < LENGTH(units); i++) {
		if (units[i].type != type || strcmp(units[i].name, text) != 0)
			continue;
		*value = sign * number * units[i].factor;
		return 0;
	}
	return wrong_form(type, e);
}

void
value_format(enum conf_type type, int64_t value, char out[VALUE_TEXT_SIZE])
{
	if (type == TYPE_SHARE) {
		format_share(value, out);
		return;
	}
	if (type == TYPE_MODE) {
		snprintf(out, VALUE_TEXT_SIZE, "%04llo",
		    (unsigned long long)value);
		return;
	}
	for (size_t i = 0; i < LENGTH(words); i++)
		if (value_is_word(type, value) && words[i].value == value) {
			snprintf(out, VALUE_TEXT_SIZE, "%s", words[i].text);
			return;
		}
	type = unit_type(type);
	for (size_t i = 0; i < LENGTH(units); i++) {
		if (units[i].type != type || value % units[i].factor != 0 ||
		    (value == 0 && units[i].factor != 1))
			continue;
		snprintf(out, VALUE_TEXT_SIZE, "%lld%s",
		    (long long)(value / units[i].factor), units[i].name);
		return;
	}
}

bool
value_is_word(enum conf_type type, int64_t value)
{
	return type == TYPE_TTL && value < 0;
}

/* "20/s": microseconds from one to the next.  -1: it is none. */
static int64_t
take_interval(const char **text)
{
	int64_t number = take_number(text, "0123456789");

	if (number <= 0 || *(*text)++ != '/')
		return -1;
	for (size_t i = 0; i < LENGTH(periods); i++)
		if (**text == periods[i].name) {
			(*text)++;
			return periods[i].us / number;
		}
	return -1;
}

int
value_parse_rate(const char *text, struct conf_rate *rate, struct err *e)
{
	static const char word[] = " burst ";
	const char *rest = text;
	int64_t interval, burst;

	*rate = (struct conf_rate){ 0 };
	if (text[0] == '\0')
		return 0;
	interval = take_interval(&rest);
	burst = interval > 0 && interval < SECOND_US ? SECOND_US / interval : 1;
	if (interval != -1 && strncmp(rest, word, strlen(word)) == 0) {
		rest += strlen(word);
		burst = take_number(&rest, "0123456789");
	}
	if (interval == -1 || burst == -1 || rest[0] != '\0')
		return err_set(e, ERR_CONFIG,
		    "must be a rate such as \"20/s burst 40\" or "
		    "\"100/m burst 20\"; units are s, m and h");
	if (interval < SECOND_US / VALUE_RATE_MAX || burst < 1 ||
	    burst > VALUE_BURST_MAX)
		return err_set(e, ERR_CONFIG,
		    "must be at most %d/s, with a burst from 1 to %d",
		    VALUE_RATE_MAX, VALUE_BURST_MAX);
	*rate = (struct conf_rate){ interval, burst };
	return 0;
}

/* By the smallest unit in which it is a whole number again. */
void
value_format_rate(const struct conf_rate *rate, char out[VALUE_TEXT_SIZE])
{
	out[0] = '\0';
	for (size_t i = 0; i < LENGTH(periods) && rate->interval_us > 0; i++) {
		int64_t n = periods[i].us / rate->interval_us;

		if (n == 0 || periods[i].us / n != rate->interval_us)
			continue;
		snprintf(out, VALUE_TEXT_SIZE, "%lld/%c burst %lld",
		    (long long)n, periods[i].name, (long long)rate->burst);
		return;
	}
}
