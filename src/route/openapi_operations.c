/* SPDX-License-Identifier: MIT */
/* Texts are for front-end developers who read the page of the API. */
#include "route/openapi_operations.h"

#include "route/route.h"

#include <stddef.h>
#include <string.h>

#define HTML OPERATION_PAGE_TYPE

/* clang-format off */
const struct operation_tag operation_tags[] = {
{ "user", "What belongs to the signed-in user." },
{ "sign-in", "Where to sign in and out, and whether somebody is." },
{ "webhooks", "What providers report." },
{ "operation", "For load balancers, administrators and tools." },
{ NULL, NULL },
};

const struct operation operations[] = {
{
	.route = "check", .id = "checkSession", .tag = "sign-in",
	.summary = "Is somebody signed in, and who?",
	.about = "The identity stands in the header. A web server that asks "
	    "about another request names it by FastCGI parameters; then the "
	    "rules of the guard decide.",
	.also = NEED_IDENTITY,
	.good = { { .status = 204, .about = "Yes.", .header = "Identity",
	    .fields = { "X-Auth-Provider", "X-Auth-User", "X-Auth-Session",
		"X-Auth-Email", "X-Auth-Name", "X-Auth-Org", "X-Auth-Roles",
		"X-Auth-Aal" } } },
	.refusals = { REFUSAL_NOT_ALLOWED, REFUSAL_CROSS_SITE },
	.tells_server = true,
}, {
	.route = "login", .id = "signIn", .tag = "sign-in",
	.summary = "To the provider's sign-in page",
	.about = "For a link or a redirect: the browser comes back signed in.",
	.parameters = { "returnTo", "provider", "registration" },
	.good = { { .status = 303, .about = "The page is there.",
	    .header = "Location", .fields = { "Location" } } },
	.refusals = { REFUSAL_NO_PAGE },
	.pages = { 400, 404 },
}, {
	.route = "login_info", .id = "getLoginInfo", .tag = "sign-in",
	.summary = "Where to sign in",
	.about = "For pages and programs that start a sign-in by themselves.",
	.parameters = { "returnTo" },
	.good = { { .status = 200, .about = "The providers.",
	    .schema = "LoginInfo" } },
}, {
	.route = "logout", .id = "signOut", .tag = "sign-in",
	.summary = "To where the session ends",
	.parameters = { "returnTo", "provider" },
	.good = {
	    { .status = 200, .about = "A page that asks, as the browser comes "
		"from another site.", .types = { HTML } },
	    { .status = 303, .about = "The session ends there, or there was "
		"none.", .header = "Location", .fields = { "Location" } } },
	.refusals = { REFUSAL_CROSS_SITE, REFUSAL_NO_PAGE, REFUSAL_PROVIDER },
	.pages = { 400, 404, 503 },
}, {
	.route = "refresh", .id = "refreshSession", .tag = "sign-in",
	.summary = "A page that renews Clerk's session cookie",
	.about = "For browsers: it goes on to return_to by itself.",
	.parameters = { "returnTo" },
	.good = { { .status = 200, .about = "The page.",
	    .types = { HTML } } },
}, {
	.route = "health", .id = "getHealth", .tag = "operation",
	.summary = "Does the process answer?",
	.about = "Touches nothing outside.",
	.good = { { .status = 200, .about = "Yes.", .schema = "Health" } },
}, {
	.route = "hook_clerk", .id = "takeClerkEvent", .tag = "webhooks",
	.summary = "Takes an event of Clerk's",
	.also = NEED_BODY, .scheme = "clerkSignature",
	.parameters = { "svixId", "svixTimestamp" }, .body = "ClerkEvent",
	.good = { { .status = 204, .about = "It is stored, was before, or "
	    "means nothing here." } },
	.refusals = { REFUSAL_UNAUTHENTICATED, REFUSAL_DATABASE,
	    REFUSAL_UNAVAILABLE },
}, {
	.route = "hook_ory", .id = "takeOryEvent", .tag = "webhooks",
	.summary = "Takes an event of Ory's",
	.also = NEED_BODY, .scheme = "orySecret",
	.parameters = { "oryTrigger" }, .body = "OryEvent",
	.good = { { .status = 204, .about = "It is stored, was before, or "
	    "means nothing here." } },
	.refusals = { REFUSAL_UNAUTHENTICATED, REFUSAL_DATABASE,
	    REFUSAL_UNAVAILABLE },
}, {
	.route = "metrics", .id = "getMetrics", .tag = "operation",
	.summary = "What this host counted and measured",
	.about = "For Prometheus; OpenMetrics where Accept asks for it.",
	.good = { { .status = 200, .about = "All of the host.",
	    .types = { "text/plain; version=0.0.4; charset=utf-8",
		"application/openmetrics-text; version=1.0.0; "
		"charset=utf-8" } } },
	.refusals = { REFUSAL_FORBIDDEN },
}, {
	.route = "openapi", .id = "getOpenApi", .tag = "operation",
	.summary = "This description",
	.good = { { .status = 200, .about = "OpenAPI 3.1.",
	    .schema = "OpenApi" } },
}, {
	.route = "ready", .id = "getReadiness", .tag = "operation",
	.summary = "Can useful answers be given?",
	.about = "Looks at the database and the providers, at most every two "
	    "seconds a host.",
	.good = { { .status = 200, .about = "Yes.",
	    .schema = "Readiness" } },
	.refusals = { REFUSAL_NOT_READY },
}, {
	.route = "status", .id = "getStatus", .tag = "operation",
	.summary = "What each worker does now",
	.about = "A page for a browser that opens it, JSON for all else; ?json "
	    "is JSON in any case.",
	.good = { { .status = 200, .about = "All of the service.",
	    .schema = "Status", .types = { HTML } } },
	.refusals = { REFUSAL_FORBIDDEN },
}, {
	.route = "preferences", .id = "savePreferences", .tag = "user",
	.summary = "Saves preferences",
	.about = "It may be repeated: saving twice is saving once.",
	.body = "Preferences",
	.good = { { .status = 200, .about = "They are saved.",
	    .schema = "Saved" } },
	.refusals = { REFUSAL_INVALID_FIELDS, REFUSAL_DATABASE },
}, {
	.route = "profile", .id = "getProfile", .tag = "user",
	.summary = "Who is signed in, and their preferences",
	.about = "Somebody who comes for the first time has the presets.",
	.good = { { .status = 200, .about = "The signed-in user.",
	    .schema = "Profile" } },
	.refusals = { REFUSAL_DATABASE },
}, { .route = NULL },
};
/* clang-format on */

const struct operation *
operation_find(const char *route)
{
	for (const struct operation *o = operations; o->route != NULL; o++)
		if (strcmp(o->route, route) == 0)
			return o;
	return NULL;
}
