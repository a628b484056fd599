/* SPDX-License-Identifier: MIT */
/* The text is copied, cleaned and cut; then it is base64 or it is refused. */
#include "io/pem.h"

#include "base/b64.h"
#include "base/str.h"

#include <stdbool.h>
#include <string.h>

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

/* Labels people paste instead of PUBLIC KEY, and what to do about it. */
static const struct {
	const char *label, *problem;
} others[] = {
	{ "CERTIFICATE", "this is a certificate; its key is printed by "
			 "openssl x509 -noout -pubkey -in FILE" },
	{ "RSA PUBLIC KEY",
	    "this is a key in the older form PKCS#1; it is converted by "
	    "openssl rsa -RSAPublicKey_in -pubout -in FILE" },
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without what is around it; escapes of line ends become line ends. */
static char *
clean(char *text)
{
	size_t n;

	for (char *p = text; (p = strchr(p, '\\')) != NULL;)
		if (p[1] == 'n' || p[1] == 'r')
			p[0] = p[1] = '\n';
		else
			p++;
	n = strlen(text);
	while (n > 0 && (is_space(text[n - 1]) || text[n - 1] == '"' ||
			    text[n - 1] == '\''))
		text[--n] = '\0';
	while (is_space(*text) || *text == '"' || *text == '\'')
		text++;
	return text;
}

static int
check_label(const char *label, struct err *e)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(label, others[i].label) == 0)
			return err_set(e, ERR_CONFIG, "%s", others[i].problem);
	if (strcmp(label, "PUBLIC KEY") != 0)
		return err_set(e, ERR_CONFIG,
		    "expected -----BEGIN PUBLIC KEY-----");
	return 0;
}

/* From BEGIN to END: *text becomes what is between the two lines. */
static int
unwrap(char **text, struct err *e)
{
	char *label = *text + strlen(BEGIN);
	char *body = strstr(label, DASHES);
	char *end = strstr(label, END), *rest;

	if (strstr(label, BEGIN) != NULL)
		return err_set(e, ERR_CONFIG, "there is more than one key");
	if (body == NULL || end == NULL || end < body + strlen(DASHES))
		return err_set(e, ERR_CONFIG, "the key has no END line");
	*body = '\0';
	*end = '\0';
	body += strlen(DASHES);
	if (check_label(label, e) == -1)
		return -1;
	rest = end + strlen(END);
	if (strncmp(rest, label, strlen(label)) != 0 ||
	    strcmp(rest + strlen(label), DASHES) != 0)
		return err_set(e, ERR_CONFIG,
		    "the key does not end with -----END PUBLIC KEY-----");
	*text = body;
	return 0;
}

static int
decode(char *text, unsigned char *der, size_t *len, struct err *e)
{
	size_t n = 0;

	for (const char *p = text; *p != '\0'; p++)
		if (!is_space(*p))
			text[n++] = *p;
	if (n == 0 || b64_decode(text, n, der, PEM_DER_MAX, len) == -1)
		return err_set(e, ERR_CONFIG, "the key is not base64");
	return 0;
}

int
pem_public_key(const char *text, unsigned char der[PEM_DER_MAX], size_t *len,
    struct err *e)
{
	char copy[PEM_TEXT_MAX + 1], *at;
	size_t n = strlen(text);
	int rc = -1;

	if (n > PEM_TEXT_MAX)
		return err_set(e, ERR_CONFIG, "too long for one key");
	memcpy(copy, text, n + 1);
	at = clean(copy);
	if (strstr(at, "PRIVATE KEY") != NULL)
		err_set(e, ERR_CONFIG,
		    "this is a private key and should be replaced now that it "
		    "was here; the public key is needed");
	else if (*at == '\0')
		err_set(e, ERR_CONFIG, "the key is empty");
	else if (strstr(at, BEGIN) > at)
		err_set(e, ERR_CONFIG, "there is text in front of the key");
	else if (str_after(at, BEGIN) == NULL || unwrap(&at, e) == 0)
		rc = decode(at, der, len, e);
	/* It may have been a secret. */
	explicit_bzero(copy, sizeof(copy));
	return rc;
}
