/* SPDX-License-Identifier: MIT */
/* Values as they are written: durations, sizes, modes, rates. */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "base/err.h"
#include "conf/keys.h"

#include <stdbool.h>
#include <stddef.h>

struct conf_rate;

/* Ceilings of a rate: burst times interval stays far below 64 bits. */
enum { VALUE_RATE_MAX = 1000 /* a second */, VALUE_BURST_MAX = 10000 };

/*
 * Reads `text` as `type` (TYPE_INT, TYPE_MODE, TYPE_MS, TYPE_SHARE, TYPE_SIZE
 * or TYPE_TTL) into *value.  -1 and *e (ERR_CONFIG) when it is not one.
 */
int value_parse(enum conf_type type, const char *text, int64_t *value,
    struct err *e);

/* Writes the value in its largest exact unit. */
enum { VALUE_TEXT_SIZE = 32 };
void value_format(enum conf_type type, int64_t value,
    char out[VALUE_TEXT_SIZE]);

/* It is a word of TYPE_TTL: negative, and not a time. */
bool value_is_word(enum conf_type type, int64_t value);

/*
 * Reads "20/s burst 40", per s, m or h; without a burst it is what one second
 * brings, at least 1.  "": no limit.  -1 and *e (ERR_CONFIG) when it is no
 * rate, or beyond the ceilings.
 */
int value_parse_rate(const char *text, struct conf_rate *rate, struct err *e);

/* Writes a rate that reads as the same one. */
void value_format_rate(const struct conf_rate *rate, char out[VALUE_TEXT_SIZE]);

#endif
