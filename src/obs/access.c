/* SPDX-License-Identifier: MIT */
/* The access line. */
#include "obs/access.h"

#include "base/log.h"
#include "base/redact.h"
#include "base/str.h"

/* Numbers that are not known are left out. */
static struct log_field
known(const char *key, int64_t value)
{
	if (value > 0)
		return (struct log_field)LOG_I(key, value);
	return (struct log_field)LOG_S(key, NULL);
}

bool
access_is_slow(const struct access *a, int64_t slow_ms)
{
	return a->took_us > slow_ms * 1000;
}

/* Whoever sends no method at all may send anything in its place. */
static const char *
method_of(const struct access *a)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

	if (a->method == NULL || a->method[0] == '\0' ||
	    str_is_from(a->method, set, 1, ACCESS_METHOD_MAX))
		return a->method;
	return "(malformed)";
}

void
access_log(const struct access *a, int64_t slow_ms)
{
	char path[LOG_VALUE_MAX + 1];
	bool slow = access_is_slow(a, slow_ms);
	bool warn = slow || a->status >= 500 || a->trouble != NULL;
	const struct log_field fields[] = {
		LOG_S("request_id", a->request_id),
		LOG_S("trace_id", a->trace_id),
		LOG_BARE_S("method", method_of(a)),
		LOG_BARE_S("path", redact_path(a->path, path, sizeof(path))),
		LOG_S("route", a->route),
		LOG_S("rule", a->rule),
		LOG_BARE_I("status", a->status),
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
		LOG_S("detail", slow ? a->detail : NULL),
		{ 0 },
	};

	log_write(warn ? LEVEL_WARN : LEVEL_INFO, "request", fields);
}
