/* SPDX-License-Identifier: MIT */
/*
 * What is no key for us is passed over, as providers publish keys for other
 * purposes beside ours; what is ambiguous makes the whole set unusable.
 */
#include "auth/jwks.h"

#include "auth/jwt.h"
#include "base/b64.h"
#include "io/der.h"
#include "io/js.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	struct key *key;
	enum key_alg alg; /* that the JWK names, or KEY_NO_ALG */
	char kid[JWT_KID_MAX];
	size_t kid_len; /* 0: none */
};

struct jwks {
	unsigned algs;
	bool any_kid;
	int n;
	struct entry entry[JWKS_KEYS_MAX];
};

/* Numbers of a JWK, decoded; one byte over the largest shows what is over. */
struct number {
	unsigned char data[DER_RSA_BITS_MAX / 8 + 1];
	size_t len;
};

static int
read_number(struct json_object *jwk, const char *name, struct number *out)
{
	struct js_value v = js_member(jwk, name);

	if (v.kind != JS_STRING)
		return -1;
	return b64url_decode(v.str, v.len, out->data, sizeof(out->data),
	    &out->len);
}

static struct key *
read_rsa(struct json_object *jwk, struct err *e)
{
	struct number n, exponent;

	if (read_number(jwk, "n", &n) == -1 ||
	    read_number(jwk, "e", &exponent) == -1)
		return NULL;
	return key_from_rsa(n.data, n.len, exponent.data, exponent.len, e);
}

static struct key *
read_ec(struct json_object *jwk, struct err *e)
{
	struct js_value curve = js_member(jwk, "crv");
	struct number x, y;

	if (curve.kind != JS_STRING || read_number(jwk, "x", &x) == -1 ||
	    read_number(jwk, "y", &y) == -1)
		return NULL;
	return key_from_ec(curve.str, x.data, x.len, y.data, y.len, e);
}

static struct key *
read_okp(struct json_object *jwk, struct err *e)
{
	struct js_value curve = js_member(jwk, "crv");
	struct number x;

	if (curve.kind != JS_STRING || strcmp(curve.str, "Ed25519") != 0 ||
	    read_number(jwk, "x", &x) == -1)
		return NULL;
	return key_from_ed25519(x.data, x.len, e);
}

static const struct {
	const char *kty;
	struct key *(*read)(struct json_object *jwk, struct err *e);
} types[] = {
	{ "EC", read_ec },
	{ "OKP", read_okp },
	{ "RSA", read_rsa },
};

/* Members of secret keys (RFC 7518 section 6): what publishes them is lost. */
static const char *const secrets[] = { "d", "dp", "dq", "k", "oth", "p", "q",
	"qi" };

static bool
is_for_verifying(struct json_object *jwk)
{
	struct js_value use = js_member(jwk, "use");
	struct js_value ops = js_member(jwk, "key_ops");
	bool verify = ops.kind == JS_ABSENT;

	if (use.kind != JS_ABSENT &&
	    (use.kind != JS_STRING || strcmp(use.str, "sig") != 0))
		return false;
	for (size_t i = 0; ops.kind == JS_ARRAY && i < ops.n_items; i++) {
		struct js_value op = js_element(&ops, i);

		if (op.kind == JS_STRING && strcmp(op.str, "verify") == 0)
			verify = true;
	}
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (js_member(jwk, secrets[i]).kind != JS_ABSENT)
			return false;
	return verify;
}

/* `alg` and `kid` are absent or make sense; 0 or -1. */
static int
read_names(struct json_object *jwk, unsigned algs, struct entry *entry)
{
	struct js_value alg = js_member(jwk, "alg");
	struct js_value kid = js_member(jwk, "kid");

	*entry = (struct entry){ .alg = KEY_NO_ALG };
	if (alg.kind == JS_STRING)
		entry->alg = key_alg_find(alg.str, alg.len);
	if (alg.kind != JS_ABSENT && (algs & KEY_BIT(entry->alg)) == 0)
		return -1;
	if (kid.kind == JS_ABSENT)
		return 0;
	if (kid.kind != JS_STRING || kid.len == 0 || kid.len > JWT_KID_MAX)
		return -1;
	memcpy(entry->kid, kid.str, kid.len);
	entry->kid_len = kid.len;
	return 0;
}

/* A token of this algorithm may be judged by the entry's key. */
static bool
serves(const struct jwks *set, const struct entry *entry, enum key_alg alg)
{
	return (set->algs & KEY_BIT(alg)) != 0 && key_fits(entry->key, alg) &&
	       (entry->alg == KEY_NO_ALG || entry->alg == alg);
}

static bool
serves_any(const struct jwks *set, const struct entry *entry)
{
	for (int alg = KEY_NO_ALG + 1; alg < KEY_ALGS; alg++)
		if (serves(set, entry, (enum key_alg)alg))
			return true;
	return false;
}

/*
 * The key of a JWK that is of use in this set; NULL when it is not, which is
 * no error, or without memory (ERR_BUG).
 */
static struct key *
read_key(const struct jwks *set, struct json_object *jwk, struct entry *entry,
    struct err *e)
{
	struct js_value kty = js_member(jwk, "kty");
	struct err unfit = { .kind = ERR_NONE };

	if (kty.kind != JS_STRING || !is_for_verifying(jwk) ||
	    read_names(jwk, set->algs, entry) == -1)
		return NULL;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(kty.str, types[i].kty) == 0)
			entry->key = types[i].read(jwk, &unfit);
	if (unfit.kind == ERR_BUG)
		err_set(e, ERR_BUG, "%s", unfit.text);
	if (entry->key != NULL && !serves_any(set, entry))
		key_free(&entry->key);
	return entry->key;
}

static bool
same_kid(const struct entry *a, const char *kid, size_t len)
{
	return a->kid_len == len && memcmp(a->kid, kid, len) == 0;
}

/*
 * Takes the entry's key into the set, unless it is there already.  One kid
 * may stand for one key under several algorithms, not for two keys.
 */
static int
add(struct jwks *set, struct entry *entry, struct err *e)
{
	for (int i = 0; i < set->n; i++) {
		const struct entry *other = &set->entry[i];
		bool same_key;

		if (!same_kid(other, entry->kid, entry->kid_len))
			continue;
		same_key = key_same(other->key, entry->key);
		if (!same_key && entry->kid_len > 0) {
			key_free(&entry->key);
			return err_set(e, ERR_DOWN,
			    "key set: two keys have the same kid");
		}
		if (same_key && other->alg == entry->alg) {
			key_free(&entry->key);
			return 0;
		}
	}
	set->entry[set->n++] = *entry;
	return 0;
}

static int
read_set(struct jwks *set, struct json_object *doc, struct err *e)
{
	struct js_value keys = js_member(doc, "keys");

	if (keys.kind != JS_ARRAY)
		return err_set(e, ERR_DOWN, "key set: \"keys\" is no array");
	if (keys.n_items > JWKS_KEYS_MAX)
		return err_set(e, ERR_DOWN, "key set: over %d keys",
		    JWKS_KEYS_MAX);
	for (size_t i = 0; i < keys.n_items; i++) {
		struct js_value jwk = js_element(&keys, i);
		struct entry entry;

		if (jwk.kind == JS_OBJECT &&
		    read_key(set, jwk.object, &entry, e) != NULL &&
		    add(set, &entry, e) == -1)
			return -1;
		if (e->kind != ERR_NONE)
			return -1;
	}
	if (set->n == 0)
		return err_set(e, ERR_DOWN, "key set: no key is usable");
	return 0;
}

struct jwks *
jwks_parse(const char *text, size_t len, unsigned algs, struct err *e)
{
	struct err json = { .kind = ERR_NONE };
	struct json_object *doc;
	struct jwks *set;

	if (len > JWKS_TEXT_MAX) {
		err_set(e, ERR_DOWN, "key set: over %d bytes", JWKS_TEXT_MAX);
		return NULL;
	}
	doc = js_parse(text, len, &json);
	if (doc == NULL) {
		err_set(e, json.kind == ERR_BUG ? ERR_BUG : ERR_DOWN,
		    "key set: %s", json.text);
		return NULL;
	}
	set = calloc(1, sizeof(*set));
	if (set == NULL) {
		err_set(e, ERR_BUG, "out of memory");
	} else {
		set->algs = algs & ~KEY_BIT(KEY_NO_ALG);
		if (read_set(set, doc, e) == -1)
			jwks_free(&set);
	}
	js_free(&doc);
	return set;
}

struct jwks *
jwks_of_key(struct key **key, unsigned algs, struct err *e)
{
	struct jwks *set = calloc(1, sizeof(*set));

	if (set == NULL) {
		err_set(e, ERR_BUG, "out of memory");
		key_free(key);
		return NULL;
	}
	set->algs = algs & ~KEY_BIT(KEY_NO_ALG);
	set->any_kid = true;
	set->n = 1;
	set->entry[0].key = *key;
	*key = NULL;
	if (!serves_any(set, &set->entry[0])) {
		err_set(e, ERR_CONFIG,
		    "the key is of a kind that no accepted algorithm uses");
		jwks_free(&set);
	}
	return set;
}

void
jwks_free(struct jwks **set)
{
	if (*set == NULL)
		return;
	for (int i = 0; i < (*set)->n; i++)
		key_free(&(*set)->entry[i].key);
	free(*set);
	*set = NULL;
}

int
jwks_count(const struct jwks *set)
{
	return set->n;
}

enum jwks_answer
jwks_find(const struct jwks *set, const struct jwt *t, struct key **key)
{
	bool named = t->kid != NULL && !set->any_kid, known = false;
	int fitting = 0;

	*key = NULL;
	for (int i = 0; i < set->n; i++) {
		const struct entry *entry = &set->entry[i];

		if (named && !same_kid(entry, t->kid, t->kid_len))
			continue;
		known = true;
		if (!serves(set, entry, t->alg))
			continue;
		*key = entry->key;
		fitting++;
	}
	if (named && !known)
		return JWKS_UNKNOWN_KID;
	if (fitting == 1 || (named && fitting > 1))
		return JWKS_FOUND;
	*key = NULL;
	return named || set->any_kid ? JWKS_UNFIT : JWKS_NO_KID;
}

const char *
jwks_why(enum jwks_answer answer)
{
	static const char *const why[] = {
		[JWKS_FOUND] = NULL,
		[JWKS_UNKNOWN_KID] = "no key of that kid",
		[JWKS_UNFIT] = "the key of that kid is not for this alg",
		[JWKS_NO_KID] = "no kid, and not exactly one key fits",
	};

	return why[answer];
}
