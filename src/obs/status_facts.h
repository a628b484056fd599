/* SPDX-License-Identifier: MIT */
/* A status for scripts: doc/observability.md has the members. */
#ifndef OBS_STATUS_FACTS_H
#define OBS_STATUS_FACTS_H

struct buf;
struct status_board;
struct status_memory;

/* Appends one object; times are in milliseconds, what is unknown is null. */
void status_facts_board(struct buf *b, const struct status_board *board);

/* The same; m may be NULL: null. */
void status_facts_memory(struct buf *b, const struct status_memory *m);

#endif
