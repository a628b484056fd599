/* SPDX-License-Identifier: MIT */
/* The rules, in the order in which they are asked. */
#include "cmd/reconcile_policy.h"

static bool
is_plausible(const struct reconcile_count *c)
{
	return c->absent <= RECONCILE_FEW ||
	       (c->absent <= RECONCILE_MOST &&
		   c->absent <= c->checked / RECONCILE_SHARE);
}

enum reconcile_step
reconcile_step(const struct reconcile_count *c)
{
	if (c->absent == 0)
		return RECONCILE_NOTHING;
	if (c->limit > 0 && c->absent > c->limit)
		return RECONCILE_OVER;
	if (c->limit == 0 && c->absent >= c->checked)
		return RECONCILE_NOBODY;
	if (c->limit == 0 && !is_plausible(c))
		return RECONCILE_TOO_MANY;
	return c->apply ? RECONCILE_REMOVE : RECONCILE_SHOW;
}

int64_t
reconcile_ceiling(int64_t limit)
{
	return limit > 0 ? limit : RECONCILE_MOST;
}
