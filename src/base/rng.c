/* SPDX-License-Identifier: MIT */
/* getrandom(2), and the same as text. */
#include "base/rng.h"

#include <stdlib.h>
#include <sys/random.h>

void
rng_bytes(void *out, size_t n)
{
	/* Up to 256 bytes are never cut short once the pool is ready. */
	if (getrandom(out, n, 0) != (ssize_t)n)
		abort();
}

void
rng_hex(char *out, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char raw[32];

	rng_bytes(raw, n);
	for (size_t i = 0; i < n; i++) {
		*out++ = hex[raw[i] >> 4];
		*out++ = hex[raw[i] & 15];
	}
	*out = '\0';
}
