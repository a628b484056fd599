/* SPDX-License-Identifier: MIT */
/* Shared memory for a test, without a file. */
#ifndef UNIT_MEMORY_H
#define UNIT_MEMORY_H

#include "shm/shared.h"

/* Private memory, new each time; lent, it ends with the test program. */
struct shared *memory_new(void);

#endif
