/* SPDX-License-Identifier: MIT */
/* The configuration: one file in libconfig syntax, one struct, read once. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct arena;

enum { CONF_LIST_MAX = 32, CONF_OIDC_MAX = 8, CONF_RULES_MAX = 64 };

/* Times that are words: "provider", and "" for "as for reads". */
enum { CONF_TTL_PROVIDER = -1, CONF_TTL_SAME = -2 };

/* A share of 1.0: shares are kept in millionths. */
enum { CONF_SHARE_ALL = 1000000 };

struct conf_list {
	int n;
	const char *item[CONF_LIST_MAX];
};

/* Who guards the field is in keys.c: ranges, defaults, one line of help.
 * Times are milliseconds, sizes bytes; strings are never NULL. */
struct conf {
	const char *file; /* where it was read from */
	struct arena *arena;

	struct conf_list providers;
	const char *public_url;
	const char *base_path;
	const char *listen;
	int64_t listen_mode;
	const char *listen_group;
	const char *pid_file;
	int64_t max_body;
	int64_t bio_max;

	struct conf_ory {
		const char *project_slug;
		const char *url;
		const char *browser_url;
		const char *ui_url;
		bool cookies;
		struct conf_list cookie_names;
		int64_t timeout;
		const char *ca_file;
		bool insecure_http;
		int64_t cache_ttl; /* or CONF_TTL_PROVIDER */
		int64_t write_ttl; /* or CONF_TTL_SAME */
		int64_t stale_if_error;
		const char *email;
		const char *name;
		const char *roles;
		const char *admin_url;
		const char *admin_token;
		struct conf_list webhook_secret;
	} ory;

	struct conf_clerk {
		const char *secret_key;
		const char *jwt_key;
		const char *publishable_key;
		struct conf_list issuer;
		struct conf_list authorized_parties;
		bool native_apps;
		struct conf_list audience;
		int64_t clock_skew;
		bool cookies;
		const char *api_url;
		int64_t timeout;
		const char *sign_in_url;
		const char *sign_out_url;
		int64_t user_ttl;
		const char *email_claim;
		struct conf_list webhook_secret;
	} clerk;

	int n_oidc;
	struct conf_oidc {
		const char *name;
		const char *issuer;
		struct conf_list audience;
		const char *jwks_url;
		struct conf_list algorithms;
		const char *client_id;
		const char *login_url;
		const char *logout_url;
		const char *registration_url;
		const char *email_claim;
		const char *name_claim;
		const char *roles_claim;
		struct conf_list aal2_acr;
		struct conf_list aal2_amr;
		bool require_aal2;
		int64_t clock_skew;
		int64_t timeout;
		const char *ca_file;
	} oidc[CONF_OIDC_MAX];

	struct conf_database {
		const char *url;
		bool migrate;
		bool prepare;
		int64_t connect_timeout;
		int64_t statement_timeout;
	} database;

	struct conf_workers {
		int64_t min;
		int64_t max;
		int64_t request_timeout;
		int64_t stop_timeout;
		int64_t max_requests;
	} workers;

	struct conf_cache {
		const char *path;
		int64_t size;
	} cache;

	struct conf_revocation {
		int64_t bound;
		int64_t keep;
	} revocation;

	/* as rate_take() of shm/rate.h wants it */
	struct conf_rates {
		struct conf_rate {
			int64_t interval_us; /* 0: no limit */
			int64_t burst;
		} per_address, per_subject;
	} rate;

	/* what auth/policy.h decides by; the first that matches does */
	struct conf_guard {
		int n_rules;
		struct conf_rule {
			const char *path;
			const char *place; /* FILE:LINE; NULL: not known */
			struct conf_list methods;
			const char *access; /* signed-in, anyone, nobody */
			struct conf_list providers;
			struct conf_list organizations;
			struct conf_list roles_any;
			struct conf_list roles_all;
			struct conf_list permissions_any;
			struct conf_list permissions_all;
			struct conf_list email_domains;
			struct conf_list subjects;
			const char *aal; /* "": any */
			int64_t max_age; /* 0: any */
			bool contact;
			bool cross_site;
		} rules[CONF_RULES_MAX];
	} guard;

	struct conf_cors {
		struct conf_list allow_origins;
		int64_t max_age;
	} cors;

	struct conf_log {
		const char *level;
		const char *format;
		const char *target;
		int64_t slow;
	} log;

	struct conf_trace {
		const char *file;
		const char *endpoint;
		int64_t sample; /* millionths: CONF_SHARE_ALL is each one */
	} trace;

	struct conf_metrics {
		struct conf_list allow;
	} metrics;
};

/* Everything that is wrong with a file, each "FILE:LINE: key: problem". */
enum { CONF_PROBLEMS_MAX = 32, CONF_PROBLEM_SIZE = 1024 };

struct conf_problems {
	int n;
	char text[CONF_PROBLEMS_MAX][CONF_PROBLEM_SIZE];
};

/*
 * Finds the file: `given` (-c), $GATEHOUSE_CONF, ../gatehouse.conf and then
 * .gatehouse.conf from the executable's folder, the system's.  Never a plain
 * gatehouse.conf beside the program: that folder may be served to the web.
 * The result is static.
 */
const char *conf_find(const char *given);

/*
 * Reads and checks a file as a whole.  The result is owned.  NULL when there
 * is any problem; all of them are in *p then.
 */
struct conf *conf_load(const char *file, struct conf_problems *p);
void conf_free(struct conf **c);

/* Prints the effective configuration; loadable, but for masked secrets. */
void conf_print(const struct conf *c, FILE *out);

/* One key of a rule in the same way: "aal", as aal = "aal2". */
void conf_print_of_rule(const struct conf_rule *rule, const char *key,
    FILE *out);

/*
 * What is allowed but seldom meant, a sentence each, for the log and for
 * `gatehouse check`.
 */
void conf_advise(const struct conf *c,
    void (*told)(void *ctx, const char *key, const char *advice), void *ctx);

/* The group of an OpenID Connect provider; NULL: no such name. */
const struct conf_oidc *conf_find_oidc(const struct conf *c, const char *name);

/*
 * A digest over all that decides what the provider of that name answers and
 * how long that holds: another value, another digest.  Webhook secrets and the
 * admin interface are not in it, so that they change without a cold start.
 * -1: no memory.
 */
enum { CONF_DIGEST_SIZE = 32 };
int conf_provider_digest(const struct conf *c, const char *name,
    unsigned char digest[CONF_DIGEST_SIZE]);

/*
 * Names the effective configuration as conf_print() shows it, so without its
 * secrets: another value, another name; the same on every host.  Hexadecimal
 * digits; "" without memory.
 */
enum { CONF_NAME_SIZE = 16 + 1 };
void conf_name(const struct conf *c, char name[CONF_NAME_SIZE]);

/*
 * The path of a key that differs between the two and that only a restart can
 * change; NULL when there is none.
 */
const char *conf_needs_restart(const struct conf *was, const struct conf *is);

/* Keys as log_open() and db_new() want them; strings are lent. */
struct db_options;
struct log_options;
void conf_db_options(const struct conf *c, struct db_options *o);
void conf_log_options(const struct conf *c, struct log_options *o);

/* Traces are to be kept, in a file or by a collector. */
bool conf_traces(const struct conf *c);

/* Byte for byte. */
bool conf_list_has(const struct conf_list *list, const char *item);

#endif
