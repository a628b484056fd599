/* SPDX-License-Identifier: MIT */
/* obs/delivery: what a collector's answer means. */
#include "tap.h"

#include "obs/delivery.h"

#include <string.h>

static void
statuses(void)
{
	static const struct {
		int status;
		enum delivery want;
	} t[] = {
		{ 0, DELIVERY_AGAIN },
		{ 200, DELIVERY_TAKEN },
		{ 202, DELIVERY_TAKEN },
		{ 204, DELIVERY_TAKEN },
		{ 301, DELIVERY_REFUSED },
		{ 307, DELIVERY_REFUSED },
		{ 400, DELIVERY_REFUSED },
		{ 401, DELIVERY_REFUSED },
		{ 404, DELIVERY_REFUSED },
		{ 413, DELIVERY_REFUSED },
		{ 429, DELIVERY_AGAIN },
		{ 500, DELIVERY_REFUSED },
		{ 501, DELIVERY_REFUSED },
		{ 502, DELIVERY_AGAIN },
		{ 503, DELIVERY_AGAIN },
		{ 504, DELIVERY_AGAIN },
		{ 999, DELIVERY_REFUSED },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%d", t[i].status);
		INTEQ(delivery_judge(t[i].status), t[i].want);
	}
}

#define PART(n)                                                                \
	"{\"partialSuccess\":{\"rejectedSpans\":" n ",\"errorMessage\":\"x\"}" \
	"}"

static void
rejected(void)
{
	static const struct {
		const char *body;
		int64_t want;
	} t[] = {
		{ "{}", 0 },
		{ "", 0 },
		{ "{\"partialSuccess\":{}}", 0 },
		{ "{\"partialSuccess\":null}", 0 },
		{ PART("\"7\""), 7 },
		{ PART("7"), 7 },
		{ PART("\"0\""), 0 },
		{ PART("\"-7\""), 0 },
		{ PART("-7"), 0 },
		{ PART("\"7x\""), 0 },
		{ PART("7.5"), 0 },
		{ PART("\"99999999999999999999999\""), 0 },
		{ PART("99999999999999999999999"), 0 },
		{ PART("[7]"), 0 },
		{ "[" PART("7") "]", 0 },
		{ "<html>no</html>", 0 },
		{ PART("7") "garbage", 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].body);
		INTEQ(delivery_rejected(t[i].body, strlen(t[i].body)),
		    t[i].want);
	}
}

static void
pauses(void)
{
	static const int64_t most[] = { 1000, 2000, 4000, 8000, 16000, 30000,
		30000 };

	for (int i = 0; i < (int)ROWS(most); i++)
		for (unsigned noise = 0; noise < 1000 * 1000; noise += 7777) {
			int64_t ms = delivery_pause_ms(i + 1, 0, noise);

			tap_row("%d failures, %u", i + 1, noise);
			CHECK(ms >= most[i] / 2 && ms <= most[i]);
		}
	tap_row("%s", "for ever");
	INTEQ(delivery_pause_ms(1000000, 0, 15000), 30000);
	INTEQ(delivery_pause_ms(1, 0, 500), 1000);
	INTEQ(delivery_pause_ms(1, 0, 501), 500);
	tap_row("%s", "the collector names a time");
	INTEQ(delivery_pause_ms(1, 7000, 500), 7000);
	INTEQ(delivery_pause_ms(9, 1, 500), 1);
	INTEQ(delivery_pause_ms(1, INT64_MAX, 0), DELIVERY_RETRY_AFTER_MAX_MS);
}

static const struct tap_case cases[] = {
	{ "OTLP's four statuses are tried again, and no answer is", statuses },
	{ "what was rejected is read, and nonsense is nothing", rejected },
	{ "pauses double up to half a minute, half of it by chance", pauses },
};
TAP_MAIN(cases)
