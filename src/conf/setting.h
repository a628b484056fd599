/* SPDX-License-Identifier: MIT */
/* One setting: from what is written to a field, by the row of its key. */
#ifndef CONF_SETTING_H
#define CONF_SETTING_H

#include "base/err.h"

#include <stdbool.h>

struct arena;
struct conf_key;

/* Where a setting goes, and where it stands. */
struct setting {
	void *base; /* what the key's offset is into */
	struct arena *arena;
	const char *folder; /* of the file, for references */
	bool others_read;   /* others can read what it stands in */
};

/*
 * Sets the key's field to a value as it would be written: "true", "5", "30s",
 * text.  Strings are lent from the arena.  -1 and *e (ERR_CONFIG) when the
 * key cannot have that value.
 */
int setting_put(const struct setting *s, const struct conf_key *k,
    const char *text, struct err *e);

/* The same for a key that is a list.  An item that is NULL is no string. */
int setting_put_list(const struct setting *s, const struct conf_key *k,
    const char *const *item, int n, struct err *e);

/* Sets the field to what it is when nobody says anything. */
int setting_preset(const struct setting *s, const struct conf_key *k,
    struct err *e);

#endif
