/* SPDX-License-Identifier: MIT */
/*
 * The process model of the programs that Gatehouse is compared with: one
 * listening socket, N workers that block in libfcgi's own accept loop.
 */
#ifndef BENCH_PREFORK_H
#define BENCH_PREFORK_H

/*
 * Reads -l SOCKET and -w N, listens, forks.  Returns the socket in a worker;
 * the parent waits for its workers' end and never returns.
 */
int prefork(int argc, char **argv);

#endif
