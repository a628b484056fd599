/* SPDX-License-Identifier: MIT */
/* Reasons are written for the log: what the token's maker did wrong. */
#include "auth/jwt.h"

#include "base/arena.h"
#include "base/b64.h"
#include "base/str.h"
#include "conf/conf.h"

#include <string.h>

/* The last second a calendar knows (ECMA-262, time values), and the first. */
#define TIME_S_MAX INT64_C(8640000000000)

const char jwt_no_memory[] = "out of memory";

bool
jwt_has_form(const char *text, size_t len)
{
	const char *end = text + len, *dot = text;
	int dots = 0;

	while (dots < 3 &&
	       (dot = memchr(dot, '.', (size_t)(end - dot))) != NULL) {
		dots++;
		dot++;
	}
	return dots == 2;
}

/* A part of the token: its text, then its bytes. */
struct part {
	const char *text;
	size_t text_len;
	unsigned char *data;
	size_t len;
};

/* Two dots, and something before and behind; what is between is the claims'
 * affair. */
static const char *
split(const char *text, size_t len, struct part parts[3])
{
	const char *end = text + len;

	for (int i = 0; i < 3; i++) {
		const char *dot = memchr(text, '.', (size_t)(end - text));

		if ((dot == NULL) != (i == 2))
			return "not three parts";
		parts[i].text = text;
		parts[i].text_len = (size_t)((i == 2 ? end : dot) - text);
		if (parts[i].text_len == 0 && i != 1)
			return "an empty part";
		text = i == 2 ? end : dot + 1;
	}
	return NULL;
}

static const char *
decode(struct part *p, struct arena *a)
{
	size_t cap = B64_DECODED_MAX(p->text_len);

	p->data = arena_alloc(a, cap);
	if (p->data == NULL)
		return jwt_no_memory;
	if (b64url_decode(p->text, p->text_len, p->data, cap, &p->len) == -1)
		return "not base64url";
	return NULL;
}

/* `problem` is the answer for text that is no strict JSON object. */
static const char *
parse(const struct part *p, const char *problem, struct json_object **doc)
{
	struct err e = { .kind = ERR_NONE };

	*doc = js_parse((const char *)p->data, p->len, &e);
	if (*doc != NULL)
		return NULL;
	return e.kind == ERR_BUG ? jwt_no_memory : problem;
}

/* RFC 7515 section 4.1, of which very little is for us. */
static const char *
read_header(struct jwt *t)
{
	struct js_value alg = js_member(t->header, "alg");
	struct js_value kid = js_member(t->header, "kid");

	if (js_member(t->header, "crit").kind != JS_ABSENT)
		return "header: crit";
	if (js_member(t->header, "b64").kind != JS_ABSENT)
		return "header: b64";
	if (alg.kind == JS_STRING)
		t->alg = key_alg_find(alg.str, alg.len);
	if (t->alg == KEY_NO_ALG)
		return "header: alg is none of ours";
	if (kid.kind == JS_ABSENT)
		return NULL;
	if (kid.kind != JS_STRING || kid.len == 0 || kid.len > JWT_KID_MAX)
		return "header: kid is not a text of 1 to 128 bytes";
	t->kid = kid.str;
	t->kid_len = kid.len;
	return NULL;
}

/*
 * An issuer writes the same header into all of its tokens.  The latest that
 * was good is kept, by its bytes as sent: reading them again could only give
 * the same, and costs a twentieth of a verification.
 */
static struct {
	char text[512]; /* a longer one is not kept */
	size_t len;
	struct jwt as; /* its header, alg, kid and kid_len */
} latest;

static void
keep_header(const struct jwt *t, const struct part *p)
{
	if (p->text_len > sizeof(latest.text))
		return;
	js_free(&latest.as.header);
	latest.as = *t;
	latest.as.header = js_share(t->header);
	latest.len = p->text_len;
	memcpy(latest.text, p->text, p->text_len);
}

static const char *
open_header(struct jwt *t, struct part *p, struct arena *a)
{
	const char *why;

	if (latest.len == p->text_len &&
	    memcmp(latest.text, p->text, p->text_len) == 0) {
		t->header = js_share(latest.as.header);
		t->alg = latest.as.alg;
		t->kid = latest.as.kid;
		t->kid_len = latest.as.kid_len;
		return NULL;
	}
	if ((why = decode(p, a)) != NULL)
		return why;
	if (p->len > JWT_HEADER_MAX)
		return "header: too long";
	why = parse(p, "header: no JSON object", &t->header);
	if (why == NULL)
		why = read_header(t);
	if (why == NULL)
		keep_header(t, p);
	return why;
}

const char *
jwt_open(struct jwt *t, const char *text, size_t len, struct arena *a)
{
	struct part parts[3];
	const char *why;

	*t = (struct jwt){ .text = text };
	if (len > JWT_MAX)
		return "too long";
	if ((why = split(text, len, parts)) == NULL &&
	    (why = open_header(t, &parts[0], a)) == NULL &&
	    (why = decode(&parts[1], a)) == NULL &&
	    (why = decode(&parts[2], a)) == NULL)
		why = parse(&parts[1], "claims: no JSON object", &t->claims);
	if (why != NULL) {
		jwt_close(t);
		return why;
	}
	t->signed_len = (size_t)(parts[2].text - text) - 1;
	t->sig = parts[2].data;
	t->sig_len = parts[2].len;
	return NULL;
}

const char *
jwt_open_claims(struct jwt *t, const char *text, size_t len, struct arena *a)
{
	struct part parts[3];
	const char *why;

	*t = (struct jwt){ .text = text };
	if (len > JWT_MAX)
		return "too long";
	if ((why = split(text, len, parts)) == NULL &&
	    (why = decode(&parts[1], a)) == NULL)
		why = parse(&parts[1], "claims: no JSON object", &t->claims);
	return why;
}

void
jwt_close(struct jwt *t)
{
	js_free(&t->header);
	js_free(&t->claims);
	*t = (struct jwt){ .text = NULL };
}

const char *
jwt_check_signature(const struct jwt *t, struct key *k)
{
	switch (key_verify(k, t->alg, t->text, t->signed_len, t->sig,
	    t->sig_len)) {
	case KEY_GENUINE:
		return NULL;
	case KEY_BROKEN:
		return jwt_no_memory;
	case KEY_FORGED:
		break;
	}
	return "the signature is not of that key";
}

const char *
jwt_check_type(const struct jwt *t, const char *const *types, bool any_case)
{
	struct js_value typ = js_member(t->header, "typ");

	if (typ.kind == JS_ABSENT)
		return NULL;
	for (; typ.kind == JS_STRING && *types != NULL; types++)
		if (any_case ? str_eq_nocase(typ.str, *types)
			     : strcmp(typ.str, *types) == 0)
			return NULL;
	return "header: typ is another";
}

/* Whole seconds, towards zero.  1 a time, 0 absent, -1 anything else. */
static int
read_time(const struct jwt *t, const char *claim, int64_t *s)
{
	struct js_value v = js_member(t->claims, claim);

	if (v.kind == JS_ABSENT)
		return 0;
	/* Written so that what cannot be compared is no time. */
	if (v.kind == JS_REAL && v.real >= -(double)TIME_S_MAX &&
	    v.real <= (double)TIME_S_MAX)
		*s = (int64_t)v.real;
	else if (v.kind == JS_INT && v.num >= -TIME_S_MAX &&
		 v.num <= TIME_S_MAX)
		*s = v.num;
	else
		return -1;
	return 1;
}

const char *
jwt_check_times(const struct jwt *t, int64_t now_ms, int64_t skew_ms,
    int64_t *exp_s)
{
	int64_t exp = 0, nbf = INT64_MIN / 1000, iat = INT64_MIN / 1000;
	int has_exp = read_time(t, "exp", &exp);

	if (has_exp == 0)
		return "exp is missing";
	if (has_exp == -1)
		return "exp is no time";
	if (read_time(t, "nbf", &nbf) == -1)
		return "nbf is no time";
	if (read_time(t, "iat", &iat) == -1)
		return "iat is no time";
	if (exp * 1000 <= now_ms - skew_ms)
		return "expired";
	if (nbf * 1000 > now_ms + skew_ms)
		return "not valid yet";
	if (iat * 1000 > now_ms + skew_ms)
		return "issued in the future";
	*exp_s = exp;
	return NULL;
}

int64_t
jwt_time(const struct jwt *t, const char *claim)
{
	int64_t s = 0;

	return read_time(t, claim, &s) == 1 ? s : 0;
}

int64_t
jwt_expires(const struct jwt *t)
{
	return jwt_time(t, "exp");
}

int64_t
jwt_issued(const struct jwt *t)
{
	return jwt_time(t, "iat");
}

const char *
jwt_check_audience(const struct jwt *t, const struct conf_list *accepted)
{
	struct js_value aud = js_member(t->claims, "aud");
	bool found = false;

	if (aud.kind == JS_STRING) {
		found = conf_list_has(accepted, aud.str);
	} else if (aud.kind == JS_ARRAY) {
		for (size_t i = 0; i < aud.n_items; i++) {
			struct js_value v = js_element(&aud, i);

			if (v.kind != JS_STRING)
				return "aud holds something but texts";
			if (conf_list_has(accepted, v.str))
				found = true;
		}
	} else {
		return aud.kind == JS_ABSENT ? "aud is missing"
					     : "aud is no text";
	}
	return found ? NULL : "aud is another";
}

const char *
jwt_str(const struct jwt *t, const char *claim, size_t max)
{
	struct js_value v = js_member(t->claims, claim);

	if (v.kind != JS_STRING || v.len == 0 || v.len > max)
		return NULL;
	return v.str;
}

struct js_value
jwt_claim(const struct jwt *t, const char *path)
{
	struct js_value v = js_member(t->claims, path);

	if (v.kind != JS_ABSENT || *path == '\0')
		return v;
	return js_get(t->claims, path);
}
