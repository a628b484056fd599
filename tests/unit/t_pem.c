/* SPDX-License-Identifier: MIT */
/* io/pem: keys as they arrive from shells, files and forms. */
#include "tap.h"

#include "io/pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define B "-----BEGIN PUBLIC KEY-----"
#define E "-----END PUBLIC KEY-----"
/* 44 bytes: not a key, which is not asked here */
#define L1 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
#define L2 "GBkaGxwdHh8gISIjJCUmJygpKis="

static void
arrives(void)
{
	static const char *const t[] = {
		B "\n" L1 "\n" L2 "\n" E "\n", B "\r\n" L1 "\r\n" L2 "\r\n" E,
		B "\r" L1 "\r" L2 "\r" E "\r", B L1 L2 E,
		B " " L1 " " L2 " " E, B "\\n" L1 "\\n" L2 "\\n" E "\\n",
		B "\\r\\n" L1 "\\r\\n" L2 "\\r\\n" E, L1 L2,
		"\"" B "\\n" L1 L2 "\\n" E "\\n\"", "'" B L1 L2 E "'",
		"  " B "\n" L1 "\n" L2 "\n" E "\n\n\n", "\t\"" L1 L2 "\" ",
		L1 "\n" L2 "\n", L1 "\\n" L2,
		"\n\n" B "\n\n" L1 "\n\n" L2 "\n\n" E, B "\n\t" L1 L2 "\n" E,
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis",
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		unsigned char der[PEM_DER_MAX];
		struct err e = { .kind = ERR_NONE };
		size_t len = 0;

		tap_row("%s", t[i]);
		INTEQ(pem_public_key(t[i], der, &len, &e), 0);
		STREQ(e.text, "");
		INTEQ(len, 44);
		for (size_t k = 0; k < 44 && k < len; k++)
			INTEQ(der[k], k);
	}
}

static void
refused(void)
{
	static const struct {
		const char *text, *problem; /* which begins so */
	} t[] = {
		{ "", "the key is empty" }, { " \n\"\" ", "the key is empty" },
		{ "!", "the key is not base64" },
		{ "AA-_", "the key is not base64" },
		{ L1 "=" L2, "the key is not base64" },
		{ L1 L2 "=", "the key is not base64" },
		{ L1 L2 ";", "the key is not base64" },
		{ B E, "the key is not base64" },
		{ B "\n" E, "the key is not base64" },
		{ B "\nProc-Type: 4\n" L1 "\n" E, "the key is not base64" },
		{ B L1 B L1 L2 E E, "there is more than one key" },
		{ B L1 L2 E "\n" B L1 L2 E, "there is more than one key" },
		{ B L1 L2, "the key has no END line" },
		{ "-----BEGIN PUBLIC KEY" L1 E, "the key has no END line" },
		{ "-----BEGIN PUBLIC KEY-----END PUBLIC KEY-----",
		    "the key has no END line" },
		{ "-----BEGIN x", "the key has no END line" },
		{ B L1 L2 "-----END RSA PUBLIC KEY-----",
		    "the key does not end with -----END PUBLIC KEY-----" },
		{ B L1 L2 "-----END PUBLIC KEY",
		    "the key does not end with -----END PUBLIC KEY-----" },
		{ B L1 L2 E " and more",
		    "the key does not end with -----END PUBLIC KEY-----" },
		{ "my key: " B L1 L2 E, "there is text in front of the key" },
		{ "ssh-rsa AAAA", "the key is not base64" },
		{ "-----BEGIN CERTIFICATE-----\n" L1 "\n"
		  "-----END CERTIFICATE-----",
		    "this is a certificate" },
		{ "-----BEGIN RSA PUBLIC KEY-----\n" L1 "\n"
		  "-----END RSA PUBLIC KEY-----",
		    "this is a key in the older form PKCS#1" },
		{ "-----BEGIN EC PARAMETERS-----\n" L1 "\n"
		  "-----END EC PARAMETERS-----",
		    "expected -----BEGIN PUBLIC KEY-----" },
		{ "-----BEGIN public key-----" L1 "-----END public key-----",
		    "expected -----BEGIN PUBLIC KEY-----" },
		{ "-----BEGIN PRIVATE KEY-----\n" L1
		  "\n-----END PRIVATE KEY-----",
		    "this is a private key" },
		{ "-----BEGIN RSA PRIVATE KEY-----", "this is a private key" },
		{ "-----BEGIN EC PRIVATE KEY-----", "this is a private key" },
		{ "-----BEGIN ENCRYPTED PRIVATE KEY-----",
		    "this is a private key" },
		{ "-----BEGIN OPENSSH PRIVATE KEY-----",
		    "this is a private key" },
		{ B L1 L2 E "\n-----BEGIN PRIVATE KEY-----",
		    "this is a private key" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		unsigned char der[PEM_DER_MAX];
		struct err e = { .kind = ERR_NONE };
		size_t len, n = strlen(t[i].problem);

		tap_row("%s", t[i].text);
		INTEQ(pem_public_key(t[i].text, der, &len, &e), -1);
		INTEQ(e.kind, ERR_CONFIG);
		if (strlen(e.text) > n)
			e.text[n] = '\0';
		STREQ(e.text, t[i].problem);
	}
}

/* An error ends up in a log; what was pasted may be a secret. */
static void
quotes_nothing(void)
{
	static const char *const t[] = {
		"-----BEGIN S3cret-----x-----END -----", "S3cret!",
		"S3cret-----BEGIN ", B "S3cret!" E,
		"-----BEGIN S3cret PRIVATE KEY-----S3cret",
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		unsigned char der[PEM_DER_MAX];
		struct err e = { .kind = ERR_NONE };
		size_t len;

		tap_row("%s", t[i]);
		INTEQ(pem_public_key(t[i], der, &len, &e), -1);
		CHECK(strstr(e.text, "S3cret") == NULL);
	}
}

static void
ceilings(void)
{
	unsigned char der[PEM_DER_MAX];
	char text[PEM_TEXT_MAX + 2];
	struct err e = { .kind = ERR_NONE };
	size_t len;

	memset(text, 'A', sizeof(text));
	text[PEM_TEXT_MAX] = '\0';
	INTEQ(pem_public_key(text, der, &len, &e), -1);
	STREQ(e.text, "the key is not base64");
	text[PEM_DER_MAX / 3 * 4] = '\0';
	INTEQ(pem_public_key(text, der, &len, &e), 0);
	text[PEM_DER_MAX / 3 * 4] = 'A';
	text[PEM_TEXT_MAX] = 'A';
	text[PEM_TEXT_MAX + 1] = '\0';
	e.kind = ERR_NONE;
	INTEQ(pem_public_key(text, der, &len, &e), -1);
	STREQ(e.text, "too long for one key");
}

static const struct tap_case cases[] = {
	{ "a key survives line ends, spaces, quotes and escapes", arrives },
	{ "what is pasted instead is named", refused },
	{ "no problem quotes the text", quotes_nothing },
	{ "text and key have their ceilings", ceilings },
};
TAP_MAIN(cases)
