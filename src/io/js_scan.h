/* SPDX-License-Identifier: MIT */
/* The strict scan that stands before json-c. */
#ifndef IO_JS_SCAN_H
#define IO_JS_SCAN_H

#include "base/err.h"

#include <stddef.h>

/*
 * Checks that n bytes are one JSON value by RFC 8259, valid UTF-8, without
 * U+0000, nested at most `depth` deep.  Returns the number of object members
 * in it, at all levels; -1 and *e (ERR_INPUT) if it is not.
 */
long js_scan(const char *text, size_t n, int depth, struct err *e);

#endif
