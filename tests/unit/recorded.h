/* SPDX-License-Identifier: MIT */
/* Records of obs/record as they come out of a worker. */
#ifndef UNIT_RECORDED_H
#define UNIT_RECORDED_H

#include "obs/record.h"

#include <string.h>

/* A request under way, whose own span is open. */
static inline void
recorded_begin(struct spans *s)
{
	memset(s, 0, sizeof(*s));
	s->on = true;
	s->open = -1;
	s->first_id = 0xab00;
	memcpy(s->trace, "0af7651916cd43dd8448eb211c80319c", 33);
	span_begin(s, SPAN_SERVER, "GET", "/user/profile");
}

/* One whose span is called so, with n bytes of notes; its size. */
static inline size_t
recorded_make(const char *name, size_t n, unsigned char out[RECORD_MAX])
{
	static struct spans s;
	char text[SPAN_NOTE_MAX];

	memset(text, 'x', sizeof(text));
	recorded_begin(&s);
	s.list[0].name = name;
	for (; n > 0; n -= n < sizeof(text) ? n : sizeof(text))
		span_note_part(&s, 0, SPAN_RULE, text,
		    n < sizeof(text) ? n : sizeof(text));
	span_end(&s, 0);
	return record_pack(&s, 0, 1000000, out);
}

#endif
