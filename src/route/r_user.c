/* SPDX-License-Identifier: MIT */
/* /user/profile and /user/preferences: identity and row meet here. */
#include "route/handlers.h"

#include "base/arena.h"
#include "base/log.h"
#include "conf/conf.h"
#include "route/request.h"
#include "user/prefs.h"
#include "user/store.h"

/* The one place where a failure of ours or the database's is answered. */
static void
failed(struct request *rq, const struct err *e)
{
	rq->why = arena_dup(rq->arena, e->text);
	if (e->kind == ERR_DOWN) {
		reply_unavailable(&rq->reply, REASON_DATABASE, 0);
		return;
	}
	log_event(LEVEL_ERROR, "bug", LOG_S("request_id", rq->id),
	    LOG_S("error", e->text));
	reply_problem(&rq->reply, PROBLEM_INTERNAL, NULL, NULL);
}

/*
 * The provider's word that he is no more counts for more than a token of before
 * or a late answer.
 */
static void
refuse_deleted(struct request *rq)
{
	rq->verdict = auth_verdict_name(AUTH_DENY);
	rq->why = "the user was deleted";
	reply_header(&rq->reply, "WWW-Authenticate", "Bearer");
	reply_problem(&rq->reply, PROBLEM_UNAUTHENTICATED,
	    "invalid session token", NULL);
}

static void
add_profile(struct buf *b, const struct auth_ident *who,
    const struct profile *p)
{
	buf_str(b, "{\"userId\":");
	buf_json(b, who->subject);
	buf_str(b, ",\"email\":");
	buf_json(b, who->email);
	if (who->name != NULL) {
		buf_str(b, ",\"name\":");
		buf_json(b, who->name);
	}
	buf_str(b, ",\"theme\":");
	buf_json(b, p->theme);
	buf_str(b, ",\"notifications\":");
	buf_str(b, p->notifications ? "true" : "false");
	if (p->bio != NULL) {
		buf_str(b, ",\"bio\":");
		buf_json(b, p->bio);
	}
	buf_char(b, '}');
}

void
r_profile(struct request *rq)
{
	const struct auth_ident *who = &rq->auth.who;
	struct db *db = rq->service->db;
	struct err e = { 0 };
	struct profile p;
	int rc;

	/* HEAD is safe (RFC 9110, 9.2.1): it makes no row */
	if (rq->head)
		rc = store_get(db, who->provider, who->subject, rq->deadline,
		    rq->arena, &p, &e);
	else
		rc = store_get_or_create(db, who->provider, who->subject,
		    rq->deadline, rq->arena, &p, &e);
	if (rc == -1) {
		failed(rq, &e);
		return;
	}
	if (rc == STORE_GONE) {
		refuse_deleted(rq);
		return;
	}
	rq->reply.status = 200;
	add_profile(&rq->reply.body, who, &p);
}

/* {"reason":"invalid_fields","fields":[{"field":…,"problem":…},…]} */
static void
refuse_fields(struct request *rq, const struct prefs_problems *p)
{
	struct buf b;

	buf_init(&b, rq->arena, 512);
	buf_str(&b, "{\"reason\":\"" REASON_INVALID_FIELDS "\",\"fields\":[");
	for (int i = 0; i < p->n; i++) {
		buf_str(&b, i > 0 ? ",{\"field\":" : "{\"field\":");
		buf_json(&b, p->list[i].field);
		buf_str(&b, ",\"problem\":");
		buf_json(&b, p->list[i].problem);
		buf_char(&b, '}');
	}
	buf_str(&b, "]}");
	reply_problem(&rq->reply, PROBLEM_BAD_REQUEST,
	    arena_printf(rq->arena, "%d invalid field%s", p->n,
		p->n == 1 ? "" : "s"),
	    buf_text(&b));
}

void
r_preferences(struct request *rq)
{
	const struct auth_ident *who = &rq->auth.who;
	struct profile_change change;
	struct prefs_problems problems;
	struct err e = { 0 };
	int rc;

	if (prefs_parse(rq->body, rq->body_len,
		(long)rq->service->conf->bio_max, rq->arena, &change, &problems,
		&e) == -1) {
		if (e.kind != ERR_INPUT) {
			failed(rq, &e);
			return;
		}
		reply_problem(&rq->reply, PROBLEM_BAD_REQUEST,
		    arena_printf(rq->arena, "unable to decode request body: %s",
			e.text),
		    NULL);
		return;
	}
	if (problems.n > 0) {
		refuse_fields(rq, &problems);
		return;
	}
	rc = store_change(rq->service->db, who->provider, who->subject, &change,
	    rq->deadline, rq->arena, &e);
	if (rc == -1) {
		failed(rq, &e);
		return;
	}
	if (rc == STORE_GONE) {
		refuse_deleted(rq);
		return;
	}
	rq->reply.status = 200;
	buf_str(&rq->reply.body, "{\"success\":true}");
}
