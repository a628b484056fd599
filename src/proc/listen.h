/* SPDX-License-Identifier: MIT */
/* The listening socket: inherited or opened. */
#ifndef PROC_LISTEN_H
#define PROC_LISTEN_H

#include "base/err.h"

struct conf;

enum { LISTEN_BACKLOG = 1024 };

/*
 * The socket to accept on, non-blocking and close-on-exec, as a descriptor of
 * 3 or above: descriptor 0 if it listens (mod_fcgid, lighttpd, spawn-fcgi, or
 * ourselves before SIGUSR2); else opened at `given` (-l) if that is not NULL;
 * else systemd's (LISTEN_PID, LISTEN_FDS); else opened at the configuration's
 * `listen`.
 * -1 and *e (ERR_CONFIG) when there is none; LISTEN_NONE when nothing was
 * given at all.  *made: the socket file that was made for it, or NULL.
 */
enum { LISTEN_NONE = -2 };

/*
 * In the environment across SIGUSR2: the socket file is one that we made.  Of
 * systemd or spawn-fcgi it may bear the same name, and is not ours to remove.
 */
#define LISTEN_OURS "GATEHOUSE_SOCKET_OURS"
int listen_open(const struct conf *c, const char *given, const char **made,
    struct err *e);

/*
 * Every descriptor from 3 on but `keep` (-1: none) and the log's is closed;
 * 0 and 1 become /dev/null, 2 if it is not open.
 */
void listen_close_others(int keep);

#endif
