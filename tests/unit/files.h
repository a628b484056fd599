/* SPDX-License-Identifier: MIT */
/* A folder of its own for a test, and files in it. */
#ifndef UNIT_FILES_H
#define UNIT_FILES_H

#include "conf/conf.h"

#include <stddef.h>
#include <sys/types.h>

/* The folder, made at the first call and removed at exit by its maker. */
const char *files_dir(void);

/* The path of a name in it; static, good for the next eight calls. */
const char *files_path(const char *name);

/* Writes the text with these permissions; the path. */
const char *files_write(const char *name, const char *text, mode_t mode);

/* What the file holds now, "" when there is none; static. */
const char *files_read(const char *name);

/* Loads `text` as a configuration; the problems stay for files_problem(). */
struct conf *files_conf(const char *text);

/* One that works, of "ory.url" and these lines. */
struct conf *files_good_conf(const char *ory_url, const char *more);

/* The i-th problem of the latest load behind "FOLDER/", "" when none. */
const char *files_problem(int i);

#endif
