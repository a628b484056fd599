/* SPDX-License-Identifier: MIT */
/* The smallest of what is configured, promised, left and sensible. */
#include "auth/life.h"

#include "base/str.h"
#include "conf/conf.h"

#include <stdlib.h>

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
life_promise(const char *text)
{
	if (text == NULL ||
	    !str_is_from(text, STR_DIGITS, 1, LIFE_PROMISE_DIGITS))
		return LIFE_NO_PROMISE;
	return strtol(text, NULL, 10);
}

/* Without a promise, the provider's own time is none. */
static int64_t
life_allowed(const struct life_rules *r, int64_t promise_s, int64_t left_ms)
{
	int64_t ms = smaller(LIFE_MAX_MS, left_ms);

	if (r->cache_ttl != CONF_TTL_PROVIDER)
		ms = smaller(ms, r->cache_ttl);
	else if (promise_s < 0)
		return 0;
	if (promise_s >= 0)
		ms = smaller(ms, promise_s * 1000);
	return ms > 0 ? ms : 0;
}

int64_t
life_of(const struct life_rules *r, enum auth_verdict verdict,
    int64_t promise_s, int64_t left_ms)
{
	switch (verdict) {
	case AUTH_ALLOW:
		return life_allowed(r, promise_s, left_ms);
	case AUTH_DENY:
	case AUTH_STEPUP:
		return r->cache_ttl > 0 ? LIFE_DENIED_MS : 0;
	default:
		return 0;
	}
}

int64_t
life_reach(const struct life_rules *r, bool writes)
{
	return writes && r->write_ttl != CONF_TTL_SAME ? r->write_ttl
						       : LIFE_MAX_MS;
}

int64_t
life_stale(const struct life_rules *r, bool writes)
{
	return writes ? 0 : r->stale_if_error;
}
