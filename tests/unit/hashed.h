/* SPDX-License-Identifier: MIT */
/* What a Content-Security-Policy has to say of inline text. */
#ifndef UNIT_HASHED_H
#define UNIT_HASHED_H

/*
 * "sha256-…" (CSP Level 3, 2.3.1) of what is in the first element of that name
 * of a page; "" when there is none.  Static.
 */
const char *hashed_element(const char *page, const char *name);

#endif
