/* SPDX-License-Identifier: MIT */
/* dbprobe's commands about revocations, on a memory of its own. */
#include "integration/dbprobe_news.h"

#include "base/clock.h"
#include "base/err.h"
#include "io/crypt.h"
#include "io/db.h"
#include "shm/shared.h"
#include "user/follower.h"
#include "user/revocation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEEP_S = 30 * 24 * 3600 };

static struct {
	struct shared *shared;
	struct crypt_mac *mac;
	struct follower_seen seen;
	int64_t mark_ms; /* 0: long ago */
} host;

static void
say_number(const struct news_call *c, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	c->answer(text);
}

static int
do_memory(const struct news_call *c, char **w, struct err *e)
{
	const struct shared_options o = { .dir = w[1] == NULL ? "" : w[1],
		.size = 16 << 20,
		.site = "dbprobe",
		.private = w[1] == NULL };

	(void)c;
	crypt_mac_free(&host.mac);
	shared_free(&host.shared);
	host.shared = shared_open(&o, e);
	if (host.shared == NULL)
		return -1;
	host.mac = shared_mac(host.shared, "revoked");
	host.seen = (struct follower_seen){ .epoch = 0 };
	return 0;
}

static enum revoked_kind
kind_of(const char *word)
{
	return strcmp(word, "user") == 0 ? REVOKED_USER : REVOKED_SESSION;
}

static int
do_revoke(const struct news_call *c, char **w, struct err *e)
{
	static const char *const effects[] = { "recheck", "older", "all" };
	struct revocation r = {
		.provider = w[1],
		.kind = kind_of(w[2]),
		.id = w[3],
		.gone = strcmp(w[5], "gone") == 0,
		.ended = strcmp(w[5], "ended") == 0,
		.until_s = strtoll(w[6], NULL, 10),
		.hook_id = w[7],
	};
	enum revocation_stored stored;

	while (strcmp(effects[r.effect], w[4]) != 0)
		r.effect++;
	if (revocation_add(c->db, host.shared, host.mac, &r, KEEP_S * 1000LL,
		c->deadline, c->arena, &stored, e) == -1)
		return -1;
	c->answer(stored == REVOCATION_KNOWN ? "known" : "stored");
	return 0;
}

static int
do_news(const struct news_call *c, char **w, struct err *e)
{
	const struct follower f = { c->db, c->url, host.shared, host.mac,
		&host.seen };

	(void)w;
	if (follower_read(&f, c->deadline, e) == -1)
		return -1;
	say_number(c, (int64_t)atomic_load(&host.shared->news->cursor));
	return 0;
}

static int
do_look(const struct news_call *c, char **w, struct err *e)
{
	static const char *const words[] = { "not", "ask", "refuse" };
	enum revoked_kind kind = kind_of(w[2]);
	uint64_t tag = revoked_tag(host.mac, w[1], kind, w[3]);
	const struct revoked_question q = {
		.session = kind == REVOKED_SESSION ? tag : 0,
		.user = kind == REVOKED_USER ? tag : 0,
		.issued_s = strtoll(w[4], NULL, 10),
		.found_ms = host.mark_ms == 0 ? 1 : host.mark_ms,
	};

	(void)e;
	c->answer(words[revoked_look(host.shared->revoked, &q,
	    clock_wall_ms() / 1000)]);
	return 0;
}

/* From now on a verdict of this moment is looked at, or an old one again. */
static int
do_mark(const struct news_call *c, char **w, struct err *e)
{
	int64_t before = clock_mono_ms();

	(void)c;
	(void)e;
	while (clock_mono_ms() <= before + 1)
		continue;
	host.mark_ms = strcmp(w[1], "now") == 0 ? clock_mono_ms() : 0;
	return 0;
}

/* As if the wall clock had been set by so many ms since the last reading. */
static int
do_drift(const struct news_call *c, char **w, struct err *e)
{
	(void)c;
	(void)e;
	atomic_fetch_sub(&host.shared->news->drift_ms, strtoll(w[1], NULL, 10));
	return 0;
}

static int
do_age(const struct news_call *c, char **w, struct err *e)
{
	int64_t at = atomic_load(&host.shared->news->read_ms);

	(void)w;
	(void)e;
	if (at == 0)
		c->answer(NULL);
	else
		say_number(c, clock_mono_ms() - at);
	return 0;
}

static int
do_prune(const struct news_call *c, char **w, struct err *e)
{
	int deleted, more;

	more = revocation_prune(c->db, strtoll(w[1], NULL, 10), c->deadline,
	    c->arena, &deleted, e);
	if (more == -1)
		return -1;
	say_number(c, deleted);
	c->answer(more == 1 ? "more" : "all");
	return 0;
}

static int
do_notice(const struct news_call *c, char **w, struct err *e)
{
	static const char *const words[] = { "none", "came", "lost" };

	(void)e;
	c->answer(words[db_wait_notice(c->db, clock_mono_ms() + atoi(w[1]))]);
	return 0;
}

static const struct {
	const char *word;
	int words;
	int (*run)(const struct news_call *c, char **w, struct err *e);
} commands[] = {
	{ "age", 1, do_age },
	{ "drift", 2, do_drift },
	{ "look", 5, do_look },
	{ "mark", 2, do_mark },
	{ "memory", 1, do_memory },
	{ "news", 1, do_news },
	{ "notice", 2, do_notice },
	{ "prune", 2, do_prune },
	{ "revoke", 8, do_revoke },
};

int
news_command(const struct news_call *c, char **w, int n, struct err *e)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].word, w[0]) == 0 &&
		    n >= commands[i].words)
			return commands[i].run(c, w, e);
	return NEWS_NO_COMMAND;
}
