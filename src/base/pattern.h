/* SPDX-License-Identifier: MIT */
/* Paths as rules name them: whole segments, with wildcards. */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include <stdbool.h>

/* Longest pattern in bytes, and how many "*" it may hold. */
enum { PATTERN_MAX = 255, PATTERN_STARS_MAX = 8 };

/*
 * What is wrong with a pattern, for people; static; NULL: nothing.  It begins
 * with "/", is written decoded (UTF-8, no "%") as path_parse() leaves paths,
 * and holds no "//", "." or ".." segment, "\", "#", ";", "***", control
 * character, blank at its end or query, and few enough "*".
 */
const char *pattern_problem(const char *pattern);

/*
 * Does it mean this canonical path (base/path.h)?  "*" is any text within a
 * segment, none included, "?" one character of it, "**" any text, "/"
 * included; a segment "**" may be no segment at all.  It means what stands
 * below as well: "/admin", "/admin/" and a path of /admin/x go together,
 * /administrator does not.  A path may be that of a folder, whose final "/"
 * is gone: "*" behind "/admin/" is for /admin, too.  `any_case`: ASCII letters
 * of either case are the same.  Takes at most strlen(pattern) * strlen(path)
 * steps.  A pattern that is too long means nothing.
 */
bool pattern_match(const char *pattern, const char *path, bool any_case);

#endif
