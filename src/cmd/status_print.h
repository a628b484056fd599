/* SPDX-License-Identifier: MIT */
/* A status for people, or for scripts. */
#ifndef CMD_STATUS_PRINT_H
#define CMD_STATUS_PRINT_H

#include <stdio.h>

struct arena;
struct status;

/* Aligned lines; s->n may be 0. */
void status_print(const struct status *s, FILE *out);

/* One JSON object in one line.  -1: no memory. */
int status_print_json(const struct status *s, struct arena *a, FILE *out);

#endif
