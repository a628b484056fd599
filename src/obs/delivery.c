/* SPDX-License-Identifier: MIT */
/* Statuses, the one member of an answer that counts, and pauses. */
#include "obs/delivery.h"

#include "base/str.h"
#include "io/js.h"

#include <stdlib.h>

enum delivery
delivery_judge(int status)
{
	static const int again[] = { 0, 429, 502, 503, 504 };

	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		if (status == again[i])
			return DELIVERY_AGAIN;
	return status / 100 == 2 ? DELIVERY_TAKEN : DELIVERY_REFUSED;
}

/* A 64-bit integer is a string in proto3's JSON; numbers are to be taken. */
int64_t
delivery_rejected(const char *body, size_t n)
{
	enum { DIGITS_MAX = 18 };
	struct err e = { 0 };
	struct json_object *doc = js_parse(body, n, &e);
	struct js_value v;
	int64_t rejected = 0;

	if (doc == NULL)
		return 0;
	v = js_get(doc, "partialSuccess.rejectedSpans");
	if (v.kind == JS_INT)
		rejected = v.num;
	else if (v.kind == JS_STRING &&
		 str_is_from(v.str, STR_DIGITS, 1, DIGITS_MAX))
		rejected = strtoll(v.str, NULL, 10);
	js_free(&doc);
	return rejected > 0 ? rejected : 0;
}

/* Half of it is certain, half is chance. */
int64_t
delivery_pause_ms(int failures, int64_t retry_after_ms, unsigned noise)
{
	int64_t ms = DELIVERY_PAUSE_FIRST_MS;

	if (retry_after_ms > 0)
		return retry_after_ms < DELIVERY_RETRY_AFTER_MAX_MS
			   ? retry_after_ms
			   : DELIVERY_RETRY_AFTER_MAX_MS;
	while (--failures > 0 && ms < DELIVERY_PAUSE_MAX_MS)
		ms *= 2;
	if (ms > DELIVERY_PAUSE_MAX_MS)
		ms = DELIVERY_PAUSE_MAX_MS;
	return ms / 2 + (int64_t)(noise % (unsigned)(ms / 2 + 1));
}
