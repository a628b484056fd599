/* SPDX-License-Identifier: MIT */
/*
 * One JSON Web Token in compact form (RFC 7515, 7519, 8725): its shape, the
 * rules for every header, its signature, times and audience.  Knows no
 * provider, no key set and no network.  Nothing in a token is to be believed
 * before jwt_check_signature().
 *
 * Checks return NULL, or the reason why not: static text for the log, never
 * for the client.  The one reason that is no refusal is jwt_no_memory.
 */
#ifndef AUTH_JWT_H
#define AUTH_JWT_H

#include "io/js.h"
#include "io/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct conf_list;

enum {
	JWT_MAX = 8192,        /* the whole token */
	JWT_HEADER_MAX = 2048, /* its header, decoded */
	JWT_KID_MAX = 128,
};

/* All lent, by the text, the arena and the two documents, except those. */
struct jwt {
	const char *text;
	size_t signed_len; /* of the text: header, dot and payload as sent */
	const unsigned char *sig;
	size_t sig_len;
	enum key_alg alg;
	const char *kid; /* NULL: none */
	size_t kid_len;
	struct json_object *header, *claims;
};

/* Compare by address: it could not be found out (503, never 401). */
extern const char jwt_no_memory[];

/* Three parts by its dots: for the choice of a provider, no more. */
bool jwt_has_form(const char *text, size_t len);

/*
 * Takes a token apart: three parts of strict base64url, header and payload
 * strict JSON objects (io/js.h); `alg` one of key.h's; `kid` absent or a
 * string of 1..JWT_KID_MAX bytes; no `crit` and no `b64`, whatever they hold.
 * `jwk`, `jku`, `x5u`, `x5c` are never looked at (RFC 8725 section 3.10).
 * End with jwt_close(), which does nothing after a failure; the text must
 * outlive it.  For one thread: a header like the last token's is not read
 * again.
 */
const char *jwt_open(struct jwt *t, const char *text, size_t len,
    struct arena *a);
void jwt_close(struct jwt *t);

/*
 * The claims alone, whatever the header says: for a look at a token that
 * somebody else may have issued.  As jwt_open() otherwise.
 */
const char *jwt_open_claims(struct jwt *t, const char *text, size_t len,
    struct arena *a);

/* The key made the signature, by the token's algorithm, which fits the key. */
const char *jwt_check_signature(const struct jwt *t, struct key *k);

/*
 * `typ` is absent, or a string that is one of `types` (ended by NULL) - byte
 * for byte, or in any case.
 */
const char *jwt_check_type(const struct jwt *t, const char *const *types,
    bool any_case);

/*
 * `exp`, which must be there, `nbf` and `iat` are numbers (RFC 7519 section
 * 2), cut to whole seconds towards zero.  Expired: exp*1000 <= now - skew;
 * early: nbf*1000 or iat*1000 > now + skew.  Numbers no calendar knows are
 * refused.  *exp_s is set when the answer is NULL.
 */
const char *jwt_check_times(const struct jwt *t, int64_t now_ms,
    int64_t skew_ms, int64_t *exp_s);

/* A claim that is a number of seconds since 1970; 0: none that can be. */
int64_t jwt_time(const struct jwt *t, const char *claim);

/* `exp` as it stands there, in seconds; 0: it has none that can be. */
int64_t jwt_expires(const struct jwt *t);

/* `iat` of a token whose times were checked, in seconds; 0: it has none. */
int64_t jwt_issued(const struct jwt *t);

/* `aud` is a string, or an array of nothing but strings, and one of them is
 * one of `accepted`, byte for byte. */
const char *jwt_check_audience(const struct jwt *t,
    const struct conf_list *accepted);

/*
 * A claim by its whole name when it is a string of 1..max bytes; else NULL.
 * No string holds a NUL, so its length is what strlen() says.
 */
const char *jwt_str(const struct jwt *t, const char *claim, size_t max);

/*
 * The claim at a path from the configuration: the whole text as a name first
 * (names may hold dots), else down through objects, dot by dot.  Any kind;
 * JS_ABSENT when there is none.
 */
struct js_value jwt_claim(const struct jwt *t, const char *path);

#endif
