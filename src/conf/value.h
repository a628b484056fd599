/* SPDX-License-Identifier: MIT */
/* Values as they are written: durations, sizes, modes. */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "base/err.h"
#include "conf/keys.h"

#include <stddef.h>

/*
 * Reads `text` as `type` (TYPE_INT, TYPE_MODE, TYPE_MS or TYPE_SIZE) into
 * *value.  -1 and *e (ERR_CONFIG) when it is not one.
 */
int value_parse(enum conf_type type, const char *text, int64_t *value,
    struct err *e);

/* Writes the value in its largest exact unit. */
enum { VALUE_TEXT_SIZE = 32 };
void value_format(enum conf_type type, int64_t value,
    char out[VALUE_TEXT_SIZE]);

#endif
