/* SPDX-License-Identifier: MIT */
/* Whole lines in a file to which several processes append. */
#ifndef BASE_APPEND_H
#define BASE_APPEND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Takes the n bytes back that our write() to fd, opened with O_APPEND, has put
 * at the file's end, as it could put no more.  False: they stay, since it is
 * no regular file, or another process wrote behind them.
 */
bool append_take_back(int fd, size_t n);

#endif
