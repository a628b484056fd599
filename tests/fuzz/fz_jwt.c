/* SPDX-License-Identifier: MIT */
/*
 * auth/jwt with auth/jwks and io/key: a token, or, from a first line that is
 * empty, three lines that become its parts.  The keys are those of RFC 7515
 * and RFC 8037, which have signed two tokens; whoever finds another is let
 * in, and that is the one thing that must not be.
 */
#include "fuzz/fuzz.h"

#include "auth/jwks.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "base/b64.h"
#include "conf/conf.h"

#include <stdbool.h>
#include <string.h>

static const char keys[] =
    "{\"keys\":[{\"kid\":\"rsa\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCu"
    "LjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS"
    "2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo"
    "9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2C"
    "apHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8"
    "NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\"},{\"kid\":\"ec\","
    "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8T"
    "us9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},{\""
    "kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmP"
    "k06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk\",\"y\":\"ADSmRA43"
    "Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf"
    "63e3kyMj2\"},{\"kid\":\"ed\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\""
    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

#define CLAIMS                                                                 \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl" \
	"LmNvbS9pc19yb290Ijp0cnVlfQ"
static const char *const signed_inputs[] = { "eyJhbGciOiJSUzI1NiJ9." CLAIMS,
	"eyJhbGciOiJFUzI1NiJ9." CLAIMS };

/* base64url of the lines, joined by dots: JSON is easier to invent. */
static size_t
from_lines(const uint8_t *data, size_t n, char *out)
{
	size_t len = 0;

	for (int i = 0; i < 3; i++) {
		const uint8_t *end = n == 0 ? NULL : memchr(data, '\n', n);
		size_t line = end == NULL || i == 2 ? n
						    : (size_t)(end - data);

		if (i > 0)
			out[len++] = '.';
		len += b64url_encode(data, line, out + len);
		data += line;
		n -= line;
		if (n > 0 && i < 2) {
			data++;
			n--;
		}
	}
	return len;
}

static bool
was_signed(const struct jwt *t)
{
	for (size_t i = 0; i < 2; i++)
		if (strlen(signed_inputs[i]) == t->signed_len &&
		    memcmp(signed_inputs[i], t->text, t->signed_len) == 0)
			return true;
	return false;
}

/* Every answer there is, whatever the signature says. */
static void
ask(const struct jwt *t)
{
	static const char *const paths[] = { "iss", "o.id", "a.b", "", ".",
		"http://example.com/is_root" };
	static const char *const types[] = { "JWT", "at+jwt", NULL };
	static const struct conf_list ours = { 1, { "api" } };
	int64_t exp = INT64_MIN;
	const char *s;

	if (jwt_check_times(t, INT64_C(1300819000000), 5000, &exp) == NULL)
		MUST(exp > 1300818995 - 1 && exp <= INT64_C(8640000000000));
	MUST(jwt_check_type(t, types, false) != NULL ||
	     jwt_check_type(t, types, true) == NULL);
	if (jwt_check_audience(t, &ours) == NULL)
		MUST(jwt_claim(t, "aud").kind == JS_STRING ||
		     jwt_claim(t, "aud").kind == JS_ARRAY);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct js_value v = jwt_claim(t, paths[i]);

		MUST(v.kind != JS_STRING || strlen(v.str) == v.len);
	}
	s = jwt_str(t, "sub", 255);
	MUST(s == NULL || (strlen(s) > 0 && strlen(s) <= 255));
}

static void
judge(const struct jwt *t, const char *text, size_t n)
{
	static struct jwks *set;
	struct err e = { .kind = ERR_NONE };
	char again[JWT_MAX + 1];
	struct key *k;

	if (set == NULL)
		set = jwks_parse(keys, sizeof(keys) - 1, ~0u, &e);
	MUST(set != NULL && jwks_count(set) == 4);
	MUST(n <= JWT_MAX && jwt_has_form(text, n));
	MUST(t->alg > KEY_NO_ALG && t->alg < KEY_ALGS);
	MUST((t->kid == NULL) == (t->kid_len == 0));
	MUST(t->kid_len <= JWT_KID_MAX && t->sig_len > 0);
	/* there is one text for these bytes, and this is it */
	MUST(b64url_encode(t->sig, t->sig_len, again) ==
	     n - t->signed_len - 1);
	MUST(memcmp(again, text + t->signed_len + 1,
		 n - t->signed_len - 1) == 0);
	if (jwks_find(set, t, &k) == JWKS_FOUND &&
	    jwt_check_signature(t, k) == NULL)
		MUST(was_signed(t));
	ask(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(1 << 20);
	const char *text = (const char *)data, *why;
	char *made = NULL;
	struct jwt t;

	if (n > 0 && data[0] == '\n') {
		made = malloc(3 * B64URL_SIZE(n));
		n = from_lines(data + 1, n - 1, made);
		text = made;
	}
	why = jwt_open(&t, text, n, a);
	MUST(why != jwt_no_memory);
	if (why == NULL)
		judge(&t, text, n);
	jwt_close(&t);
	arena_free(&a);
	free(made);
	return 0;
}
