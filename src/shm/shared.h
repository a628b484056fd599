/* SPDX-License-Identifier: MIT */
/* Memory that the supervisor and all its workers have in common. */
#ifndef SHM_SHARED_H
#define SHM_SHARED_H

#include "shm/board.h"
#include "shm/gate.h"
#include "shm/recent.h"

enum { SHARED_PROVIDERS = 8 };

/* What the latest look at the outside found, for /readyz. */
struct ready {
	atomic_int_fast64_t looked_ms; /* 0: never */
	atomic_int database;           /* enum part_state of route/ready.h */
	atomic_int migrations;
	atomic_int provider[SHARED_PROVIDERS];
};

/* No pointers in here: only values and indexes. */
struct shared {
	struct board board;
	struct recent recent;
	struct gate gate[SHARED_PROVIDERS];
	struct ready ready;
};

/*
 * Maps it, zeroed but for keys; before the first fork, never unmapped.  NULL
 * when the system refuses.
 */
struct shared *shared_new(void);

#endif
