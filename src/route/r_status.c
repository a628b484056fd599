/* SPDX-License-Identifier: MIT */
/* /status: what each worker does now, for administrators. */
#include "route/handlers.h"

#include "base/clock.h"
#include "conf/conf.h"
#include "obs/status.h"
#include "obs/status_facts.h"
#include "route/observer.h"
#include "route/page.h"
#include "route/request.h"
#include "route/status_page.h"

#include <string.h>

static bool
asks_for(const struct request *rq, const char *word)
{
	return rq->query != NULL && strcmp(rq->query, word) == 0;
}

/* As `gatehouse status --json` has it, but for what lies outside. */
static void
answer_json(struct request *rq, const struct status_board *board,
    const struct status_memory *m)
{
	struct buf *b = &rq->reply.body;

	buf_str(b, "{\"processes\":[");
	status_facts_board(b, board);
	buf_str(b, "],\"memory\":");
	status_facts_memory(b, board->memory == NULL ? m : NULL);
	buf_char(b, '}');
}

void
r_status(struct request *rq)
{
	const struct service *s = rq->service;
	int64_t now = clock_mono_ms();
	struct status_board board;
	struct status_memory *m;

	if (!observer_pass(rq))
		return;
	m = status_copy_memory(s->shared, s->conf, rq->arena, now);
	if (m == NULL || status_copy_board(s->shared->board,
			     atomic_load(&s->shared->board->owner), s->conf,
			     rq->arena, now, &board) == -1) {
		rq->why = "out of memory";
		reply_problem(&rq->reply, PROBLEM_INTERNAL, NULL, NULL);
		return;
	}
	if (m->where[0] == '\0')
		board.memory = m;
	rq->reply.status = 200;
	if (page_is_wanted(rq) && !asks_for(rq, "json"))
		status_page(&rq->reply, &board, m, rq->id,
		    !asks_for(rq, "still"));
	else
		answer_json(rq, &board, m);
}
