/* SPDX-License-Identifier: MIT */
/* Each key is a row, and the row is its documentation. */
#include "conf/keys.h"

#include "conf/conf.h"

#include <stdbool.h>
#include <string.h>

/* clang-format off */
#define AT(member) offsetof(struct conf, member)
#define EACH(member) offsetof(struct conf_oidc, member)
#define RULE(member) offsetof(struct conf_rule, member)
#define BOOL(path, member, preset, help)                                       \
	{ path, TYPE_BOOL, AT(member), preset, 0, 1, NULL, 0, help }
#define CHOICE(path, member, preset, choices, help)                            \
	{ path, TYPE_CHOICE, AT(member), preset, 0, 64, choices, 0, help }
#define INT(path, member, preset, min, max, help)                              \
	{ path, TYPE_INT, AT(member), preset, min, max, NULL, 0, help }
#define LIST(path, member, preset, help)                                       \
	{ path, TYPE_LIST, AT(member), preset, 0, 2048, NULL, 0, help }
#define MS(path, member, preset, min, max, help)                               \
	{ path, TYPE_MS, AT(member), preset, min, max, NULL, 0, help }
#define LISTF(path, member, preset, flags, help)                               \
	{ path, TYPE_LIST, AT(member), preset, 0, 2048, NULL, flags, help }
#define OIDC_BOOL(member, preset, help)                                        \
	{ "oidc." #member, TYPE_BOOL, EACH(member), preset, 0, 1, NULL,        \
	    KEY_EACH, help }
#define OIDC_LIST(member, preset, help)                                        \
	{ "oidc." #member, TYPE_LIST, EACH(member), preset, 0, 2048, NULL,     \
	    KEY_EACH, help }
#define OIDC_MS(member, preset, min, max, help)                                \
	{ "oidc." #member, TYPE_MS, EACH(member), preset, min, max, NULL,      \
	    KEY_EACH, help }
#define OIDC_STR(member, preset, help)                                         \
	{ "oidc." #member, TYPE_STR, EACH(member), preset, 0, 2048, NULL,      \
	    KEY_EACH, help }
#define RULE_BOOL(member, preset, help)                                        \
	{ "guard.rules." #member, TYPE_BOOL, RULE(member), preset, 0, 1, NULL, \
	    KEY_EACH, help }
#define RULE_CHOICE(member, preset, choices, help)                             \
	{ "guard.rules." #member, TYPE_CHOICE, RULE(member), preset, 0, 64,    \
	    choices, KEY_EACH, help }
#define RULE_LIST(member, preset, help)                                        \
	{ "guard.rules." #member, TYPE_LIST, RULE(member), preset, 0, 256,     \
	    NULL, KEY_EACH, help }
#define RULE_MS(member, preset, min, max, help)                                \
	{ "guard.rules." #member, TYPE_MS, RULE(member), preset, min, max,     \
	    NULL, KEY_EACH, help }
#define RULE_STR(member, preset, help)                                         \
	{ "guard.rules." #member, TYPE_STR, RULE(member), preset, 0, 2048,     \
	    NULL, KEY_EACH, help }
#define SECRET(path, member, preset, flags, help)                              \
	{ path, TYPE_SECRET, AT(member), preset, 0, 4096, NULL, flags, help }
#define RATE(path, member, preset, help)                                       \
	{ path, TYPE_RATE, AT(member), preset, 0, 64, NULL, 0, help }
#define SECRETS(path, member, preset, flags, help)                             \
	{ path, TYPE_SECRETS, AT(member), preset, 0, 4096, NULL, flags, help }
#define SHARE(path, member, preset, help)                                      \
	{ path, TYPE_SHARE, AT(member), preset, 0, CONF_SHARE_ALL, NULL, 0,    \
	    help }
#define SIZE(path, member, preset, min, max, help)                             \
	{ path, TYPE_SIZE, AT(member), preset, min, max, NULL, 0, help }
#define STR(path, member, preset, flags, help)                                 \
	{ path, TYPE_STR, AT(member), preset, 0, 2048, NULL, flags, help }
#define TTL(path, member, preset, word, max, help)                             \
	{ path, TYPE_TTL, AT(member), preset, 0, max, word, 0, help }

enum { SECOND = 1000, MINUTE = 60 * SECOND, DAY = 24 * 60 * MINUTE };

const struct conf_key conf_keys[] = {
LIST("providers", providers, "ory",
    "identity providers to ask, first one first"),
STR("public_url", public_url, "", 0,
    "the origin browsers see, e.g. https://www.example.com; empty: unknown"),
STR("base_path", base_path, "", 0,
    "prefix of every route, e.g. /api; empty: none"),
STR("listen", listen, "", KEY_START,
    "unix:/path or tcp:address:port; empty: descriptor 0 or systemd"),
{ "listen_mode", TYPE_MODE, AT(listen_mode), "0660", 0, 0777, NULL, KEY_START,
    "permissions of the unix socket" },
STR("listen_group", listen_group, "", KEY_START,
    "group of the unix socket, usually the web server's; empty: ours"),
STR("pid_file", pid_file, "", KEY_START,
    "where the supervisor writes its process id; empty: nowhere"),
SIZE("max_body", max_body, "64KiB", 1024, 1 << 20,
    "longest request body; a longer one is 413"),
INT("bio_max", bio_max, "2000", 1, 100000,
    "longest bio in characters"),

STR("ory.project_slug", ory.project_slug, "", 0,
    "project on the Ory Network; gives the url and the cookie name"),
STR("ory.url", ory.url, "", 0,
    "where we reach a self-hosted Ory (its public listener)"),
STR("ory.browser_url", ory.browser_url, "", 0,
    "where browsers reach it; empty: the same"),
STR("ory.ui_url", ory.ui_url, "", 0,
    "pages of its user interface; empty: its redirects (Network: /ui)"),
BOOL("ory.cookies", ory.cookies, "true",
    "accept its session cookie, not only tokens"),
LIST("ory.cookie_names", ory.cookie_names, NULL,
    "names of its session cookie; empty: the usual ones"),
MS("ory.timeout", ory.timeout, "1500ms", 50, MINUTE,
    "longest wait for one answer of it"),
STR("ory.ca_file", ory.ca_file, "", 0,
    "certificates to trust, PEM; empty: the system's"),
BOOL("ory.insecure_http", ory.insecure_http, "false",
    "allow plain http to more than loopback"),
TTL("ory.cache_ttl", ory.cache_ttl, "provider", "provider", MINUTE,
    "how long its answer holds; provider: as long as it says itself"),
TTL("ory.write_ttl", ory.write_ttl, "", "", MINUTE,
    "the same for requests that write; empty: as for those that read"),
MS("ory.stale_if_error", ory.stale_if_error, "0s", 0, 60 * MINUTE,
    "how old an answer may be for a read while it cannot be asked"),
STR("ory.email", ory.email, "traits.email", 0,
    "member of the identity that holds the email address"),
STR("ory.name", ory.name, "traits.name", 0,
    "member that holds the name: a string, or first and last"),
STR("ory.roles", ory.roles, "", 0,
    "member that holds the roles, a list of strings; empty: none"),
STR("ory.admin_url", ory.admin_url, "", KEY_ASIDE,
    "where we reach its admin listener; empty: the Network's, or none"),
SECRET("ory.admin_token", ory.admin_token, "", KEY_HIDE | KEY_ASIDE,
    "token for its admin interface, ory_pat_ on the Network"),
SECRETS("ory.webhook_secret", ory.webhook_secret, NULL, KEY_HIDE | KEY_ASIDE,
    "what its web hooks must bring along; empty: there is no such route"),

SECRET("clerk.secret_key", clerk.secret_key, "", KEY_HIDE,
    "secret key of the Clerk instance: its key set and users"),
SECRET("clerk.jwt_key", clerk.jwt_key, "", KEY_PUBLIC,
    "public key of its tokens, PEM or file:/path; then no key set is asked"),
STR("clerk.publishable_key", clerk.publishable_key, "", 0,
    "pk_live_ or pk_test_ key: issuer, cookie suffix, sign-in pages"),
LISTF("clerk.issuer", clerk.issuer, NULL, KEY_OR_ONE,
    "issuers of its tokens; empty: by the publishable key"),
LIST("clerk.authorized_parties", clerk.authorized_parties, NULL,
    "origins whose pages may use a token (azp); empty: any, which is warned"),
BOOL("clerk.native_apps", clerk.native_apps, "false",
    "a token in a header may lack azp, as those of native apps do"),
LIST("clerk.audience", clerk.audience, NULL,
    "accepted aud values; empty: aud is not looked at"),
MS("clerk.clock_skew", clerk.clock_skew, "5s", 0, 5 * MINUTE,
    "how far our clock and its may differ"),
BOOL("clerk.cookies", clerk.cookies, "true",
    "accept its __session cookie, not only tokens"),
STR("clerk.api_url", clerk.api_url, "https://api.clerk.com", 0,
    "its Backend API"),
MS("clerk.timeout", clerk.timeout, "1500ms", 50, MINUTE,
    "longest wait for one answer of it"),
STR("clerk.sign_in_url", clerk.sign_in_url, "", 0,
    "sign-in page; empty: the Account Portal's"),
STR("clerk.sign_out_url", clerk.sign_out_url, "", 0,
    "page to sign out at; empty: the Account Portal's user page"),
MS("clerk.user_ttl", clerk.user_ttl, "5m", 0, DAY,
    "how long a user's email and name are kept before they are asked anew"),
STR("clerk.email_claim", clerk.email_claim, "", 0,
    "claim that holds the email address; then users are not looked up"),
SECRETS("clerk.webhook_secret", clerk.webhook_secret, NULL,
    KEY_HIDE | KEY_ASIDE,
    "whsec_ keys that sign its webhooks; empty: there is no such route"),

OIDC_STR(name, "",
    "name of the provider, as in providers and in the database"),
OIDC_STR(issuer, "",
    "issuer of its tokens; discovery starts here"),
OIDC_LIST(audience, NULL,
    "accepted aud values, at least one"),
OIDC_STR(jwks_url, "",
    "its key set; empty: by discovery"),
OIDC_LIST(algorithms, "RS256",
    "accepted signature algorithms: RS, PS, ES 256, 384, 512, EdDSA"),
OIDC_STR(client_id, "",
    "client of the front end, told by login-info"),
OIDC_STR(login_url, "",
    "where to sign in, told by login-info"),
OIDC_STR(logout_url, "",
    "where to sign out, told by login-info"),
OIDC_STR(registration_url, "",
    "where to sign up, told by login-info"),
OIDC_STR(email_claim, "email",
    "claim that holds the email address"),
OIDC_STR(name_claim, "name",
    "claim that holds the name"),
OIDC_STR(roles_claim, "",
    "claim that holds the roles, a list of strings; empty: none"),
OIDC_LIST(aal2_acr, NULL,
    "acr values that mean a second factor"),
OIDC_LIST(aal2_amr, NULL,
    "amr values that mean a second factor, one of them suffices"),
OIDC_BOOL(require_aal2, "false",
    "a token without a second factor needs step-up"),
OIDC_MS(clock_skew, "5s", 0, 5 * MINUTE,
    "how far our clock and its may differ"),
OIDC_MS(timeout, "1500ms", 50, MINUTE,
    "longest wait for one answer of it"),
OIDC_STR(ca_file, "",
    "certificates to trust, PEM; empty: the system's"),

SECRET("database.url", database.url, "postgresql:///gatehouse", 0,
    "PostgreSQL connection URI or string"),
BOOL("database.migrate", database.migrate, "true",
    "a preforked start applies missing migrations"),
BOOL("database.prepare", database.prepare, "true",
    "prepared statements; false for PgBouncer in transaction mode"),
MS("database.connect_timeout", database.connect_timeout, "2s", 50, MINUTE,
    "longest wait for a connection"),
MS("database.statement_timeout", database.statement_timeout, "2s", 50, MINUTE,
    "longest run of a statement, enforced by the server too"),

INT("workers.min", workers.min, "2", 1, 1024,
    "worker processes that are always there"),
INT("workers.max", workers.max, "8", 1, 1024,
    "worker processes under load"),
MS("workers.request_timeout", workers.request_timeout, "4s", 100, MINUTE,
    "budget of one request; every wait ends within it"),
MS("workers.stop_timeout", workers.stop_timeout, "7s", 1 * SECOND, 5 * MINUTE,
    "time for requests in hand at a stop, then SIGKILL"),
INT("workers.max_requests", workers.max_requests, "0", 0, 999999,
    "a worker leaves after so many requests; 0: never"),

STR("cache.path", cache.path, "", KEY_START,
    "folder of the memory that workers share; empty: private, or a search"),
{ "cache.size", TYPE_SIZE, AT(cache.size), "16MiB", 4 << 20, 1 << 30, NULL,
    KEY_START, "size of that memory" },

MS("revocation.bound", revocation.bound, "5s", 1 * SECOND, MINUTE,
    "how late this host may learn of a revocation on another"),
MS("revocation.keep", revocation.keep, "30d", 7 * DAY, 365LL * DAY,
    "how long revocations, tombstones and webhook ids are remembered"),

RATE("rate.per_address", rate.per_address, "",
    "requests of one client address, e.g. 20/s burst 40; empty: any"),
RATE("rate.per_subject", rate.per_subject, "",
    "requests of one user who is signed in; empty: any"),

RULE_STR(path, "",
    "what the rule is for: this and all below; * ? and ** may stand in it"),
RULE_LIST(methods, NULL,
    "request methods that it is for, GET with HEAD; empty: all"),
RULE_CHOICE(access, "signed-in", "signed-in|anyone|nobody",
    "who may pass: those signed in that meet all of the following"),
RULE_LIST(providers, NULL,
    "signed in at one of these; empty: at any"),
RULE_LIST(organizations, NULL,
    "acting for one of these, by id or slug; empty: any or none"),
RULE_LIST(roles_any, NULL,
    "with at least one of these roles; empty: any or none"),
RULE_LIST(roles_all, NULL,
    "with all of these roles"),
RULE_LIST(permissions_any, NULL,
    "with at least one of these permissions; empty: any or none"),
RULE_LIST(permissions_all, NULL,
    "with all of these permissions"),
RULE_LIST(email_domains, NULL,
    "with a verified email address of one of these; empty: any or none"),
RULE_LIST(subjects, NULL,
    "one of these users: name, or provider:name; empty: any"),
RULE_CHOICE(aal, "", "|aal1|aal2|aal3",
    "least assurance level, aal2 is a second factor; empty: any"),
RULE_MS(max_age, "0s", 0, 30LL * DAY,
    "how long ago the factors may have been shown at most; 0s: any time"),
RULE_BOOL(contact, "false",
    "email and name are passed on, though a provider has to be asked"),
RULE_BOOL(cross_site, "false",
    "pages of other sites may write with a visitor's cookie"),

LIST("cors.allow_origins", cors.allow_origins, NULL,
    "other origins whose pages may call us with credentials"),
MS("cors.max_age", cors.max_age, "10m", 0, DAY,
    "how long a browser may remember a preflight answer"),

CHOICE("log.level", log.level, "info", "error|warn|info|debug",
    "least important lines to write"),
CHOICE("log.format", log.format, "json", "json|text",
    "one JSON object a line, or text for people"),
STR("log.target", log.target, "stderr", 0,
    "stderr, syslog, journal or file:/path"),
MS("log.slow", log.slow, "1s", 1, MINUTE,
    "a request over this is logged as a warning"),

STR("trace.file", trace.file, "", 0,
    "file to append traces to, OTLP JSON; empty: none"),
STR("trace.endpoint", trace.endpoint, "", 0,
    "OTLP/HTTP collector, .../v1/traces; empty: none; preforked only"),
SHARE("trace.sample", trace.sample, "1.0",
    "share of requests traced; errors and slow ones are in any case"),

LIST("metrics.allow", metrics.allow, NULL,
    "addresses and networks that may see /metrics and /status; empty: off"),
{ .path = NULL },
};
/* clang-format on */

const struct conf_each conf_each[] = {
	{ "oidc", AT(oidc), sizeof(struct conf_oidc), AT(n_oidc), 0,
	    CONF_OIDC_MAX },
	{ "guard.rules", AT(guard.rules), sizeof(struct conf_rule),
	    AT(guard.n_rules), RULE(place), CONF_RULES_MAX },
	{ .path = NULL },
};

const struct conf_key *
keys_find(const char *path)
{
	for (const struct conf_key *k = conf_keys; k->path != NULL; k++)
		if (strcmp(k->path, path) == 0)
			return k;
	return NULL;
}

/* The key is of the group, or of one in it. */
static bool
is_below(const struct conf_key *k, const char *group)
{
	size_t n = strlen(group);

	return strncmp(k->path, group, n) == 0 && k->path[n] == '.';
}

const struct conf_key *
keys_find_group(const char *path)
{
	for (const struct conf_key *k = conf_keys; k->path != NULL; k++)
		if (is_below(k, path))
			return k;
	return NULL;
}

const struct conf_each *
keys_find_each(const char *path)
{
	for (const struct conf_each *l = conf_each; l->path != NULL; l++)
		if (strcmp(l->path, path) == 0)
			return l;
	return NULL;
}

const struct conf_each *
keys_each(const struct conf_key *k)
{
	for (const struct conf_each *l = conf_each; l->path != NULL; l++)
		if (is_below(k, l->path))
			return l;
	return NULL;
}
