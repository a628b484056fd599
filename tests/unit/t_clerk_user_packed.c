/* SPDX-License-Identifier: MIT */
/* auth/clerk_user: a user as he lies in shared memory. */
#include "tap.h"

#include "auth/clerk_user.h"

#include <stdlib.h>
#include <string.h>

/* Of bytes behind which nothing is. */
static bool
unpacks(const unsigned char *packed, size_t n)
{
	unsigned char *copy = malloc(n + 1);
	struct clerk_user u;
	bool good;

	memcpy(copy + 1, packed, n);
	good = clerk_user_unpack(&u, copy + 1, n);
	free(copy);
	return good;
}

static void
packed(void)
{
	struct clerk_user in, out;
	unsigned char p[CLERK_PACKED_MAX + 1];
	size_t n;

	for (int i = 0; i < 4; i++) {
		memset(&in, i >= 2 ? 'x' : '\0', sizeof(in));
		in.refused = i % 2;
		in.email[CLERK_EMAIL_SIZE - 1] = '\0';
		in.name[CLERK_NAME_SIZE - 1] = '\0';
		n = clerk_user_pack(&in, p);
		INTEQ(n, i < 2 ? 3 : CLERK_PACKED_MAX);
		CHECK(clerk_user_unpack(&out, p, n));
		INTEQ(out.refused, in.refused);
		STREQ(out.email, in.email);
		STREQ(out.name, in.name);
		for (size_t less = 0; less < n; less++)
			CHECK(!unpacks(p, less));
		p[n] = '\0';
		CHECK(!unpacks(p, n + 1));
	}
	p[CLERK_EMAIL_SIZE] = 'x'; /* the address has no end, then no name */
	CHECK(!unpacks(p, n));
	p[1] = '\0';
	CHECK(!unpacks(p, n));
}

static const struct tap_case cases[] = {
	{ "what is packed is unpacked, and nothing else is", packed },
};
TAP_MAIN(cases)
