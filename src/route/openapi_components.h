/* SPDX-License-Identifier: MIT */
/* The components of the API's description: files of api/, and refusals. */
#ifndef ROUTE_OPENAPI_COMPONENTS_H
#define ROUTE_OPENAPI_COMPONENTS_H

struct buf;
struct openapi_site;

/*
 * Appends an object of all components that `text` needs, the rest of the
 * document, and those that these need in turn; sorted by kind and name.  The
 * buffer is one of an arena, and fails where a file of api/ cannot be used.
 */
void components_write(const struct openapi_site *s, const char *text,
    struct buf *b);

/* Appends the text of api/about.md as a JSON string. */
void components_about(struct buf *b);

#endif
