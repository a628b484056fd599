/* SPDX-License-Identifier: MIT */
/* auth/jwt, auth/jwks: the examples of RFC 7515 and RFC 8037. */
#include "tap.h"

#include "auth/jwks.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "base/b64.h"

#include <stdio.h>
#include <string.h>

#define CLAIMS                                                                 \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl" \
	"LmNvbS9pc19yb290Ijp0cnVlfQ"

static const char rsa_jwk[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wW"
    "JcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2l"
    "ZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXnd"
    "S5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo"
    "5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2"
    "PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}]}";
static const char p256_jwk[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
static const char p521_jwk[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AekpBQ8ST8a8VcfVOTNl"
    "353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk\","
    "\"y\":\"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4K"
    "kd0AZMaZmh9ubmf63e3kyMj2\"}]}";
static const char ed_jwk[] =
    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

/* Input, dot, signature; the last two carry no JSON. */
static const struct {
	const char *what, *jwks;
	enum key_alg alg;
	bool json;
	const char *token;
} examples[] = {
	{ "RFC 7515 A.2", rsa_jwk, KEY_RS256, true,
	    "eyJhbGciOiJSUzI1NiJ9." CLAIMS
	    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"
	    "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
	    "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
	    "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"
	    "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"
	    "p0igcN_IoypGlUPQGe77Rw" },
	{ "RFC 7515 A.3", p256_jwk, KEY_ES256, true,
	    "eyJhbGciOiJFUzI1NiJ9." CLAIMS
	    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
	    "pmWQxfKTUJqPP3-Kg6NU1Q" },
	{ "RFC 7515 A.4", p521_jwk, KEY_ES512, false,
	    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA."
	    "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZq"
	    "wqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8Kp"
	    "EHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn" },
	{ "RFC 8037 A.4", ed_jwk, KEY_EDDSA, false,
	    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
	    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5B"
	    "hVsPt9g7sVvpAr_MuM0KAg" },
};

static struct jwks *
set_of(const char *text, unsigned algs)
{
	struct err e = { .kind = ERR_NONE };
	struct jwks *set = jwks_parse(text, strlen(text), algs, &e);

	STREQ(e.text, "");
	return set;
}

static void
signatures(void)
{
	for (size_t i = 0; i < ROWS(examples); i++) {
		const char *text = examples[i].token;
		const char *dot = strrchr(text, '.');
		struct jwks *set =
		    set_of(examples[i].jwks, KEY_BIT(examples[i].alg));
		unsigned char sig[256];
		struct jwt t = { .alg = examples[i].alg,
			.text = text,
			.signed_len = (size_t)(dot - text),
			.sig = sig };
		struct key *k;

		tap_row("%s", examples[i].what);
		INTEQ(b64url_decode(dot + 1, strlen(dot + 1), sig, sizeof(sig),
			  &t.sig_len), 0);
		INTEQ(jwks_find(set, &t, &k), JWKS_FOUND);
		STREQ(jwt_check_signature(&t, k), NULL);
		t.signed_len--;
		CHECK(jwt_check_signature(&t, k) != NULL);
		jwks_free(&set);
	}
}

static void
tokens(void)
{
	for (size_t i = 0; i < ROWS(examples); i++) {
		const char *text = examples[i].token;
		struct jwks *set =
		    set_of(examples[i].jwks, KEY_BIT(examples[i].alg));
		struct arena *a = arena_new(1 << 16);
		struct key *k;
		struct jwt t;
		int64_t exp = 0;
		const char *why = jwt_open(&t, text, strlen(text), a);

		tap_row("%s", examples[i].what);
		STREQ(why, examples[i].json ? NULL : "claims: no JSON object");
		if (why == NULL) {
			INTEQ(jwks_find(set, &t, &k), JWKS_FOUND);
			STREQ(jwt_check_signature(&t, k), NULL);
			STREQ(jwt_str(&t, "iss", 99), "joe");
			CHECK(jwt_claim(&t, "http://example.com/is_root").flag);
			STREQ(jwt_check_times(&t, INT64_C(1300819380000), 1,
				  &exp), NULL);
			INTEQ(exp, 1300819380);
			STREQ(jwt_check_times(&t, INT64_C(1300819380000), 0,
				  &exp), "expired");
		}
		jwt_close(&t);
		arena_free(&a);
		jwks_free(&set);
	}
}

/* A.1 is signed by a secret, A.5 by nobody, A.6 is not compact. */
static void
refused(void)
{
	static const struct {
		const char *text, *why;
	} t[] = {
		{ "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." CLAIMS
		  ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
		    "header: alg is none of ours" },
		{ "eyJhbGciOiJub25lIn0." CLAIMS ".", "an empty part" },
		{ "eyJhbGciOiJub25lIn0." CLAIMS ".AAAA",
		    "header: alg is none of ours" },
		{ "{\"payload\":\"" CLAIMS "\",\"signatures\":[]}",
		    "not three parts" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct arena *a = arena_new(1 << 16);
		struct jwt j;

		tap_row("row %zu", i);
		STREQ(jwt_open(&j, t[i].text, strlen(t[i].text), a), t[i].why);
		jwt_close(&j);
		arena_free(&a);
	}
}

static const struct tap_case cases[] = {
	{ "the signatures of the examples are genuine", signatures },
	{ "those that are tokens are let in", tokens },
	{ "secrets, no signature and other forms are refused", refused },
};
TAP_MAIN(cases)
