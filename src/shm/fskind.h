/* SPDX-License-Identifier: MIT */
/* Kinds of file systems, as far as they decide about shared memory. */
#ifndef SHM_FSKIND_H
#define SHM_FSKIND_H

#include <stdbool.h>

/* Its locks and pages need another machine; type: f_type of statfs(2). */
bool fskind_is_remote(long type);

/* It is in memory: what is there has not seen another boot. */
bool fskind_is_memory(long type);

#endif
