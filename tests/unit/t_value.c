/* SPDX-License-Identifier: MIT */
/* conf/value: durations, sizes, modes and rates, both ways. */
#include "tap.h"

#include "conf/conf.h"
#include "conf/value.h"

#include <stdio.h>

static void
parse(void)
{
	static const struct {
		enum conf_type type;
		const char *text;
		int64_t value; /* -1: refused */
	} t[] = {
		{ TYPE_MS, "1500ms", 1500 },
		{ TYPE_MS, "4s", 4000 },
		{ TYPE_MS, "5m", 300000 },
		{ TYPE_MS, "1h", 3600000 },
		{ TYPE_MS, "30d", 2592000000 },
		{ TYPE_MS, "0s", 0 },
		{ TYPE_MS, "007s", 7000 },
		{ TYPE_MS, "4", -1 },
		{ TYPE_MS, "4 s", -1 },
		{ TYPE_MS, "4S", -1 },
		{ TYPE_MS, "4sec", -1 },
		{ TYPE_MS, "s", -1 },
		{ TYPE_MS, "", -1 },
		{ TYPE_MS, "-4s", -1 },
		{ TYPE_MS, "+4s", -1 },
		{ TYPE_MS, "1.5s", -1 },
		{ TYPE_MS, "4KiB", -1 },
		{ TYPE_MS, " 4s", -1 },
		{ TYPE_MS, "4s ", -1 },
		{ TYPE_MS, "1e3ms", -1 },
		{ TYPE_MS, "9999999999999s", -1 },
		{ TYPE_SIZE, "64KiB", 65536 },
		{ TYPE_SIZE, "1MiB", 1048576 },
		{ TYPE_SIZE, "512B", 512 },
		{ TYPE_SIZE, "64KB", -1 },
		{ TYPE_SIZE, "64k", -1 },
		{ TYPE_SIZE, "64", -1 },
		{ TYPE_SIZE, "1GiB", -1 },
		{ TYPE_SIZE, "1s", -1 },
		{ TYPE_MODE, "0660", 0660 },
		{ TYPE_MODE, "660", 0660 },
		{ TYPE_MODE, "0", 0 },
		{ TYPE_MODE, "0680", -1 },
		{ TYPE_MODE, "rw", -1 },
		{ TYPE_MODE, "", -1 },
		{ TYPE_MODE, "0x1ff", -1 },
		{ TYPE_INT, "12", 12 },
		{ TYPE_INT, "012", 12 },
		{ TYPE_INT, "12x", -1 },
		{ TYPE_INT, "", -1 },
		{ TYPE_INT, "0x10", -1 },
		{ TYPE_INT, "-5", -5 },
		{ TYPE_INT, "--5", -1 },
		{ TYPE_INT, "-", -1 },
		{ TYPE_MODE, "-1", -1 },
		{ TYPE_SIZE, "-1B", -1 },
		{ TYPE_SHARE, "1.0", 1000000 },
		{ TYPE_SHARE, "1", 1000000 },
		{ TYPE_SHARE, "0.0", 0 },
		{ TYPE_SHARE, "0.05", 50000 },
		{ TYPE_SHARE, "0.0000019", 1 },
		{ TYPE_SHARE, "2.5", 2500000 },
		{ TYPE_SHARE, ".5", -1 },
		{ TYPE_SHARE, "-0.5", -1 },
		{ TYPE_SHARE, "0,5", -1 },
		{ TYPE_SHARE, "1e-3", -1 },
		{ TYPE_SHARE, "50%", -1 },
		{ TYPE_SHARE, "", -1 },
		{ TYPE_TTL, "30s", 30000 },
		{ TYPE_TTL, "0ms", 0 },
		{ TYPE_TTL, "provide", -1 },
		{ TYPE_TTL, "30", -1 },
		{ TYPE_TTL, "-2ms", -1 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e = { 0 };
		int64_t value = -1;

		tap_row("\"%s\" as type %d", t[i].text, (int)t[i].type);
		INTEQ(value_parse(t[i].type, t[i].text, &value, &e),
		    t[i].value == -1 ? -1 : 0);
		INTEQ(value, t[i].value);
		INTEQ(e.kind, t[i].value == -1 ? ERR_CONFIG : ERR_NONE);
	}
}

/* The widest number of each unit: a product that wrapped would be small. */
static void
no_overflow(void)
{
	static const struct {
		enum conf_type type;
		const char *unit;
	} t[] = {
		{ TYPE_MS, "d" },
		{ TYPE_MS, "h" },
		{ TYPE_MS, "m" },
		{ TYPE_MS, "s" },
		{ TYPE_MS, "ms" },
		{ TYPE_SIZE, "MiB" },
		{ TYPE_SIZE, "KiB" },
		{ TYPE_SIZE, "B" },
		{ TYPE_INT, "" },
		{ TYPE_MODE, "" },
		{ TYPE_SHARE, "" },
	};
	static const char nines[] = "99999999999999999999";
	static const char sevens[] = "77777777777777777777";

	for (size_t i = 0; i < ROWS(t); i++)
		for (int n = 8; n <= 20; n++) {
			const char *digit =
			    t[i].type == TYPE_MODE ? sevens : nines;
			struct err e = { 0 };
			int64_t value = INT64_MAX;
			char text[40];

			snprintf(text, sizeof(text), "%.*s%s", n, digit,
			    t[i].unit);
			tap_row("%s", text);
			value_parse(t[i].type, text, &value, &e);
			CHECK(value > 9999999);
		}
}

static void
format(void)
{
	static const struct {
		enum conf_type type;
		int64_t value;
		const char *text;
	} t[] = {
		{ TYPE_MS, 1500, "1500ms" },
		{ TYPE_MS, 4000, "4s" },
		{ TYPE_MS, 60000, "1m" },
		{ TYPE_MS, 61000, "61s" },
		{ TYPE_MS, 3600000, "1h" },
		{ TYPE_MS, 86400000, "1d" },
		{ TYPE_MS, 0, "0ms" },
		{ TYPE_SIZE, 65536, "64KiB" },
		{ TYPE_SIZE, 1 << 20, "1MiB" },
		{ TYPE_SIZE, 1025, "1025B" },
		{ TYPE_SHARE, 1000000, "1.0" },
		{ TYPE_SHARE, 50000, "0.05" },
		{ TYPE_SHARE, 1, "0.000001" },
		{ TYPE_SHARE, 0, "0.0" },
		{ TYPE_INT, 12, "12" },
		{ TYPE_INT, 0, "0" },
		{ TYPE_MODE, 0660, "0660" },
		{ TYPE_MODE, 0, "0000" },
		{ TYPE_TTL, 30000, "30s" },
		{ TYPE_TTL, 0, "0ms" },
		{ TYPE_TTL, CONF_TTL_PROVIDER, "provider" },
		{ TYPE_TTL, CONF_TTL_SAME, "" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char text[VALUE_TEXT_SIZE];
		struct err e = { 0 };
		int64_t back = -1;

		tap_row("%s", t[i].text);
		value_format(t[i].type, t[i].value, text);
		STREQ(text, t[i].text);
		INTEQ(value_parse(t[i].type, text, &back, &e), 0);
		INTEQ(back, t[i].value);
	}
}

static void
rates(void)
{
	static const struct {
		const char *text;
		int64_t interval_us, burst; /* -1: refused */
	} t[] = {
		{ "", 0, 0 },
		{ "20/s burst 40", 50000, 40 },
		{ "20/s", 50000, 20 },
		{ "3/s", 333333, 3 },
		{ "1/s", 1000000, 1 },
		{ "1000/s", 1000, 1000 },
		{ "100/m burst 20", 600000, 20 },
		{ "100/m", 600000, 1 },
		{ "600/m", 100000, 10 },
		{ "60000/m", 1000, 1000 },
		{ "5000/h", 720000, 1 },
		{ "1/h burst 10000", 3600000000, 10000 },
		{ "007/s", 142857, 7 },
		{ "1001/s", -1, 0 },
		{ "60061/m", -1, 0 },
		{ "99999999999/s", -1, 0 },
		{ "0/s", -1, 0 },
		{ "-1/s", -1, 0 },
		{ "20", -1, 0 },
		{ "20/", -1, 0 },
		{ "/s", -1, 0 },
		{ "20/d", -1, 0 },
		{ "20/S", -1, 0 },
		{ "20/sec", -1, 0 },
		{ "20/ s", -1, 0 },
		{ " 20/s", -1, 0 },
		{ "20/s ", -1, 0 },
		{ "20 /s", -1, 0 },
		{ "1.5/s", -1, 0 },
		{ "20/s burst", -1, 0 },
		{ "20/s burst ", -1, 0 },
		{ "20/s burst 0", -1, 0 },
		{ "20/s burst 10001", -1, 0 },
		{ "20/s burst -1", -1, 0 },
		{ "20/s burst 4x", -1, 0 },
		{ "20/s burst  4", -1, 0 },
		{ "20/s  burst 4", -1, 0 },
		{ "20/s,burst 4", -1, 0 },
		{ "20/s burst 99999999999999999999", -1, 0 },
		{ "99999999999999999999/s", -1, 0 },
		{ "off", -1, 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		bool good = t[i].interval_us != -1;
		struct conf_rate rate = { 7, 7 };
		struct err e = { 0 };

		tap_row("\"%s\"", t[i].text);
		INTEQ(value_parse_rate(t[i].text, &rate, &e), good ? 0 : -1);
		INTEQ(rate.interval_us, good ? t[i].interval_us : 0);
		INTEQ(rate.burst, t[i].burst);
		INTEQ(e.kind, good ? ERR_NONE : ERR_CONFIG);
	}
}

/* All that can be asked for in a second, and much of the rest. */
static void
rates_again(void)
{
	static const struct {
		char unit;
		int max, step;
	} t[] = { { 's', 1000, 1 }, { 'm', 60000, 7 }, { 'h', 99999, 11 } };

	for (size_t i = 0; i < ROWS(t); i++)
		for (int n = 1; n <= t[i].max; n += t[i].step) {
			struct conf_rate rate, again;
			char text[VALUE_TEXT_SIZE];
			struct err e = { 0 };

			snprintf(text, sizeof(text), "%d/%c burst %d", n,
			    t[i].unit, n % VALUE_BURST_MAX + 1);
			tap_row("%s", text);
			INTEQ(value_parse_rate(text, &rate, &e), 0);
			value_format_rate(&rate, text);
			INTEQ(value_parse_rate(text, &again, &e), 0);
			INTEQ(again.interval_us, rate.interval_us);
			INTEQ(again.burst, rate.burst);
			CHECK(rate.interval_us * rate.burst < INT64_MAX / 1000);
		}
}

static const struct tap_case cases[] = {
	{ "a value is a number and a unit of its type, nothing else", parse },
	{ "no number wraps around into a range", no_overflow },
	{ "a value is written in its largest unit and read back", format },
	{ "a rate is a number, a unit and perhaps a burst", rates },
	{ "a rate is written and read back as the same one", rates_again },
};
TAP_MAIN(cases)
