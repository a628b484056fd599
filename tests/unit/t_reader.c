/* SPDX-License-Identifier: MIT */
/* user/reader: who tries when, with a database that is away. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "io/db.h"
#include "shm/shared.h"
#include "unit/files.h"
#include "unit/memory.h"
#include "user/reader.h"

enum { AGO = 60 * 1000 };

static struct conf *conf;
static struct reader r;

static void
begin(bool alone)
{
	struct db_options o;

	if (conf == NULL)
		conf = files_good_conf("http://127.0.0.1:1",
		    "database: { url = \"postgresql:///x?host=/none\"; };");
	conf_db_options(conf, &o);
	r = (struct reader){
		.conf = conf, .shared = memory_new(), .alone = alone
	};
	r.mac = shared_mac(r.shared, "revoked");
	r.db = db_new(&o);
}

static void
end(void)
{
	crypt_mac_free(&r.mac);
	db_free(&r.db);
}

/* Was it tried to read? */
static bool
catches_up(void)
{
	struct news *n = r.shared->news;
	int64_t now = clock_mono_ms();

	atomic_store(&n->tried_ms, now - AGO);
	reader_catch_up(&r, now + 1000);
	return atomic_load(&n->tried_ms) >= now;
}

static void
catching_up(void)
{
	enum { NEVER, LATE, FRESH };
	static const struct {
		bool alone;
		int news;
		bool failed; /* just before */
		bool want;
	} t[] = {
		{ true, NEVER, false, true },
		{ true, LATE, false, true },
		{ true, FRESH, false, false },
		{ true, NEVER, true, false },
		{ true, LATE, true, false },
		{ false, NEVER, false, true },
		{ false, NEVER, true, false },
		{ false, LATE, false, false }, /* the child does that */
		{ false, FRESH, false, false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		int64_t now = clock_mono_ms();

		tap_row("row %zu", i);
		begin(t[i].alone);
		atomic_store(&r.shared->news->read_ms, t[i].news == NEVER ? 0
						       : t[i].news == LATE
							   ? now - AGO
							   : now);
		r.failed_ms = t[i].failed ? now : 0;
		INTEQ(catches_up(), t[i].want);
		if (t[i].want) {
			CHECK(r.failed_ms >= now);
			INTEQ(catches_up(), false); /* it was in vain */
		}
		end();
	}
	reader_catch_up(NULL, 0);
	reader_tend(NULL, NULL);
}

static void
others(void)
{
	struct news *n;
	int64_t now;

	begin(true);
	n = r.shared->news;
	now = clock_mono_ms();
	atomic_store(&n->tried_ms, now - conf->revocation.bound / 4);
	reader_catch_up(&r, now + 1000);
	CHECK(atomic_load(&n->tried_ms) < now); /* another's was in vain */
	atomic_store(&n->tried_ms, now);
	reader_catch_up(&r, now + 1000);
	CHECK(r.failed_ms != 0); /* another may be at it: not waited for */
	end();
}

static void
saying(void)
{
	begin(false);
	INTEQ(reader_read(&r, clock_mono_ms() + 1000), false);
	INTEQ(r.said, false);
	r.failing_ms -= conf->revocation.bound;
	INTEQ(reader_read(&r, clock_mono_ms() + 1000), false);
	INTEQ(r.said, true);
	end();
}

static void
tending(void)
{
	struct arena *a = arena_new(1 << 16);
	int64_t now = clock_mono_ms();

	begin(false);
	reader_tend(&r, a);
	INTEQ(atomic_load(&r.shared->news->tried_ms), 0);
	end();
	begin(true);
	atomic_store(&r.shared->news->read_ms, now);
	reader_tend(&r, a);
	INTEQ(atomic_load(&r.shared->news->tried_ms), 0);
	atomic_store(&r.shared->news->read_ms, now - AGO);
	reader_tend(&r, a);
	CHECK(atomic_load(&r.shared->news->tried_ms) >= now);
	INTEQ(db_take_spent_us(r.db), 0); /* no request's time */
	INTEQ(reader_prune(&r, now + 1000, a), false);
	CHECK(r.prune_ms > now + READER_PRUNE_FIRST_MS / 2 - 1);
	r.prune_ms = now;
	INTEQ(reader_prune(&r, now + 1000, a), true);
	CHECK(r.prune_ms > now + READER_PRUNE_MS / 2 - 1);
	end();
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "who is alone catches up when late, others when nobody ever read",
	    catching_up },
	{ "what was just in vain for others is not tried, what may be under "
	  "way is",
	    others },
	{ "not to be readable is said when the bound is over, not before",
	    saying },
	{ "after an answer the one who is alone reads, and prunes now and then",
	    tending },
};
TAP_MAIN(cases)
