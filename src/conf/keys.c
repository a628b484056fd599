/* SPDX-License-Identifier: MIT */
/* Each key is a row, and the row is its documentation. */
#include "conf/keys.h"

#include "conf/conf.h"

/* clang-format off */
#define AT(member) offsetof(struct conf, member)
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
#define SECRET(path, member, preset, help)                                     \
	{ path, TYPE_SECRET, AT(member), preset, 0, 4096, NULL, 0, help }
#define SIZE(path, member, preset, min, max, help)                             \
	{ path, TYPE_SIZE, AT(member), preset, min, max, NULL, 0, help }
#define STR(path, member, preset, flags, help)                                 \
	{ path, TYPE_STR, AT(member), preset, 0, 2048, NULL, flags, help }

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
STR("ory.email", ory.email, "traits.email", 0,
    "member of the identity that holds the email address"),
STR("ory.name", ory.name, "traits.name", 0,
    "member that holds the name: a string, or first and last"),

SECRET("database.url", database.url, "postgresql:///gatehouse",
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
{ .path = NULL },
};
/* clang-format on */
