/* SPDX-License-Identifier: MIT */
/*
 * Session tokens as a Clerk instance makes them, for the users of the bench:
 * RS256 with 2048 bits, claims of version 2 with an organization and an email
 * address, about 900 bytes.  The key is one that stands in tests/unit for
 * everybody to read.
 */
#ifndef BENCH_TOKEN_H
#define BENCH_TOKEN_H

#include <openssl/evp.h>

#define BENCH_ISSUER "https://clerk.bench.example"
#define BENCH_PARTY "https://app.bench.example"
#define BENCH_KID "ins_2benchBenchBenchBenchBench"

enum { BENCH_JWT_MAX = 2048, BENCH_JWT_LIFE_S = 24 * 60 * 60 };

/* The key pair; ends with the program. */
EVP_PKEY *bench_key(void);

/* User i's token, valid from now on for BENCH_JWT_LIFE_S. */
void bench_jwt(int i, char out[BENCH_JWT_MAX]);

/* The public key as clerk.jwt_key, and as the key set; the heap's. */
char *bench_pem(void);
char *bench_jwks(void);

#endif
