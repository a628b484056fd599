/* SPDX-License-Identifier: MIT */
/* Random bytes from the kernel: no state that a fork could share. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>

/* Fills n <= 256 bytes; ends the process if the kernel has none to give. */
void rng_bytes(void *out, size_t n);

/* 2n lower-case hexadecimal digits and a NUL into out; n <= 32. */
void rng_hex(char *out, size_t n);

#endif
