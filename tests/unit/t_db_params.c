/* SPDX-License-Identifier: MIT */
/* Connection parameters host by host, and what they must not hold. */
#include "io/db_params.h"

#include "base/err.h"
#include "tap.h"

#include <string.h>

static const struct db_options options = {
	.url = "",
	.prepare = true,
	.connect_timeout_ms = 2000,
	.statement_timeout_ms = 1000,
};

static const char *
value(const struct db_params *p, const char *key)
{
	for (int i = 0; i < p->n; i++)
		if (strcmp(p->key[i], key) == 0)
			return p->value[i];
	return "(none)";
}

static struct db_params
url(const char *host, const char *hostaddr, const char *port)
{
	struct db_params p = { .n = 0 };

	db_params_set(&p, "host", host);
	db_params_set(&p, "hostaddr", hostaddr);
	db_params_set(&p, "port", port);
	return p;
}

static void
counts_hosts(void)
{
	static const struct {
		const char *host, *hostaddr, *port;
		int want;
	} t[] = {
		{ NULL, NULL, NULL, 1 },
		{ "", NULL, "", 1 },
		{ "a", NULL, "5432", 1 },
		{ "a,b,c", NULL, NULL, 3 },
		{ "a,b,c", NULL, "1", 3 },
		{ "a,b,c", NULL, "1,,3", 3 },
		{ "a,b", "::1,127.0.0.1", NULL, 2 },
		{ NULL, "::1,127.0.0.1", "1,2", 2 },
		{ "@abstract", NULL, NULL, 1 },
		{ "a,b,c", NULL, "1,2", -1 },
		{ "a,b", "::1", NULL, -1 },
		{ NULL, NULL, "1,2", -1 },
		{ "ss@host", NULL, NULL, -1 },
		{ "user", NULL, "pass", -1 },
		{ "user", NULL, "12pass", -1 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct db_params p = url(t[i].host, t[i].hostaddr, t[i].port);
		struct err e = { .kind = ERR_NONE };

		tap_row("row %zu", i);
		INTEQ(db_params_hosts(&p, &e), t[i].want);
		CHECK((e.kind == ERR_CONFIG) == (t[i].want == -1));
		CHECK(strstr(e.text, "pass") == NULL ||
		      strstr(e.text, "password") != NULL);
	}
}

static void
takes_one_host(void)
{
	struct db_params u = url("a,b,", NULL, "1,,3");
	static const struct {
		const char *host, *port;
	} want[] = { { "a", "1" }, { "b", "" }, { "", "3" } };

	for (int i = 0; i < 3; i++) {
		struct db_params p = { .n = 0 };
		struct err e = { .kind = ERR_NONE };

		CHECK(db_params_for(&u, &options, i, &p, &e) == 0);
		STREQ(value(&p, "host"), want[i].host);
		STREQ(value(&p, "port"), want[i].port);
		CHECK(p.key[p.n] == NULL);
	}
}

static void
limits_are_options(void)
{
	struct db_options pooled = options;
	struct db_params u = url(NULL, NULL, NULL);
	struct db_params direct = { .n = 0 }, through = { .n = 0 };
	struct err e = { .kind = ERR_NONE };

	db_params_set(&u, "options", "-c work_mem=1MB");
	db_params_set(&u, "keepalives_idle", "7");
	pooled.prepare = false;
	CHECK(db_params_for(&u, &options, 0, &direct, &e) == 0);
	STREQ(value(&direct, "options"),
	    "-c statement_timeout=1000ms -c lock_timeout=501ms "
	    "-c idle_in_transaction_session_timeout=5000ms "
	    "-c default_transaction_isolation=read\\ committed "
	    "-c work_mem=1MB");
	STREQ(value(&direct, "keepalives_idle"), "7");
	STREQ(value(&direct, "client_encoding"), "UTF8");
	CHECK(db_params_for(&u, &pooled, 0, &through, &e) == 0);
	STREQ(value(&through, "options"), "-c work_mem=1MB");
}

static void
refuses_long_options(void)
{
	char own[DB_PARAMS_OPTIONS_MAX];
	struct db_params u = { .n = 0 }, p = { .n = 0 };
	struct err e = { .kind = ERR_NONE };

	memset(own, 'x', sizeof(own) - 1);
	own[sizeof(own) - 1] = '\0';
	db_params_set(&u, "options", own);
	CHECK(db_params_for(&u, &options, 0, &p, &e) == -1);
	CHECK(e.kind == ERR_CONFIG);
}

static const struct tap_case cases[] = {
	{ "hosts are counted, and lists must match", counts_hosts },
	{ "each host gets its own port and name", takes_one_host },
	{ "limits are start-up options without a pooler", limits_are_options },
	{ "options that would be cut are refused", refuses_long_options },
};

TAP_MAIN(cases)
