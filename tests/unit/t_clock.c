/* SPDX-License-Identifier: MIT */
/* base/clock: deadlines, and dates that others wrote. */
#include "tap.h"

#include "base/clock.h"

#include <limits.h>

static void
dates(void)
{
	static const struct {
		const char *text;
		int rc;
		int64_t seconds;
	} t[] = {
		{ "1970-01-01T00:00:00Z", 0, 0 },
		{ "1970-01-01T00:00:01.5Z", 0, 1 },
		{ "2026-07-30T15:41:22.898169Z", 0, 1785426082 },
		{ "2026-07-30T15:41:22.123456789Z", 0, 1785426082 },
		{ "2038-01-19T03:14:08Z", 0, 2147483648 },
		{ "9999-12-31T23:59:59Z", 0, 253402300799 },
		{ "0001-01-01T00:00:00Z", 0, -62135596800 },
		{ "2024-02-29T00:00:00Z", 0, 1709164800 },
		{ "2016-12-31T23:59:60Z", 0, 1483228800 },
		{ "", -1, 0 },
		{ "2026-07-30", -1, 0 },
		{ "2026-07-30T15:41:22", -1, 0 },
		{ "2026-07-30T15:41:22+00:00", -1, 0 },
		{ "2026-07-30T15:41:22.Z", -1, 0 },
		{ "2026-07-30T15:41:22.1234567890Z", -1, 0 },
		{ "2026-07-30T15:41:22ZZ", -1, 0 },
		{ "2026-07-30T15:41:22z", -1, 0 },
		{ "2026-07-30 15:41:22Z", -1, 0 },
		{ "2026-13-01T00:00:00Z", -1, 0 },
		{ "2026-00-01T00:00:00Z", -1, 0 },
		{ "2026-01-32T00:00:00Z", -1, 0 },
		{ "2026-01-01T24:00:00Z", -1, 0 },
		{ "2026-01-01T00:60:00Z", -1, 0 },
		{ "2026-01-01T00:00:61Z", -1, 0 },
		{ "0000-01-01T00:00:00Z", -1, 0 },
		{ "-026-01-01T00:00:00Z", -1, 0 },
		{ "+026-01-01T00:00:00Z", -1, 0 },
		{ " 2026-01-01T00:00:00Z", -1, 0 },
		{ "20260730T154122Z", -1, 0 },
		{ "1785426082", -1, 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		int64_t seconds = 0;

		tap_row("%s", t[i].text);
		INTEQ(clock_parse_rfc3339(t[i].text, &seconds), t[i].rc);
		INTEQ(seconds, t[i].seconds);
	}
}

static void
format(void)
{
	char out[CLOCK_RFC3339_SIZE];
	int64_t seconds;

	clock_format_rfc3339(1785426082898, out);
	STREQ(out, "2026-07-30T15:41:22.898Z");
	clock_format_rfc3339(4102444800007, out);
	STREQ(out, "2100-01-01T00:00:00.007Z");
	INTEQ(clock_parse_rfc3339(out, &seconds), 0);
	INTEQ(seconds, 4102444800);
}

static void
deadlines(void)
{
	int64_t now = clock_mono_ms();

	INTEQ(clock_left_ms(now - 1), 0);
	INTEQ(clock_left_ms(INT64_MIN / 2), 0);
	CHECK(clock_left_ms(now + 10000) > 9000);
	CHECK(clock_left_ms(now + 10000) <= 10000);
	INTEQ(clock_left_ms(INT64_MAX / 2), INT_MAX);
	CHECK(clock_mono_us() / 1000 >= now);
	CHECK(clock_wall_ms() > 1600000000000);
}

static const struct tap_case cases[] = {
	{ "only RFC 3339 times in UTC are understood", dates },
	{ "times are written as they are read", format },
	{ "a deadline leaves 0 when past and never overflows", deadlines },
};
TAP_MAIN(cases)
