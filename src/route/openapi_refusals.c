/* SPDX-License-Identifier: MIT */
/* Codes and statuses come from route/reply, and so do reasons. */
#include "route/openapi_refusals.h"

#include "base/buf.h"
#include "route/openapi_doc.h"
#include "route/route.h"

/* clang-format off */
static const struct refusal_row rows[REFUSALS] = {
[REFUSAL_BAD_REQUEST] = { "BadRequest", PROBLEM_BAD_REQUEST, NULL,
    NULL, NULL, "It can be read in two ways, or not at all." },
[REFUSAL_INVALID_FIELDS] = { "InvalidFields", PROBLEM_BAD_REQUEST,
    REASON_INVALID_FIELDS, "fields", "FieldProblems",
    "Fields of the body are wrong: all of them are named." },
[REFUSAL_UNAUTHENTICATED] = { "Unauthenticated", PROBLEM_UNAUTHENTICATED, NULL,
    NULL, NULL, "There is no credential, or not a good one." },
[REFUSAL_STEP_UP] = { "SecondFactorRequired", PROBLEM_FORBIDDEN,
    REASON_STEP_UP, "stepUpUrl", "StepUpUrl",
    "Who it is is known; a second factor is missing." },
[REFUSAL_NOT_ALLOWED] = { "NotAllowed", PROBLEM_FORBIDDEN, REASON_NOT_ALLOWED,
    NULL, NULL, "The rule of the guarded place is not for this user." },
[REFUSAL_CROSS_SITE] = { "CrossSite", PROBLEM_FORBIDDEN, REASON_CROSS_SITE,
    NULL, NULL, "A page of another site asks, in the name of a cookie." },
[REFUSAL_FORBIDDEN] = { "Forbidden", PROBLEM_FORBIDDEN, NULL,
    NULL, NULL, "It is not for this address." },
[REFUSAL_NO_PAGE] = { "NoPage", PROBLEM_NOT_FOUND, NULL,
    NULL, NULL, "No such page is configured." },
[REFUSAL_TOO_LARGE] = { "BodyTooLarge", PROBLEM_TOO_LARGE, NULL,
    NULL, NULL, "The body is over the limit." },
[REFUSAL_MEDIA_TYPE] = { "MediaType", PROBLEM_MEDIA_TYPE, NULL,
    NULL, NULL, "With a cookie, and the body is not application/json." },
[REFUSAL_LIMITED] = { "RateLimited", PROBLEM_LIMITED, REASON_RATE,
    NULL, NULL, "Too many requests of an address, or of a user." },
[REFUSAL_INTERNAL] = { "Internal", PROBLEM_INTERNAL, NULL,
    NULL, NULL, "Our fault; the log tells." },
[REFUSAL_PROVIDER] = { "ProviderUnavailable", PROBLEM_UNAVAILABLE,
    REASON_PROVIDER, NULL, NULL,
    "The provider could not be asked: nobody has been signed out." },
[REFUSAL_DATABASE] = { "DatabaseUnavailable", PROBLEM_UNAVAILABLE,
    REASON_DATABASE, NULL, NULL, "The database could not be asked." },
[REFUSAL_NOT_READY] = { "NotReady", PROBLEM_UNAVAILABLE,
    REASON_DATABASE, "parts", "Parts",
    "Without the database no useful answers can be given." },
[REFUSAL_UNAVAILABLE] = { "Unavailable", PROBLEM_UNAVAILABLE, NULL,
    NULL, NULL, "It could not be done: send it again." },
};

/* Which needs, together, bring them about. */
static const struct {
	enum refusal refusal;
	int need;
} follow[] = {
	{ REFUSAL_BAD_REQUEST, NEED_NOTHING },
	{ REFUSAL_UNAUTHENTICATED, NEED_IDENTITY },
	{ REFUSAL_STEP_UP, NEED_IDENTITY },
	{ REFUSAL_CROSS_SITE, NEED_IDENTITY | NEED_BODY },
	{ REFUSAL_TOO_LARGE, NEED_BODY },
	{ REFUSAL_MEDIA_TYPE, NEED_IDENTITY | NEED_BODY },
	{ REFUSAL_LIMITED, NEED_RATE },
	{ REFUSAL_INTERNAL, NEED_NOTHING },
	{ REFUSAL_PROVIDER, NEED_IDENTITY },
};
/* clang-format on */

static const struct {
	enum problem problem;
	const char *field, *header; /* component */
} fields[] = {
	{ PROBLEM_UNAUTHENTICATED, "WWW-Authenticate", "Authenticate" },
	{ PROBLEM_LIMITED, "Retry-After", "RetryAfter" },
	{ PROBLEM_UNAVAILABLE, "Retry-After", "RetryAfter" },
};

const struct refusal_row *
refusal_row(enum refusal r)
{
	return &rows[r];
}

bool
refusal_follows(enum refusal r, int need)
{
	for (size_t i = 0; i < sizeof(follow) / sizeof(follow[0]); i++)
		if (follow[i].refusal == r &&
		    (need & follow[i].need) == follow[i].need)
			return true;
	return false;
}

static void
add_details(const struct refusal_row *row, struct buf *b)
{
	if (row->reason == NULL) {
		buf_str(b, "{\"type\":\"null\"}");
		return;
	}
	buf_str(b, "{\"type\":\"object\",\"required\":[\"reason\"");
	if (row->member != NULL) {
		buf_char(b, ',');
		buf_json(b, row->member);
	}
	buf_str(b, "],\"properties\":{\"reason\":{\"const\":");
	buf_json(b, row->reason);
	buf_char(b, '}');
	if (row->member != NULL) {
		doc_member(b, row->member);
		doc_ref(b, "schemas", row->schema);
	}
	buf_str(b, "},\"additionalProperties\":false}");
}

void
refusal_schema(enum refusal r, struct buf *b)
{
	const struct refusal_row *row = &rows[r];

	buf_str(b, "{\"description\":");
	buf_json(b, row->when);
	buf_str(b, ",\"allOf\":[{\"$ref\":\"#/components/schemas/Problem\"},"
		   "{\"type\":\"object\",\"required\":[\"code\",\"details\"],"
		   "\"properties\":{\"code\":{\"const\":");
	buf_json(b, reply_fact(row->problem)->code);
	buf_str(b, "},\"details\":");
	add_details(row, b);
	buf_str(b, "}}]}");
}

void
refusal_headers(enum problem p, struct buf *b)
{
	doc_member(b, "X-Request-Id");
	doc_ref(b, "headers", "RequestId");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].problem != p)
			continue;
		doc_member(b, fields[i].field);
		doc_ref(b, "headers", fields[i].header);
	}
}

void
refusal_response(enum refusal r, struct buf *b)
{
	buf_str(b, "{\"description\":");
	buf_json(b, rows[r].when);
	buf_str(b, ",\"headers\":{");
	refusal_headers(rows[r].problem, b);
	buf_str(b, "},\"content\":{\"application/json\":{\"schema\":");
	doc_ref(b, "schemas", rows[r].name);
	buf_str(b, "}}}");
}
