/* SPDX-License-Identifier: MIT */
/* The web server's end of a FastCGI connection, byte by byte if need be. */
#ifndef UNIT_PEER_H
#define UNIT_PEER_H

#include <stddef.h>
#include <stdint.h>

enum { PEER_RESPONDER = 1, PEER_AUTHORIZER, PEER_FILTER };
enum { PEER_SIZE = 3 << 17 }; /* the largest webhook, and more */

/* What is sent: records put one behind the other. */
struct peer {
	unsigned char out[PEER_SIZE];
	size_t n;
	unsigned char pairs[PEER_SIZE]; /* of PARAMS, until peer_params() */
	size_t n_pairs;
	char answer[PEER_SIZE]; /* what came back on STDOUT */
	size_t n_answer;
	int ended; /* END_REQUEST records seen */
	int error; /* errno of the connection's end; 0: it was a clean one */
};

void peer_begin(struct peer *p, int role, int flags);
void peer_record(struct peer *p, int type, const void *data, size_t n);
void peer_pair(struct peer *p, const char *name, const char *value);
void peer_params(struct peer *p); /* the pairs, and the end of PARAMS */
void peer_stdin(struct peer *p, const void *data, size_t n); /* and its end */

/* A whole GET-like request: begin, these pairs, an empty body. */
void peer_request(struct peer *p, const char *const (*pairs)[2], size_t n);

/*
 * Starts sending on one end of a socket pair and gives the other: first
 * `split` bytes, and the rest only when those were read (0: all at once).
 * Bytes behind `p->n` never come: the connection is closed for writing.
 */
int peer_connect(struct peer *p, size_t split);

/* One byte a write, each after the one before was read. */
int peer_trickle(struct peer *p);

/* Waits for the end of the connection; then the answer is in *p. */
void peer_wait(struct peer *p);

#endif
