/* SPDX-License-Identifier: MIT */
/* Pieces of a JSON document, appended to a buffer. */
#ifndef ROUTE_OPENAPI_DOC_H
#define ROUTE_OPENAPI_DOC_H

struct buf;

/* A comma, but for the first item of an object or a list. */
void doc_part(struct buf *b);

/* The name of an object's member, with what stands before and behind it. */
void doc_member(struct buf *b, const char *name);

/* A member that is a text; none when that is NULL. */
void doc_text(struct buf *b, const char *name, const char *text);

/* Where a string ends that begins at `text`: behind its quote, or at the NUL.
 */
const char *doc_string_end(const char *text);

/* A reference to a component: an object. */
void doc_ref(struct buf *b, const char *kind, const char *name);

#endif
