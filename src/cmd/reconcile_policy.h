/* SPDX-License-Identifier: MIT */
/* How many profiles may go at once.  Pure: counts in, decision out. */
#ifndef CMD_RECONCILE_POLICY_H
#define CMD_RECONCILE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * An empty provider, or the wrong one, looks like one that lost all its users.
 * Without a limit of the operator's no run removes more than RECONCILE_FEW
 * unless it is at most a RECONCILE_SHARE-th of those looked at, nor ever more
 * than RECONCILE_MOST, nor anything when nobody at all was found.
 */
enum { RECONCILE_FEW = 10, RECONCILE_SHARE = 5, RECONCILE_MOST = 1000 };

struct reconcile_count {
	int64_t checked; /* users that the provider was asked about */
	int64_t absent;  /* of them, those it does not have */
	int64_t limit;   /* the operator's word; 0: none given */
	bool apply;
};

enum reconcile_step {
	RECONCILE_NOTHING,  /* nobody is missing */
	RECONCILE_SHOW,     /* tell what would go */
	RECONCILE_REMOVE,   /* go on */
	RECONCILE_NOBODY,   /* all are missing: refuse */
	RECONCILE_TOO_MANY, /* more than is plausible: refuse */
	RECONCILE_OVER,     /* more than the limit given: refuse */
	RECONCILE_STEPS,
};

/* What to do after the list was read. */
enum reconcile_step reconcile_step(const struct reconcile_count *c);

/* No decision but a refusal can come of more absent ones than this. */
int64_t reconcile_ceiling(int64_t limit);

#endif
