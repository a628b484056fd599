/* SPDX-License-Identifier: MIT */
/*
 * The shared authentication routine: who is asking?  Every route and role
 * asks here; providers know how, this knows when and how often.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "auth/cred.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct auth;
struct buf;
struct conf;
struct conf_list;
struct fcg_request;
struct http_options;
struct metrics;
struct shared;
struct spans;
struct upstream;

/*
 * Five answers, never folded into a boolean.  Only AUTH_ALLOW fills in the
 * identity; AUTH_UNSURE means that nobody could be asked, or that the answer
 * made no sense: it is never "no".
 */
enum auth_verdict {
	AUTH_ANON,   /* no credential came along */
	AUTH_DENY,   /* not a good one */
	AUTH_STEPUP, /* a good one, but a second factor is missing */
	AUTH_UNSURE,
	AUTH_ALLOW,
	AUTH_VERDICTS,
};

/* Name of a verdict for logs and metrics. */
const char *auth_verdict_name(enum auth_verdict v);

/* Lent from the request's arena. */
struct auth_names {
	int n;
	const char *const *item;
};

/* Strings are lent from the request's arena; NULL when not known. */
struct auth_ident {
	const char *provider;
	const char *subject;
	const char *session;
	const char *email; /* "" when the provider gives none */
	bool email_verified;
	const char *name;
	const char *org; /* its id */
	const char *org_slug;
	struct auth_names roles;
	struct auth_names permissions;
	const char *actor; /* who acts in the subject's name */
	const char *aal;
	int64_t expires_s; /* since 1970 */
	int64_t issued_s;  /* token or sign-in, since 1970; 0: not known */
	/* when they were last shown, since 1970; 0: never, or not known */
	int64_t first_factor_s, second_factor_s;
};

/* Pages of a provider for browsers. */
enum auth_page {
	AUTH_PAGE_LOGIN,
	AUTH_PAGE_REGISTRATION,
	AUTH_PAGE_LOGOUT,
	AUTH_PAGE_STEPUP,
	AUTH_PAGE_AGAIN,        /* shows the first factor again, or any */
	AUTH_PAGE_STEPUP_AGAIN, /* shows the second factor again */
	AUTH_PAGES,
};

enum { AUTH_RELAY_MAX = 4 };

struct auth_answer {
	enum auth_verdict verdict;
	struct auth_ident who; /* AUTH_ALLOW */
	bool revoked; /* AUTH_DENY by us, of what the provider finds good */
	const char *step_up_url; /* AUTH_STEPUP; or NULL */
	int64_t retry_ms;        /* AUTH_UNSURE: worth asking again; 0: soon */
	const char *why;         /* other than AUTH_ALLOW: for the log alone */
	const char *provider;    /* whose credential it was; NULL: nobody's */
	/* trouble at the provider that changed nothing (yet), for the log:
	 * said once an attempt, and attempts are rare then; or NULL */
	const char *trouble;
	const char *relay[AUTH_RELAY_MAX]; /* Set-Cookie values to pass on */
	int n_relay;
	/* found out over a second before this request came: there may be news
	 * for auth_request.fresh */
	bool kept;
};

/* What one request brings along. */
struct auth_request {
	struct cred cred;
	const char *request_id;
	int64_t deadline; /* clock_mono_ms() */
	/* email and name are wanted, though it may cost a call */
	bool wants_contact;
	bool writes; /* a request that changes something: see write_ttl */
	/* what was found out before will not do: a newer answer is wanted */
	bool fresh;
	struct arena *arena;
};

/*
 * One a worker, made after the fork: it will hold connections.  `slot` is the
 * worker's line on the board.  NULL and *e when a provider cannot be set up.
 */
struct auth *auth_new(const struct conf *c, struct shared *shared, int slot,
    struct err *e);
void auth_free(struct auth **a);

/* From now on `spans` (lent; base/span.h) records what it does and asks. */
void auth_trace(struct auth *a, struct spans *spans);

/* From now on the host's counters `m` (lent, or NULL) count for it as well. */
void auth_count(struct auth *a, const struct metrics *m);

/* The one credential of a request; see cred.h. */
struct cred auth_credential(const struct auth *a, const struct fcg_request *in,
    struct arena *arena);

/* Provider i signs browsers in: it has cookies, and they are accepted. */
bool auth_has_cookies(const struct auth *a, int i);

/* The names of its cookies, the session's first; none are accepted: empty. */
const struct conf_list *auth_cookie_names(const struct auth *a, int i);

/* Those of its cookies that came along: what cred_from_cookies() says. */
struct cred auth_cookies(const struct auth *a, int i,
    const struct fcg_request *in, struct arena *arena);

/*
 * A browser with these cookies is signed in at provider i, though they may be
 * no good here (any more): a page of the provider's script makes fresh ones.
 */
bool auth_is_renewable(const struct auth *a, int i,
    const struct fcg_request *in, struct arena *arena);

/*
 * Decides.  Waits no longer than the request's deadline and the provider's
 * timeout; answers AUTH_UNSURE at once while the provider is known to be away.
 */
void auth_check(struct auth *a, const struct auth_request *rq,
    struct auth_answer *answer);

/* Providers in the order of the configuration; NULL behind the last. */
const char *auth_provider_name(const struct auth *a, int i);

/* The number of a provider; -1: there is none of that name (or NULL). */
int auth_provider_index(const struct auth *a, const char *name);

/* Its line of shared memory. */
struct upstream *auth_line(const struct auth *a, int i);

/*
 * Is provider i ready?  Asks it, within the deadline; false and *why (for the
 * log, lent from the arena) when it is not.
 */
bool auth_probe(struct auth *a, int i, int64_t deadline, struct arena *arena,
    const char **why);

/*
 * Appends the members of /auth/login-info for provider i, without braces.
 * `return_to` is a checked absolute URL, or NULL.
 */
void auth_login_info(const struct auth *a, int i, const char *return_to,
    struct buf *b);

/*
 * The URL of a page of provider i, with return_to (checked and absolute, or
 * NULL) under the provider's own parameter.  Lent from the arena; NULL when it
 * has no such page, or without memory.  Asks nobody.
 */
const char *auth_page_url(const struct auth *a, int i, enum auth_page page,
    const char *return_to, struct arena *arena);

/*
 * Where the browser that sent rq->cred (auth_cookies()) ends its session at
 * provider i, lent from the arena; return_to as above.  Some make that URL for
 * each session: they are asked, within the deadline, and what is kept of the
 * session is not used from then on.
 *
 * answer->verdict is AUTH_ALLOW with a URL.  NULL with AUTH_ANON or AUTH_DENY:
 * there is no session to be ended, or no such page; with AUTH_UNSURE: it could
 * not be found out.
 */
const char *auth_sign_out(struct auth *a, int i, const struct auth_request *rq,
    const char *return_to, struct auth_answer *answer);

/* Microseconds spent at providers since the last take. */
int64_t auth_take_spent_us(struct auth *a);

#endif
