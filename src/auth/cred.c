/* SPDX-License-Identifier: MIT */
/* Reading credentials out of headers and cookies, without judging them. */
#include "auth/cred.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "io/fcg.h"

#include <string.h>

/* RFC 6750, 2.1: b64token */
#define TOKEN_CHARS STR_ALNUM "-._~+/="

static struct cred
refused(const char *why)
{
	return (struct cred){ .kind = CRED_REFUSED, .why = why };
}

static struct cred
token(enum cred_kind kind, const char *value)
{
	size_t n = strlen(value);

	if (!str_is_from(value, TOKEN_CHARS, 1, CRED_TOKEN_MAX))
		return refused("not the form of a token");
	return (struct cred){ .kind = kind, .value = value, .len = n };
}

/*
 * "Bearer" SP token.  A value that is one bare word is a token without its
 * scheme: presented, and refused.
 */
static struct cred
from_authorization(const char *value)
{
	static const char bearer[] = "bearer";
	size_t n = strcspn(value, " ");
	char scheme[sizeof(bearer)];

	if (n == sizeof(bearer) - 1) {
		memcpy(scheme, value, n);
		scheme[n] = '\0';
		if (str_eq_nocase(scheme, bearer)) {
			value += n;
			value += strspn(value, " ");
			if (value[0] == '\0')
				return (struct cred){ .kind = CRED_NONE,
					.why = "an empty token" };
			return token(CRED_BEARER, value);
		}
	}
	if (value[n] == '\0')
		return refused("Authorization without a scheme");
	return (struct cred){ .kind = CRED_NONE };
}

const char *
cred_name(enum cred_kind kind)
{
	static const char *const names[] = {
		[CRED_NONE] = NULL,
		[CRED_REFUSED] = NULL,
		[CRED_SESSION_TOKEN] = "session_token",
		[CRED_BEARER] = "bearer",
		[CRED_COOKIE] = "cookie",
	};

	return names[kind];
}

struct cred
cred_from_headers(const struct fcg_request *in)
{
	const char *session = in->param[FCG_HTTP_X_SESSION_TOKEN];
	const char *plain = in->param[FCG_HTTP_AUTHORIZATION];
	const char *redirect = in->param[FCG_REDIRECT_HTTP_AUTHORIZATION];

	if (in->fault == FCG_TWO_KEYS)
		return refused("two credentials of one kind");
	if (plain != NULL && redirect != NULL && strcmp(plain, redirect) != 0)
		return refused("two Authorization values");
	if (session != NULL)
		return token(CRED_SESSION_TOKEN, session);
	if (plain != NULL)
		return from_authorization(plain);
	if (redirect != NULL)
		return from_authorization(redirect);
	return (struct cred){ .kind = CRED_NONE };
}

/* RFC 6265, 4.1.1: cookie-octet */
static bool
is_cookie_octet(char c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != ',' && c != ';' &&
	       c != '\\';
}

static bool
is_named(const char *pair, size_t n, const struct conf_list *names)
{
	for (int i = 0; i < names->n; i++) {
		size_t len = strlen(names->item[i]);

		/* an empty value is no session: that is how they end */
		if (n > len + 1 && pair[len] == '=' &&
		    memcmp(pair, names->item[i], len) == 0)
			return true;
	}
	return false;
}

struct cred
cred_from_cookies(const char *header, const struct conf_list *names,
    struct arena *a)
{
	struct buf b = { 0 };

	while (*header != '\0') {
		size_t n;

		header += strspn(header, " \t;,");
		n = strcspn(header, ";,");
		while (n > 0 && (header[n - 1] == ' ' || header[n - 1] == '\t'))
			n--;
		if (is_named(header, n, names)) {
			for (size_t i = 0; i < n; i++)
				if (!is_cookie_octet(header[i]))
					return refused("odd byte in cookie");
			if (b.arena == NULL)
				buf_init(&b, a, 1024);
			if (b.len > 0)
				buf_str(&b, "; ");
			buf_add(&b, header, n);
		}
		header += n;
	}
	if (b.arena == NULL)
		return (struct cred){ .kind = CRED_NONE };
	if (buf_text(&b) == NULL || b.len > CRED_COOKIE_MAX)
		return refused("session cookie too long");
	return (struct cred){
		.kind = CRED_COOKIE, .value = b.data, .len = b.len
	};
}
