/* SPDX-License-Identifier: MIT */
/* Text that grows inside an arena; the only way answers are built. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * Appending never fails at the call: when the arena's ceiling is reached (or
 * the fixed memory is full) `failed` is set and stays, and the writer looks at
 * it once, at the end.
 */
struct buf {
	struct arena *arena; /* NULL: fixed memory, does not grow */
	char *data;          /* not ended by NUL; see buf_text() */
	size_t len;
	size_t cap;
	bool failed;
};

/* An empty buffer, with room for `first` bytes or in memory that is there. */
void buf_init(struct buf *b, struct arena *a, size_t first);
void buf_init_fixed(struct buf *b, char *mem, size_t cap);

/* Appending: all of it, or the buffer has failed. */
void buf_add(struct buf *b, const char *data, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_int(struct buf *b, int64_t value);
void buf_hex(struct buf *b, uint64_t value); /* always 16 digits */

/*
 * A JSON string (RFC 8259) with its quotes: `"`, `\` and control bytes are
 * escaped, the rest stands as it is.  s must be UTF-8; bytes that are not are
 * replaced by U+FFFD so that what we write is JSON whatever came in.
 */
void buf_json(struct buf *b, const char *s);
void buf_jsonn(struct buf *b, const char *s, size_t n);

/* Appends %XX (RFC 3986, 2.1). */
void buf_percent_byte(struct buf *b, unsigned char c);

/* Percent-encodes everything but RFC 3986's unreserved characters. */
void buf_percent(struct buf *b, const char *s);

/* The text ended by NUL, or NULL when the buffer failed. */
const char *buf_text(struct buf *b);

#endif
