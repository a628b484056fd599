/* SPDX-License-Identifier: MIT */
/* Two clocks that must not be mixed: deadlines and dates. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since some start; never jumps.  For deadlines and lifetimes. */
int64_t clock_mono_ms(void);

/* The same in microseconds, for durations in the log. */
int64_t clock_mono_us(void);

/* Milliseconds since 1970.  For dates that others wrote, and for the log. */
int64_t clock_wall_ms(void);

/* The same in microseconds, for traces. */
int64_t clock_wall_us(void);

/* Milliseconds until `deadline` (of clock_mono_ms), 0 when it is past. */
int clock_left_ms(int64_t deadline);

/*
 * Seconds since 1970 of an RFC 3339 UTC time such as
 * "2026-07-30T15:41:22.898169Z" into *seconds; -1 for anything else.
 */
int clock_parse_rfc3339(const char *text, int64_t *seconds);

enum { CLOCK_RFC3339_SIZE = sizeof("2026-07-30T15:41:22.898Z") };

/* Writes the RFC 3339 time of `wall_ms` with milliseconds. */
void clock_format_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_SIZE]);

#endif
