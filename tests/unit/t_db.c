/* SPDX-License-Identifier: MIT */
/* io/db without a server: URLs, and how failing to connect is told. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "io/db.h"

#include <string.h>

static const struct db_statement one = {
	.name = "one",
	.sql = "SELECT 1",
	.repeatable = true,
};

static void
urls(void)
{
	static const struct {
		const char *url;
		bool good;
	} t[] = {
		{ "postgresql:///gatehouse", true },
		{ "postgres://u:p%40ss@h:5432/d?sslmode=require", true },
		{ "host=h dbname=d password='p q'", true },
		{ "postgresql://h1:1,h2:2/d", true }, { "", true },
		{ "mysql://h/d", false }, { "nonsense", false },
		{ "postgresql://u:p@ss@h/d", false },
		{ "postgresql:///d?nonsense=1", false },
		{ "host=a,b port=1,2,3", false },
		{ "postgresql://u:s3cret%zz@h/d", false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e = { 0 };

		tap_row("%s", t[i].url);
		INTEQ(db_check_url(t[i].url, &e) == 0, t[i].good);
		INTEQ(e.kind, t[i].good ? ERR_NONE : ERR_CONFIG);
		CHECK(strstr(e.text, "s3cret") == NULL);
	}
}

static void
nobody_there(void)
{
	const struct db_options o = {
		.url = "postgresql://u:s3cret@/d?host=/nonexistent",
		.prepare = true,
		.connect_timeout_ms = 300,
		.statement_timeout_ms = 300,
	};
	int64_t started = clock_mono_ms();
	struct arena *a = arena_new(1 << 16);
	struct db *db = db_new(&o);
	struct err e = { 0 }, again = { 0 };
	struct db_result r;

	INTEQ(db_run(db, &one, NULL, started + 2000, a, &r, &e), -1);
	INTEQ(e.kind, ERR_DOWN);
	INTEQ(db_run(db, &one, NULL, started + 2000, a, &r, &again), -1);
	INTEQ(again.kind, ERR_DOWN);
	CHECK(strstr(again.text, "asked again in") != NULL);
	CHECK(strstr(e.text, "s3cret") == NULL);
	CHECK(strstr(again.text, "s3cret") == NULL);
	STREQ(db_sqlstate(db), "");
	CHECK(clock_mono_ms() - started < 1500);
	CHECK(db_take_spent_us(db) > 0);
	INTEQ(db_take_spent_us(db), 0);
	e = (struct err){ 0 };
	INTEQ(db_run(db, &one, NULL, started - 1, a, &r, &e), -1);
	INTEQ(e.kind, ERR_DOWN); /* no time left: nobody is asked */
	db_close_idle(db, 0);
	db_free(&db);
	CHECK(db == NULL);
	db_free(&db);
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "URLs are judged without a connection, secrets unsaid", urls },
	{ "without a server the second call fails at once", nobody_there },
};
TAP_MAIN(cases)
