/* SPDX-License-Identifier: MIT */
/* Token to fingerprint of the key that signed it, in the host's slots. */
#include "auth/verified.h"

#include "auth/jwt.h"
#include "auth/outside.h"
#include "base/clock.h"
#include "shm/shared.h"

#include <string.h>

/* The scope is copied, as the line itself is anybody's to write. */
void
verified_init(struct verified *v, const struct outside *o)
{
	v->slots = o->shared->slots;
	memcpy(v->scope, o->line->scope, sizeof(v->scope));
}

/* The signature's text can only be what its bytes say: see jwt_open(). */
static void
make_key(const struct verified *v, const struct jwt *t,
    unsigned char key[SLOTS_KEY_SIZE])
{
	const struct crypt_part parts[] = {
		{ "verified", 8 },
		{ v->scope, sizeof(v->scope) },
		{ t->text, t->signed_len },
		{ t->sig, t->sig_len },
	};

	slots_key(v->slots, parts, sizeof(parts) / sizeof(parts[0]), key);
}

static void
remember(const struct verified *v, const struct jwt *t, const struct key *key,
    const unsigned char *slot)
{
	int64_t left = jwt_expires(t) * 1000 - clock_wall_ms();
	int64_t now = clock_mono_ms();

	if (left > VERIFIED_LIFE_MS)
		left = VERIFIED_LIFE_MS;
	slots_put(v->slots, slot, key_print(key), KEY_PRINT_SIZE, now + left,
	    now);
}

const char *
verified_check(const struct verified *v, const struct jwt *t, struct key *key)
{
	unsigned char slot[SLOTS_KEY_SIZE], print[KEY_PRINT_SIZE];
	const char *why;
	size_t len;

	make_key(v, t, slot);
	if (slots_get(v->slots, slot, print, sizeof(print), &len,
		clock_mono_ms()) == SLOTS_HIT &&
	    len == sizeof(print) &&
	    memcmp(print, key_print(key), sizeof(print)) == 0)
		return NULL;
	why = jwt_check_signature(t, key);
	if (why == NULL)
		remember(v, t, key, slot);
	return why;
}
