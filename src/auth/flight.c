/* SPDX-License-Identifier: MIT */
/* A lock of the key's number in SHM_FLIGHTS, around gate and board. */
#include "auth/flight.h"

#include "base/clock.h"
#include "shm/shared.h"

#include <errno.h>

static uint32_t
number_of(const unsigned char *key)
{
	return (key[0] | (uint32_t)key[1] << 8) % LOCK_FLIGHTS;
}

/* Where there are no locks to be had, everybody asks. */
static bool
take(struct flight *f, int64_t until)
{
	const struct shmfile *file = f->outside->shared->file;

	f->locked = shm_lock(file, SHM_FLIGHTS, f->lock, 0) == 0;
	if (f->locked || errno != EAGAIN)
		return true;
	f->waited = true;
	if (until == 0)
		return false;
	f->locked = shm_lock(file, SHM_FLIGHTS, f->lock, until) == 0;
	return f->locked || errno != EAGAIN;
}

bool
flight_begin(struct flight *f, const struct outside *o,
    const unsigned char *key, int64_t until, struct outside_no *no)
{
	int64_t now = clock_mono_ms();

	*f = (struct flight){ .outside = o, .lock = number_of(key) };
	if (!outside_is_open(o, now, no))
		return false;
	if (until != 0)
		until = outside_until(o, now, until);
	outside_begin(o, now);
	if (take(f, until))
		return true;
	outside_end(o);
	*no = (struct outside_no){ "another worker asks for the same", 0 };
	return false;
}

bool
flight_may_call(const struct flight *f, struct outside_no *no)
{
	return !f->waited ||
	       outside_is_still_open(f->outside, clock_mono_ms(), no);
}

void
flight_end(struct flight *f)
{
	if (f->locked)
		shm_unlock(f->outside->shared->file, SHM_FLIGHTS, f->lock);
	outside_end(f->outside);
}
