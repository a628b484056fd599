/* SPDX-License-Identifier: MIT */
/* Rendering of answers. */
#include "route/reply.h"

#include "base/arena.h"
#include "base/str.h"

#include <string.h>

enum { HEADERS_FIRST = 512, BODY_FIRST = 512, EVERY_ANSWER_MAX = 640 };

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 204, "No Content" },
	{ 303, "See Other" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 429, "Too Many Requests" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
};

static const struct reply_fact problems[PROBLEMS] = {
	[PROBLEM_BAD_REQUEST] = { 400, "invalid_argument",
	    "the request is invalid" },
	[PROBLEM_UNAUTHENTICATED] = { 401, "unauthenticated",
	    "the request does not have valid authentication credentials for "
	    "the operation" },
	[PROBLEM_FORBIDDEN] = { 403, "permission_denied",
	    "the caller does not have permission to execute the specified "
	    "operation" },
	[PROBLEM_NOT_FOUND] = { 404, "not_found", "endpoint not found" },
	[PROBLEM_METHOD] = { 405, "unimplemented",
	    "the method is not allowed for this endpoint" },
	[PROBLEM_TOO_LARGE] = { 413, "invalid_argument",
	    "the request body is too large" },
	[PROBLEM_MEDIA_TYPE] = { 415, "invalid_argument",
	    "the request body must be application/json" },
	[PROBLEM_LIMITED] = { 429, "resource_exhausted", "too many requests" },
	[PROBLEM_INTERNAL] = { 500, "internal", "an internal error occurred" },
	[PROBLEM_UNAVAILABLE] = { 503, "unavailable",
	    "the service is currently unavailable" },
};

/* On every answer, whoever asks: nothing personal may be kept on the way. */
static const char every_answer[] =
    "Cache-Control: private, no-store\r\n"
    "Vary: Cookie, Authorization, X-Session-Token, Origin\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Accept-Ranges: none\r\n"
    "Content-Security-Policy: ";

static const char nothing_at_all[] =
    "default-src 'none'; frame-ancestors 'none'";

static const char last_resort[] =
    "Status: 500 Internal Server Error\r\n"
    "Content-Type: application/json\r\n"
    "Cache-Control: private, no-store\r\n"
    "\r\n"
    "{\"code\":\"internal\",\"message\":\"an internal error occurred\","
    "\"details\":null}";

void
reply_init(struct reply *r, struct arena *a)
{
	*r = (struct reply){ .status = 500 };
	buf_init(&r->headers, a, HEADERS_FIRST);
	buf_init(&r->body, a, BODY_FIRST);
}

bool
reply_header(struct reply *r, const char *name, const char *value)
{
	size_t n = strlen(name) + strlen(value) + 4;

	if (!str_is_header_safe(value) ||
	    r->headers.len + n + EVERY_ANSWER_MAX > REPLY_HEADERS_MAX)
		return false;
	buf_str(&r->headers, name);
	buf_add(&r->headers, ": ", 2);
	buf_str(&r->headers, value);
	buf_add(&r->headers, "\r\n", 2);
	return !r->headers.failed;
}

static const char *
reason_of(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

static void
add_fields(struct reply *r, bool has_body, struct buf *out)
{
	if (has_body) {
		buf_str(out, "Content-Type: ");
		buf_str(out, r->type == NULL ? "application/json" : r->type);
		buf_str(out, "\r\nContent-Length: ");
		buf_int(out, (int64_t)r->body.len);
		buf_str(out, "\r\n");
	}
	buf_add(out, every_answer, sizeof(every_answer) - 1);
	buf_str(out, r->csp == NULL ? nothing_at_all : r->csp);
	buf_str(out, "\r\n");
}

const char *
reply_render(struct reply *r, struct arena *a, size_t *len)
{
	bool has_body = r->status != 204 && !r->bare;
	struct buf out;

	buf_init(&out, a, 1024 + r->headers.len + r->body.len);
	buf_str(&out, "Status: ");
	buf_int(&out, r->status);
	buf_char(&out, ' ');
	buf_str(&out, reason_of(r->status));
	buf_str(&out, "\r\n");
	if (!r->bare)
		add_fields(r, has_body, &out);
	buf_add(&out, r->headers.data, r->headers.len);
	buf_str(&out, "\r\n");
	if (has_body && !r->head)
		buf_add(&out, r->body.data, r->body.len);
	if (out.failed || r->headers.failed || r->body.failed) {
		r->status = 500;
		*len = sizeof(last_resort) - 1;
		return last_resort;
	}
	*len = out.len;
	return out.data;
}

const struct reply_fact *
reply_fact(enum problem p)
{
	return &problems[p];
}

void
reply_redirect(struct reply *r, const char *url)
{
	r->status = 303;
	r->body.len = 0;
	if (!reply_header(r, "Location", url))
		reply_problem(r, PROBLEM_INTERNAL, NULL, NULL);
}

void
reply_problem(struct reply *r, enum problem p, const char *message,
    const char *details)
{
	r->status = problems[p].status;
	r->reason = NULL;
	r->body.len = 0;
	buf_str(&r->body, "{\"code\":\"");
	buf_str(&r->body, problems[p].code);
	buf_str(&r->body, "\",\"message\":");
	buf_json(&r->body, message == NULL ? problems[p].message : message);
	buf_str(&r->body, ",\"details\":");
	buf_str(&r->body, details == NULL ? "null" : details);
	buf_char(&r->body, '}');
}

void
reply_refusal(struct reply *r, enum problem p, const char *message,
    const char *reason)
{
	char details[96];
	struct buf b;

	buf_init_fixed(&b, details, sizeof(details));
	buf_str(&b, "{\"reason\":");
	buf_json(&b, reason);
	buf_char(&b, '}');
	reply_problem(r, p, message, buf_text(&b));
	r->reason = reason;
}

/* Whole seconds that a client may wait without asking in vain. */
static void
later(struct reply *r, enum problem p, const char *reason, int64_t seconds)
{
	enum { RETRY_MAX_S = 60 };
	char value[24];
	struct buf b;

	if (seconds > RETRY_MAX_S)
		seconds = RETRY_MAX_S;
	buf_init_fixed(&b, value, sizeof(value));
	buf_int(&b, seconds);
	reply_header(r, "Retry-After", buf_text(&b));
	reply_refusal(r, p, NULL, reason);
}

void
reply_unavailable(struct reply *r, const char *reason, int64_t retry_ms)
{
	enum { RETRY_PRESET_S = 2 };
	int64_t seconds = (retry_ms + 999) / 1000;

	later(r, PROBLEM_UNAVAILABLE, reason,
	    seconds < 1 ? RETRY_PRESET_S : seconds);
}

void
reply_limited(struct reply *r, int64_t retry_ms)
{
	int64_t seconds = (retry_ms + 999) / 1000;

	later(r, PROBLEM_LIMITED, REASON_RATE, seconds < 1 ? 1 : seconds);
}
