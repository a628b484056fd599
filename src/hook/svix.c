/* SPDX-License-Identifier: MIT */
/* The signature scheme, checked over the bytes before anything reads them. */
#include "hook/svix.h"

#include "base/b64.h"
#include "base/str.h"
#include "conf/conf.h"
#include "io/crypt.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	TIMESTAMP_MAX = 12, /* digits: fits 64 bits, far beyond our days */
	/* 32 bytes in padded base64; of that length there is one text only
	 * for one value, as b64_decode() reads it */
	SIGNATURE_SIZE = 44,
};

/* A field without the blanks around it. */
struct text {
	const char *s;
	size_t n;
};

static struct text
trimmed(const char *field)
{
	struct text t = { field, 0 };

	if (field == NULL)
		return t;
	t.s += strspn(t.s, " \t");
	t.n = strlen(t.s);
	while (t.n > 0 && strchr(" \t", t.s[t.n - 1]) != NULL)
		t.n--;
	return t;
}

const char *
svix_missing(const struct svix_message *m)
{
	if (trimmed(m->id).n == 0)
		return "no svix-id";
	if (trimmed(m->timestamp).n == 0)
		return "no svix-timestamp";
	if (trimmed(m->signature).n == 0)
		return "no svix-signature";
	return NULL;
}

int
svix_secret(const char *secret, unsigned char key[SVIX_SECRET_MAX])
{
	const char *text = str_after(secret, "whsec_");
	size_t len;

	if (text == NULL)
		text = secret;
	if (b64_decode(text, strlen(text), key, SVIX_SECRET_MAX, &len) == -1 ||
	    len == 0)
		return -1;
	return (int)len;
}

const char *
svix_id(const struct svix_message *m, char id[SVIX_ID_MAX + 1])
{
	struct text t = trimmed(m->id);

	if (t.n == 0 || t.n > SVIX_ID_MAX)
		return NULL;
	for (size_t i = 0; i < t.n; i++)
		if (t.s[i] <= ' ' || t.s[i] > '~')
			return NULL;
	memcpy(id, t.s, t.n);
	id[t.n] = '\0';
	return id;
}

/* As it was sent: no sign, no blank inside, no fraction. */
static const char *
check_time(struct text t, int64_t now_s)
{
	int64_t at = 0;

	if (t.n > TIMESTAMP_MAX)
		return "the timestamp is not a number";
	for (size_t i = 0; i < t.n; i++) {
		if (t.s[i] < '0' || t.s[i] > '9')
			return "the timestamp is not a number";
		at = at * 10 + (t.s[i] - '0');
	}
	if (at < now_s - SVIX_SKEW_S)
		return "signed too long ago";
	if (at > now_s + SVIX_SKEW_S)
		return "signed in the future";
	return NULL;
}

/*
 * Is one of the items, parted by spaces, "v1," and this signature?  Whatever
 * follows in an item makes it another text; other versions are not ours to
 * judge.  All items are looked at, so that the time does not tell which fits.
 */
static bool
is_among(struct text items, const unsigned char want[CRYPT_SHA256_SIZE])
{
	static const char version[] = "v1,";
	enum { VERSION = sizeof(version) - 1 };
	const char *end = items.s + items.n;
	bool found = false;

	for (const char *s = items.s; s < end;) {
		const char *space = memchr(s, ' ', (size_t)(end - s));
		size_t n = (size_t)((space == NULL ? end : space) - s), len;
		unsigned char got[CRYPT_SHA256_SIZE];

		if (n == VERSION + SIGNATURE_SIZE &&
		    memcmp(s, version, VERSION) == 0 &&
		    b64_decode(s + VERSION, SIGNATURE_SIZE, got, sizeof(got),
			&len) == 0 &&
		    len == sizeof(got))
			found |= crypt_same(got, want, sizeof(got));
		s += n + 1;
	}
	return found;
}

const char *
svix_check(const struct svix_message *m, const struct conf_list *secrets,
    int64_t now_s)
{
	struct text id = trimmed(m->id), at = trimmed(m->timestamp);
	const struct crypt_part signed_text[] = {
		{ id.s, id.n },
		{ ".", 1 },
		{ at.s, at.n },
		{ ".", 1 },
		{ m->body, m->body_len },
	};
	const char *why = svix_missing(m);
	bool good = false;

	if (why == NULL)
		why = check_time(at, now_s);
	if (why != NULL)
		return why;
	for (int i = 0; i < secrets->n; i++) {
		unsigned char key[SVIX_SECRET_MAX], code[CRYPT_SHA256_SIZE];
		int len = svix_secret(secrets->item[i], key);

		if (len == -1)
			continue; /* the configuration is refused with one */
		crypt_hmac(key, (size_t)len, signed_text, 5, code);
		good |= is_among(trimmed(m->signature), code);
		explicit_bzero(key, sizeof(key));
		explicit_bzero(code, sizeof(code));
	}
	return good ? NULL : "no signature fits";
}
