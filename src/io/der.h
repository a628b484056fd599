/* SPDX-License-Identifier: MIT */
/* The few ASN.1 structures, in DER (X.690), that libcrypto takes keys and
 * signatures in while JOSE carries plain numbers. */
#ifndef IO_DER_H
#define IO_DER_H

#include <stddef.h>

enum {
	DER_RSA_BITS_MAX = 8192,
	DER_RSA_E_MAX = 8, /* bytes */
	DER_RSA_KEY_MAX = DER_RSA_BITS_MAX / 8 + 64,
	DER_EC_MAX = 66, /* bytes of a number of the largest curve, P-521 */
	DER_ECDSA_MAX = 2 * DER_EC_MAX + 16,
};

/*
 * SubjectPublicKeyInfo (RFC 5280, 8017) of an RSA key whose modulus and
 * exponent are big-endian, at most DER_RSA_BITS_MAX / 8 and DER_RSA_E_MAX
 * bytes.  Returns its length.
 */
size_t der_rsa_key(const unsigned char *n, size_t n_len, const unsigned char *e,
    size_t e_len, unsigned char out[DER_RSA_KEY_MAX]);

/*
 * ECDSA-Sig-Value (RFC 3279) of a signature that is R || S, each `half` bytes,
 * at most DER_EC_MAX.  Returns its length.
 */
size_t der_ecdsa(const unsigned char *sig, size_t half,
    unsigned char out[DER_ECDSA_MAX]);

#endif
