/* SPDX-License-Identifier: MIT */
/* Options of a command, each with a value: "--name VALUE" or "--name=VALUE". */
#ifndef CMD_WORDS_H
#define CMD_WORDS_H

#include <stddef.h>

struct words_option {
	const char *name; /* with its hyphens */
	size_t offset;    /* of a const char * in the caller's struct */
};

/*
 * Puts the values of the argc words into `fields`, which holds NULL for each.
 * Values are lent from argv.  -1: a word that is no option, an option that
 * stands there twice, or one without a value.
 */
int words_parse(int argc, char **argv, const struct words_option *options,
    size_t n, void *fields);

#endif
