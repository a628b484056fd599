/* SPDX-License-Identifier: MIT */
/* How welcome a media type is to a client. */
#ifndef BASE_ACCEPT_H
#define BASE_ACCEPT_H

enum { ACCEPT_FULL = 1000 };

/*
 * The quality that a field Accept (RFC 9110, 12.5.1; NULL or "": anything is
 * welcome) gives to a type such as "text/html", 0 to ACCEPT_FULL; 0: it is not
 * wanted.  The range that is nearest to the type decides.  version: a range
 * with another parameter of that name is about something else; NULL: it is not
 * looked at.  What is not well-formed is no range.
 */
int accept_quality(const char *accept, const char *type, const char *version);

#endif
