/* SPDX-License-Identifier: MIT */
/* Signing is not what is measured, but ten thousand tokens are waited for. */
#include "token.h"

#include "base/b64.h"
#include "unit/signer.h"
#include "users.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <time.h>

enum { SIG_SIZE = 2048 / 8, JSON_MAX = 1024 };

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "tests/bench/token: %s\n", what);
	exit(1);
}

EVP_PKEY *
bench_key(void)
{
	const char *secret = signer_secrets[SIGNER_RSA];
	static EVP_PKEY *key;
	unsigned char der[2048];
	const unsigned char *at = der;
	size_t n;

	if (key != NULL)
		return key;
	must(b64_decode(secret, strlen(secret), der, sizeof(der), &n) == 0,
	    "the key is no base64");
	key = d2i_AutoPrivateKey(NULL, &at, (long)n);
	must(key != NULL && EVP_PKEY_get_size(key) == SIG_SIZE,
	    "the key is no RSA key of 2048 bits");
	return key;
}

static size_t
claims(int i, char out[JSON_MAX])
{
	long now = (long)time(NULL);
	char id[BENCH_TEXT];
	struct bench_user u;

	bench_nth(i, &u);
	bench_clerk_id(i, "", id);
	return (size_t)snprintf(out, JSON_MAX,
	    "{\"azp\":\"" BENCH_PARTY "\",\"email\":\"%s\",\"exp\":%ld,"
	    "\"fva\":[7,-1],\"iat\":%ld,\"iss\":\"" BENCH_ISSUER "\","
	    "\"jti\":\"%08xbenchbench\",\"nbf\":%ld,\"o\":{\"id\":\"org_%s\","
	    "\"rol\":\"admin\",\"slg\":\"bench\"},\"sid\":\"sess_%s\","
	    "\"sts\":\"active\",\"sub\":\"user_%s\",\"v\":2}",
	    u.email, now + BENCH_JWT_LIFE_S, now, (unsigned)i, now - 10, id, id,
	    id);
}

void
bench_jwt(int i, char out[BENCH_JWT_MAX])
{
	static const char header[] =
	    "{\"alg\":\"RS256\",\"cat\":\"cl_B7d4PD111AAA\",\"kid\":"
	    "\"" BENCH_KID "\",\"typ\":\"JWT\"}";
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[SIG_SIZE];
	size_t n = b64url_encode(header, sizeof(header) - 1, out);
	size_t sig_len = SIG_SIZE;
	char json[JSON_MAX];

	out[n++] = '.';
	n += b64url_encode(json, claims(i, json), out + n);
	must(ctx != NULL &&
		 EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL,
		     bench_key(), NULL) == 1 &&
		 EVP_DigestSign(ctx, sig, &sig_len, (unsigned char *)out, n) ==
		     1,
	    "signing failed");
	EVP_MD_CTX_free(ctx);
	out[n++] = '.';
	b64url_encode(sig, sig_len, out + n);
}

char *
bench_pem(void)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *data, *copy;
	long n;

	must(out != NULL && PEM_write_bio_PUBKEY(out, bench_key()) == 1,
	    "the key cannot be written");
	n = BIO_get_mem_data(out, &data);
	copy = strndup(data, (size_t)n);
	BIO_free(out);
	return copy;
}

char *
bench_jwks(void)
{
	char *jwk = signer_jwk(SIGNER_RSA), *set;

	must(asprintf(&set,
		 "{\"keys\":[{\"use\":\"sig\",\"kid\":\"" BENCH_KID
		 "\",\"alg\":\"RS256\",%s}]}",
		 jwk) > 0,
	    "out of memory");
	free(jwk);
	return set;
}
