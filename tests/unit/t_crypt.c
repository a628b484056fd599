/* SPDX-License-Identifier: MIT */
/* io/crypt: published vectors, and parts that cannot be shifted. */
#include "tap.h"

#include "auth/cred.h"
#include "io/crypt.h"

#include <string.h>

static void
sha256(void)
{
	static const struct {
		const char *in, *want;
	} t[] = {
		/* FIPS 180-4 */
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		      "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039"
		    "a33ce45964ff2167f6ecedd419db06c1" },
	};
	char out[CRYPT_SHA256_HEX_SIZE];

	for (size_t i = 0; i < ROWS(t); i++) {
		crypt_sha256_hex(t[i].in, strlen(t[i].in), out);
		STREQ(out, t[i].want);
	}
}

static void
sha1(void)
{
	static const struct {
		const char *in;
		unsigned char want[CRYPT_SHA1_SIZE];
	} t[] = {
		/* FIPS 180-4 */
		{ "",
		    { 0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32,
			0x55, 0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf, 0xd8,
			0x07, 0x09 } },
		{ "abc",
		    { 0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba,
			0x3e, 0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0,
			0xd8, 0x9d } },
	};
	unsigned char out[CRYPT_SHA1_SIZE];

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].in);
		crypt_sha1(t[i].in, strlen(t[i].in), out);
		CHECK(memcmp(out, t[i].want, sizeof(out)) == 0);
	}
}

static void
code_of(const char *key, const struct crypt_part *parts, size_t n,
    unsigned char out[CRYPT_SHA256_SIZE])
{
	struct crypt_mac *m = crypt_mac_new(key, strlen(key));

	crypt_mac(m, parts, n, out);
	crypt_mac_free(&m);
	CHECK(m == NULL);
}

/* One key for many messages: the one before leaves no trace. */
static void
kept(void)
{
	const struct crypt_part abc = { "abc", 3 }, other = { "x", 1 };
	unsigned char first[CRYPT_SHA256_SIZE], again[CRYPT_SHA256_SIZE];
	struct crypt_mac *m = crypt_mac_new("key", 3);

	crypt_mac(m, &abc, 1, first);
	crypt_mac(m, &other, 1, again);
	CHECK(memcmp(first, again, sizeof(first)) != 0);
	crypt_mac(m, &abc, 1, again);
	CHECK(memcmp(first, again, sizeof(first)) == 0);
	crypt_mac_free(&m);
}

/* HMAC-SHA256 of key "key" over 3 as 8 bytes, "abc", computed elsewhere. */
static void
hmac(void)
{
	static const unsigned char want[] = { 0x9c, 0x26, 0x78, 0x48, 0xc2,
		0xcf, 0x2c, 0x5c };
	const struct crypt_part abc = { "abc", 3 };
	unsigned char out[CRYPT_SHA256_SIZE];

	code_of("key", &abc, 1, out);
	CHECK(memcmp(out, want, sizeof(want)) == 0);
}

static void
apart(void)
{
	const struct crypt_part lists[][2] = {
		{ { "ab", 2 }, { "c", 1 } },
		{ { "a", 1 }, { "bc", 2 } },
		{ { "", 0 }, { "abc", 3 } },
		{ { "abc", 3 }, { "", 0 } },
	};
	unsigned char out[ROWS(lists) + 2][CRYPT_SHA256_SIZE];
	const struct crypt_part whole = { "abc", 3 };

	for (size_t i = 0; i < ROWS(lists); i++)
		code_of("key", lists[i], 2, out[i]);
	code_of("key", &whole, 1, out[ROWS(lists)]);
	code_of("kez", &whole, 1, out[ROWS(lists) + 1]);
	for (size_t i = 0; i < ROWS(out); i++)
		for (size_t k = 0; k < i; k++) {
			tap_row("lists %zu and %zu", k, i);
			CHECK(memcmp(out[i], out[k], sizeof(out[i])) != 0);
		}
}

/* What auth.c and recent.c hand in for the longest credential there is. */
static void
longest(void)
{
	static char token[CRED_TOKEN_MAX];
	const int kind = 1;
	const struct crypt_part parts[] = {
		{ "a-provider-with-a-rather-long-name", 34 },
		{ &kind, sizeof(kind) },
		{ token, sizeof(token) },
	};
	unsigned char out[CRYPT_SHA256_SIZE], again[CRYPT_SHA256_SIZE];

	memset(token, 'a', sizeof(token));
	code_of("key", parts, 3, out);
	token[sizeof(token) - 1] = 'b';
	code_of("key", parts, 3, again);
	CHECK(memcmp(out, again, sizeof(out)) != 0);
}

/* RFC 4231: a short key, one of a block and more, parts put together. */
static void
published_hmac(void)
{
	static const unsigned char aa[131] = { [0 ... 130] = 0xaa };
	static const struct {
		const void *key;
		size_t len;
		struct crypt_part parts[2];
		unsigned char want[8];
	} t[] = {
		{ "Jefe", 4,
		    { { "what do ya want ", 16 }, { "for nothing?", 12 } },
		    { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e } },
		{ "Jefe", 4,
		    { { "what do ya want for nothing?", 28 }, { "", 0 } },
		    { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e } },
		{ aa, 131,
		    { { "Test Using Larger Than Block-Size Key - ", 40 },
			{ "Hash Key First", 14 } },
		    { 0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f } },
	};
	unsigned char out[CRYPT_SHA256_SIZE];

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%zu", i);
		crypt_hmac(t[i].key, t[i].len, t[i].parts, 2, out);
		CHECK(memcmp(out, t[i].want, sizeof(t[i].want)) == 0);
	}
}

static void
same(void)
{
	CHECK(crypt_same("abcd", "abcd", 4));
	CHECK(crypt_same("abcd", "abce", 3));
	CHECK(crypt_same("", "x", 0));
	CHECK(!crypt_same("abcd", "abce", 4));
	CHECK(!crypt_same("xbcd", "abcd", 4));
	CHECK(!crypt_same("a\0c", "a\0d", 3));
}

static const struct tap_case cases[] = {
	{ "SHA-256 gives the published digests", sha256 },
	{ "SHA-1 does, too", sha1 },
	{ "HMAC covers each part behind its length", hmac },
	{ "HMAC over the bytes alone gives the published codes",
	    published_hmac },
	{ "bytes are the same, or not, to the last one", same },
	{ "a kept key gives each message its own tag", kept },
	{ "no two lists of parts give the same tag", apart },
	{ "the longest credential that may come has a tag", longest },
};
TAP_MAIN(cases)
