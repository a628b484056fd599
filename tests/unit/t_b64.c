/* SPDX-License-Identifier: MIT */
/* base/b64: one text for each row of bytes, and one row for each text. */
#include "tap.h"

#include "base/b64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char url_set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
			      "qrstuvwxyz0123456789-_";

/* From an exact copy, so that reading beyond the end shows. */
static int
decode(bool url, const char *text, size_t n, unsigned char *out, size_t *len)
{
	char *exact = malloc(n + (n == 0));
	int rc;

	if (n > 0)
		memcpy(exact, text, n);
	rc = (url ? b64url_decode : b64_decode)(exact, n, out,
	    B64_DECODED_MAX(n), len);
	free(exact);
	return rc;
}

static void
published(void)
{
	/* RFC 4648 section 10; RFC 7515 appendix C */
	static const struct {
		const char *bytes, *url, *padded;
	} t[] = {
		{ "", "", "" }, { "f", "Zg", "Zg==" }, { "fo", "Zm8", "Zm8=" },
		{ "foo", "Zm9v", "Zm9v" }, { "foob", "Zm9vYg", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\x03\xec\xff\xe0\xc1", "A-z_4ME", "A+z/4ME=" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		size_t n = strlen(t[i].bytes), len = 99;
		unsigned char out[64];
		char text[B64URL_SIZE(8)];

		tap_row("%s", t[i].url);
		INTEQ(decode(true, t[i].url, strlen(t[i].url), out, &len), 0);
		INTEQ(len, n);
		CHECK(memcmp(out, t[i].bytes, n) == 0);
		INTEQ(decode(false, t[i].padded, strlen(t[i].padded), out,
			  &len), 0);
		INTEQ(len, n);
		CHECK(memcmp(out, t[i].bytes, n) == 0);
		INTEQ(b64url_encode(t[i].bytes, n, text), strlen(t[i].url));
		STREQ(text, t[i].url);
	}
}

static void
there_and_back(void)
{
	unsigned char in[300], out[300];
	char text[B64URL_SIZE(sizeof(in))];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 167 + (i >> 3));
	for (size_t n = 0; n <= sizeof(in); n++) {
		size_t chars = b64url_encode(in, n, text), len = 0;

		tap_row("%zu bytes", n);
		INTEQ(chars, strlen(text));
		CHECK(chars < B64URL_SIZE(n) && n <= B64_DECODED_MAX(chars));
		INTEQ(decode(true, text, chars, out, &len), 0);
		INTEQ(len, n);
		CHECK(memcmp(in, out, n) == 0);
	}
}

static void
other_bytes(void)
{
	static const char good[] = "Zm9vYmFyZm8v";
	unsigned char out[16];

	for (size_t place = 0; place < sizeof(good) - 1; place++)
		for (int c = 0; c < 256; c++) {
			char text[sizeof(good)];
			size_t len;
			bool known = c != 0 && strchr(url_set, c) != NULL;

			tap_row("byte 0x%02x at %zu", c, place);
			memcpy(text, good, sizeof(good));
			text[place] = (char)c;
			INTEQ(decode(true, text, 12, out, &len) == 0, known);
			known = (known && c != '-' && c != '_') || c == '+' ||
			    c == '/' || (c == '=' && place == 11);
			INTEQ(decode(false, text, 12, out, &len) == 0, known);
		}
}

/* All texts of two and three: the bits that fill no byte must be zero. */
static void
last_bits(void)
{
	unsigned char out[4];
	int two = 0, three = 0;
	size_t len;

	for (int a = 0; a < 64; a++)
		for (int b = 0; b < 64; b++) {
			char text[3] = { url_set[a], url_set[b], url_set[a] };

			if (decode(true, text, 2, out, &len) == 0)
				two += len == 1 && b % 16 == 0;
			if (decode(true, text, 3, out, &len) == 0)
				three += len == 2 && a % 4 == 0;
		}
	INTEQ(two, 256);
	INTEQ(three, 64 * 16);
}

static void
wrong_lengths(void)
{
	static const struct {
		const char *text;
		bool url, standard;
	} t[] = {
		{ "Z", false, false }, { "Zm9vZ", false, false },
		{ "Zg==", false, true }, { "Zm8=", false, true },
		{ "Zg=", false, false }, { "Zg", true, true },
		{ "Zm8", true, true }, { "Zm8==", false, false },
		{ "Zm9v=", false, false }, { "Zm9v==", false, false },
		{ "Zm9v====", false, false }, { "Z===", false, false },
		{ "=", false, false }, { "==", false, false },
		{ "====", false, false }, { "Zg==Zg==", false, false },
		{ "Zh==", false, false }, { "Zm9=", false, false },
		{ "Zm9v\n", false, false }, { "\nZm9v", false, false },
		{ "Zm9v Zm9v", false, false }, { "Zm9vYg==\n", false, false },
		{ "Zm9v\r\nZm9v", false, false }, { "Zm9vZm9v", true, true },
	};
	unsigned char out[16];
	size_t len;

	for (size_t i = 0; i < ROWS(t); i++) {
		size_t n = strlen(t[i].text);

		tap_row("%s", t[i].text);
		INTEQ(decode(true, t[i].text, n, out, &len) == 0, t[i].url);
		INTEQ(decode(false, t[i].text, n, out, &len) == 0,
		    t[i].standard);
	}
}

static void
ceiling(void)
{
	unsigned char out[8] = "xxxxxxx";
	size_t len = 77;

	INTEQ(b64url_decode("Zm9vYmFy", 8, out, 5, &len), -1);
	INTEQ(b64url_decode("Zm9vYmE", 7, out, 4, &len), -1);
	INTEQ(b64url_decode("Zg", 2, out, 0, &len), -1);
	STREQ((char *)out, "xxxxxxx");
	INTEQ(len, 77);
	INTEQ(b64url_decode("Zm9vYmE", 7, out, 5, &len), 0);
	STREQ((char *)out, "foobaxx");
	INTEQ(b64url_decode("", 0, out, 0, &len), 0);
	INTEQ(len, 0);
}

static const struct tap_case cases[] = {
	{ "the published examples, both alphabets", published },
	{ "every length comes back as it was", there_and_back },
	{ "each alphabet is its own, and nothing else is in it", other_bytes },
	{ "unused last bits are zero, so no two texts mean the same",
	    last_bits },
	{ "padding is right or absent; base64url has none", wrong_lengths },
	{ "nothing is written beyond the ceiling", ceiling },
};
TAP_MAIN(cases)
