/* SPDX-License-Identifier: MIT */
/* Was the program or its configuration replaced since we started? */
#ifndef PROC_REPLACED_H
#define PROC_REPLACED_H

#include <stdbool.h>

/* Remembers what the executable and the file are now. */
void replaced_watch(const char *conf_file);

/*
 * For single processes, which have no supervisor: looks at most once a
 * second.  A configuration that is not valid does not count: it is logged,
 * once, and the old one stays.
 */
bool replaced_since_start(void);

/* The executable's path as it was at the start (for a re-execution). */
const char *replaced_program(void);

/*
 * The program that is there now accepts the configuration: it is run, for a
 * few seconds at most, before it may get the socket.
 */
bool replaced_is_sound(const char *conf_file);

#endif
