/* SPDX-License-Identifier: MIT */
/* A secret out of an Authorization field, compared by digests. */
#include "hook/bearer.h"

#include "base/b64.h"
#include "base/str.h"
#include "conf/conf.h"
#include "io/crypt.h"

#include <stdbool.h>
#include <string.h>

/* Of digests, which are of one length: secrets are not. */
static bool
is_secret(const char *given, size_t n, const struct conf_list *secrets)
{
	char got[CRYPT_SHA256_HEX_SIZE], want[CRYPT_SHA256_HEX_SIZE];
	bool good = false;

	crypt_sha256_hex(given, n, got);
	for (int i = 0; i < secrets->n; i++) {
		const char *secret = secrets->item[i];

		crypt_sha256_hex(secret, strlen(secret), want);
		good |= crypt_same(got, want, sizeof(got));
	}
	return good;
}

static const char *
check_bearer(const char *value, const struct conf_list *secrets)
{
	return is_secret(value, strlen(value), secrets) ? NULL : "wrong secret";
}

/* base64 of "user:password" (RFC 7617, 2); the user's name is all one. */
static const char *
check_basic(const char *value, const struct conf_list *secrets)
{
	unsigned char pair[BEARER_BASIC_MAX];
	const unsigned char *colon;
	const char *why = "wrong secret";
	size_t n;

	if (b64_decode(value, strlen(value), pair, sizeof(pair), &n) == -1 ||
	    (colon = memchr(pair, ':', n)) == NULL)
		return "not a user and a password";
	colon++;
	if (is_secret((const char *)colon, (size_t)(pair + n - colon), secrets))
		why = NULL;
	explicit_bzero(pair, sizeof(pair));
	return why;
}

static const struct {
	const char *scheme;
	const char *(*check)(const char *value, const struct conf_list *list);
} schemes[] = {
	{ "basic", check_basic },
	{ "bearer", check_bearer },
};

const char *
bearer_check(const char *field, const struct conf_list *secrets)
{
	char scheme[sizeof("bearer")];
	size_t n = strcspn(field, " ");

	if (n >= sizeof(scheme) || field[n] == '\0')
		return "neither Bearer nor Basic";
	memcpy(scheme, field, n);
	scheme[n] = '\0';
	field += n;
	field += strspn(field, " ");
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (str_eq_nocase(scheme, schemes[i].scheme))
			return schemes[i].check(field, secrets);
	return "neither Bearer nor Basic";
}
