/* SPDX-License-Identifier: MIT */
/* One anonymous mapping; its pages cost nothing before they are used. */
#include "shm/shared.h"

#include <sys/mman.h>

struct shared *
shared_new(void)
{
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		return NULL;
	recent_init(&s->recent);
	return s;
}
