/* SPDX-License-Identifier: MIT */
/* The strict scan that stands before json-c. */
#ifndef IO_JS_SCAN_H
#define IO_JS_SCAN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* What a text holds, at all levels. */
struct js_shape {
	bool object;  /* the outermost value is one */
	long members; /* of objects */
	int depth;    /* of the deepest value: 0 for a bare one */
};

/*
 * Checks that n bytes are one JSON value by RFC 8259, valid UTF-8, without
 * U+0000, nested at most `depth` deep.  0 and *shape, or -1 and *e
 * (ERR_INPUT).
 */
int js_scan(const char *text, size_t n, int depth, struct js_shape *shape,
    struct err *e);

#endif
