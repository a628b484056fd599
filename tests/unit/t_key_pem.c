/* SPDX-License-Identifier: MIT */
/* io/key: keys from the configuration, as PEM. */
#include "tap.h"

#include "base/b64.h"
#include "io/key.h"
#include "unit/signer.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static void
all_kinds(void)
{
	for (int i = 0; i < SIGNER_KEYS; i++) {
		char *pem = signer_pem((enum signer_key)i);
		struct err err = { .kind = ERR_NONE };
		struct key *k = key_from_pem(pem, &err);

		tap_row("key %d", i);
		STREQ(err.text, "");
		if (CHECK(k != NULL))
			CHECK(key_fits(k, KEY_RS256) == (i <= SIGNER_RSA_2));
		key_free(&k);
		free(pem);
	}
}

/* SubjectPublicKeyInfo, but not of ours; in base64. */
static void
others(void)
{
	static const struct {
		const char *what, *der, *problem;
	} t[] = {
		{ "Ed448",
		    "MEMwBQYDK2VxAzoAgyptzcUyUFI4PAehcRdqhLjCtDP7yGW7jcAZxnPBQC"
		    "PYmslJRtHBWaO9wBdom9UyThsnzI+RXjCA",
		    "the key is not RSA, P-256, P-384, P-521 or Ed25519" },
		{ "X25519",
		    "MCowBQYDK2VuAyEAXDYIRQSn/C03af5SIICJ4wJ4WNTnyUqM+/Az7PqJs0"
		    "Y=",
		    "the key is not RSA, P-256, P-384, P-521 or Ed25519" },
		{ "secp256k1",
		    "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEzjzUezK3CtiOmuiLsfjF5bIZ1n"
		    "tQ2cPD93LFPoEQdB3wsD8Gt4m1VoEbOPFo7K5RY1/akisMdBbBmlBa6Nhj"
		    "oA==",
		    "the key is not RSA, P-256, P-384, P-521 or Ed25519" },
		{ "P-256 by parameters of its own",
		    "MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAA"
		    "ABAAAAAAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAA"
		    "AAAAAAAA///////////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsP"
		    "Y7zjw+J9JgSwMVAMSdNgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4"
		    "vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2"
		    "sxXs7LtkBoN79R9QIhAP////8AAAAA//////////+85vqtpxeehPO5ysL8"
		    "YyVRAgEBA0IABL2xR90jlJMTgSJB4iqQs62IWHJgaE+GE7uQkrjI2i7x1D"
		    "6tML0aDFFNqDdE/iSFww+nxp0nl+xx6KPiopH9G9o=",
		    "the key is not RSA, P-256, P-384, P-521 or Ed25519" },
		{ "P-256, compressed",
		    "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgAD4ZroaCVQ8C1XRETqsR0/6D"
		    "KUrDNX2SjKX7kqV3+vcd0=",
		    "the key is not RSA, P-256, P-384, P-521 or Ed25519" },
		{ "RSA only for PSS",
		    "MIIBIDALBgkqhkiG9w0BAQoDggEPADCCAQoCggEBAJJZIcK+GeZnZBU6oU"
		    "lfioBF1VGc8YRXvYqU3y2/td8XdwaeMVclwrnkD/YaFf5wqvFrltkNWfPG"
		    "LBixQkpsTuMuSbVfJZPdbNiDHITJCaYj5fUysBGESC8xypcCMjj6bbEOzq"
		    "5oEE0w8IeagOe6ci4Owr4EOAjzoAfFL7tGL5YGMMCtDec9vJNYxgn/JVbG"
		    "2ZO+bUx1ac5tDGvhrXbTDfgqYEngLQCK/hmHWdAMXiXoeIxre4QlXc0/oK"
		    "wDC46GSp43lXdvmmIh0ufoBzM/3F/oVjgvYC1BuSWyzKhjSmlUQ2Gu7L57"
		    "Np45NuJpJ4o32rwD0nAKlW67qcjgXlGnbzkCAwEAAQ==",
		    "the key is not RSA, P-256, P-384, P-521 or Ed25519" },
		{ "RSA of 1024 bits",
		    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDOmk4+dSn1hDOAwb5sGB"
		    "p9vzPxIJIbA/UZw/cLZCvxyG4Cf1p3my2Sze91Sp9vDQs0qHr4H8D+on6G"
		    "PeBagRGBnrcox5x+J9L+b3zZKC+YDiKvJ6wvSiFMe76yKPyYu1AmqBpu3F"
		    "h6E1gAx2ZvGUYeS1ujVjXqj+IhFn1fEf351wIDAQAB",
		    "the RSA key is not of 2048 to 8192 bits" },
		{ "no DER", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
		    "this is no public key" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err err = { .kind = ERR_NONE };

		tap_row("%s", t[i].what);
		CHECK(key_from_pem(t[i].der, &err) == NULL);
		INTEQ(err.kind, ERR_CONFIG);
		STREQ(err.text, t[i].problem);
		INTEQ(ERR_peek_error(), 0);
	}
}

/* The text of n bytes in plain base64, by way of base64url. */
static char *
base64(const unsigned char *der, size_t n)
{
	char *text = malloc(B64URL_SIZE(n));

	b64url_encode(der, n, text);
	for (char *p = text; *p != '\0'; p++)
		*p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
	return text;
}

/* Bytes behind the key, or missing at its end; the private half. */
static void
not_to_the_byte(void)
{
	for (int i = 0; i < SIGNER_KEYS; i++) {
		unsigned char *der, longer[1024] = { 0 };
		size_t n = signer_spki((enum signer_key)i, &der);
		const char *secret = signer_secrets[i];

		memcpy(longer, der, n);
		for (int change = -1; change <= 1; change++) {
			struct err err = { .kind = ERR_NONE };
			char *text = base64(longer, n + (size_t)change);
			struct key *k = key_from_pem(text, &err);

			tap_row("key %d, %d", i, change);
			INTEQ(k != NULL, change == 0);
			key_free(&k);
			free(text);
		}
		tap_row("key %d, private", i);
		CHECK(key_from_pem(secret, &(struct err){ 0 }) == NULL);
		OPENSSL_free(der);
	}
	INTEQ(ERR_peek_error(), 0);
}

static const struct tap_case cases[] = {
	{ "every kind of key comes as PEM", all_kinds },
	{ "keys of other kinds and sizes are not trusted", others },
	{ "a key is all of its bytes, and not the private half",
	    not_to_the_byte },
};
TAP_MAIN(cases)
