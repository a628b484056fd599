/* SPDX-License-Identifier: MIT */
/* auth/life: how long, for whom, and what is no promise. */
#include "tap.h"

#include "auth/life.h"
#include "conf/conf.h"

enum { PROV = CONF_TTL_PROVIDER, SAME = CONF_TTL_SAME, NO = LIFE_NO_PROMISE };

static void
allowed(void)
{
	static const struct {
		int64_t ttl, promise_s, left_ms, want;
	} t[] = {
		/* the provider's own time: none without a promise */
		{ PROV, NO, 3600000, 0 },
		{ PROV, 0, 3600000, 0 },
		{ PROV, 10, 3600000, 10000 },
		{ PROV, 60, 3600000, 60000 },
		{ PROV, 61, 3600000, 60000 },
		{ PROV, 999999999, 3600000, 60000 },
		{ PROV, 10, 9999, 9999 },
		{ PROV, 10, 0, 0 },
		{ PROV, 10, -1, 0 },
		/* a configured time, less if the promise is */
		{ 30000, NO, 3600000, 30000 },
		{ 30000, 0, 3600000, 0 },
		{ 30000, 10, 3600000, 10000 },
		{ 30000, 50, 3600000, 30000 },
		{ 30000, NO, 1, 1 },
		{ 30000, NO, 0, 0 },
		{ 30000, NO, INT64_MIN, 0 },
		/* more than the ceiling was never allowed */
		{ 90000, NO, 3600000, 60000 },
		{ 0, NO, 3600000, 0 },
		{ 0, 60, 3600000, 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		const struct life_rules r = { t[i].ttl, SAME, 60000 };

		tap_row("ttl %d, promise %d, left %d", (int)t[i].ttl,
		    (int)t[i].promise_s, (int)t[i].left_ms);
		INTEQ(life_of(&r, AUTH_ALLOW, t[i].promise_s, t[i].left_ms),
		    t[i].want);
	}
}

static void
others(void)
{
	static const int64_t ttls[] = { PROV, 0, 1, 30000, 60000 };

	for (size_t i = 0; i < ROWS(ttls); i++) {
		const struct life_rules r = { ttls[i], SAME, 60000 };
		int64_t no = ttls[i] > 0 ? 1000 : 0;

		tap_row("ttl %d", (int)ttls[i]);
		for (int64_t promise = NO; promise < 60; promise += 7) {
			INTEQ(life_of(&r, AUTH_DENY, promise, 0), no);
			INTEQ(life_of(&r, AUTH_STEPUP, promise, 0), no);
			INTEQ(life_of(&r, AUTH_UNSURE, promise, 60000), 0);
			INTEQ(life_of(&r, AUTH_ANON, promise, 60000), 0);
		}
	}
}

static void
writes(void)
{
	static const struct {
		int64_t write_ttl, reach;
	} t[] = {
		{ SAME, LIFE_MAX_MS },
		{ 0, 0 },
		{ 5000, 5000 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		const struct life_rules r = { 30000, t[i].write_ttl, 7000 };

		tap_row("write_ttl %d", (int)t[i].write_ttl);
		INTEQ(life_reach(&r, true), t[i].reach);
		INTEQ(life_reach(&r, false), LIFE_MAX_MS);
		INTEQ(life_stale(&r, true), 0);
		INTEQ(life_stale(&r, false), 7000);
	}
}

static void
promises(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} t[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "0060", 60 },
		{ "999999999", 999999999 },
		{ NULL, NO },
		{ "", NO },
		{ "-1", NO },
		{ "+1", NO },
		{ "1.5", NO },
		{ "60s", NO },
		{ " 60", NO },
		{ "60, 60", NO },
		{ "0x10", NO },
		{ "1e1", NO },
		{ "1000000000", NO },
		{ "99999999999999999999999999", NO },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].text == NULL ? "none" : t[i].text);
		INTEQ(life_promise(t[i].text), t[i].want);
	}
}

static const struct tap_case cases[] = {
	{ "a yes is kept as long as all who have a say in it agree", allowed },
	{ "a no is kept for a second, not knowing never", others },
	{ "writes may want it fresher, and nothing stale", writes },
	{ "what is no whole number of seconds is no promise", promises },
};
TAP_MAIN(cases)
