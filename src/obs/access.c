/* SPDX-License-Identifier: MIT */
/* The access line. */
#include "obs/access.h"

#include "base/log.h"

/* Numbers that are not known are left out. */
static struct log_field
known(const char *key, int64_t value)
{
	if (value > 0)
		return (struct log_field)LOG_I(key, value);
	return (struct log_field)LOG_S(key, NULL);
}

void
access_log(const struct access *a, int64_t slow_ms)
{
	bool slow = a->took_us > slow_ms * 1000;
	bool warn = slow || a->status >= 500 || a->trouble != NULL;
	const struct log_field fields[] = {
		LOG_S("request_id", a->request_id),
		LOG_S("method", a->method),
		LOG_S("path", a->path),
		LOG_S("route", a->route),
		LOG_S("rule", a->rule),
		LOG_I("status", a->status),
		LOG_S("verdict", a->verdict),
		LOG_S("provider", a->provider),
		LOG_S("actor", a->actor),
		LOG_S("why", a->why),
		LOG_S("trouble", a->trouble),
		LOG_S("origin", a->origin),
		LOG_S("hook_type", a->hook_type),
		LOG_S("hook_id", a->hook_id),
		LOG_S("hook_outcome", a->hook_outcome),
		LOG_I("took_us", a->took_us),
		known("provider_us", a->provider_us),
		known("database_us", a->database_us),
		known("sent", a->sent),
		LOG_S("address", a->address),
		LOG_S("slow", slow ? "yes" : NULL),
		{ 0 },
	};

	log_write(warn ? LEVEL_WARN : LEVEL_INFO, "request", fields);
}
