/* SPDX-License-Identifier: MIT */
/*
 * Is it Ory that speaks?  Its webhooks are not signed: they bring a secret, as
 * Authorization: Bearer, and its event streams as the password of Basic.
 */
#ifndef HOOK_BEARER_H
#define HOOK_BEARER_H

struct conf_list;

enum { BEARER_BASIC_MAX = 1024 }; /* decoded user and password */

/*
 * NULL: the field's secret is one of these; else why not, for the log.  The
 * field is Authorization's value, not NULL.  Compares with all of them, in a
 * time that tells nothing about them.
 */
const char *bearer_check(const char *field, const struct conf_list *secrets);

#endif
