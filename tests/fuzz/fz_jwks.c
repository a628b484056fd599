/* SPDX-License-Identifier: MIT */
/* auth/jwks, and io/key's PEM: whatever is accepted is one of our kinds. */
#include "fuzz/fuzz.h"

#include "auth/jwks.h"
#include "auth/jwt.h"

#include <string.h>

/* Which of the algorithms the key serves: those of one kind, never none. */
static void
check_key(struct key *k)
{
	static const unsigned kinds[] = {
		KEY_BIT(KEY_RS256) | KEY_BIT(KEY_RS384) | KEY_BIT(KEY_RS512) |
		    KEY_BIT(KEY_PS256) | KEY_BIT(KEY_PS384) |
		    KEY_BIT(KEY_PS512),
		KEY_BIT(KEY_ES256), KEY_BIT(KEY_ES384), KEY_BIT(KEY_ES512),
		KEY_BIT(KEY_EDDSA),
	};
	static const unsigned char sig[512];
	unsigned fits = 0;
	int matching = 0;

	for (int alg = KEY_NO_ALG; alg < KEY_ALGS; alg++) {
		if (key_fits(k, (enum key_alg)alg))
			fits |= KEY_BIT(alg);
		for (size_t n = 64; n <= 512; n += n < 128 ? 32 : 36)
			MUST(key_verify(k, (enum key_alg)alg, "x", 1, sig, n) !=
			     KEY_BROKEN);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		matching += kinds[i] == fits;
	MUST(matching == 1);
	MUST(key_same(k, k));
}

static void
check_set(const struct jwks *set)
{
	MUST(jwks_count(set) > 0 && jwks_count(set) <= JWKS_KEYS_MAX);
	for (int alg = KEY_NO_ALG; alg < KEY_ALGS; alg++) {
		static const char *const kids[] = { NULL, "a", "ins_2g7n" };

		for (size_t i = 0; i < 3; i++) {
			struct jwt t = { .alg = (enum key_alg)alg,
				.kid = kids[i],
				.kid_len = kids[i] == NULL ? 0
							   : strlen(kids[i]) };
			struct key *k;
			enum jwks_answer answer = jwks_find(set, &t, &k);

			MUST((answer == JWKS_FOUND) == (k != NULL));
			MUST((answer == JWKS_FOUND) ==
			     (jwks_why(answer) == NULL));
			if (k == NULL)
				continue;
			MUST(alg != KEY_NO_ALG);
			MUST(key_fits(k, (enum key_alg)alg));
			check_key(k);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct err e = { .kind = ERR_NONE }, less = { .kind = ERR_NONE };
	struct jwks *set = jwks_parse((const char *)data, n, ~0u, &e);
	struct jwks *some = jwks_parse((const char *)data, n,
	    KEY_BIT(KEY_RS256) | KEY_BIT(KEY_ES256), &less);
	struct key *k;
	char *text;

	MUST(set != NULL ? e.kind == ERR_NONE : e.kind == ERR_DOWN);
	if (set != NULL)
		check_set(set);
	if (some != NULL)
		check_set(some);
	if (set != NULL && some != NULL)
		MUST(jwks_count(some) <= jwks_count(set));
	jwks_free(&set);
	jwks_free(&some);

	text = malloc(n + 1);
	if (n > 0)
		memcpy(text, data, n);
	text[n] = '\0';
	e.kind = ERR_NONE;
	k = key_from_pem(text, &e);
	MUST(k != NULL ? e.kind == ERR_NONE : e.kind == ERR_CONFIG);
	if (k != NULL)
		check_key(k);
	key_free(&k);
	free(text);
	return 0;
}
