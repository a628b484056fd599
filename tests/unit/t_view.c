/* SPDX-License-Identifier: MIT */
/* conf/view: what needs a restart, what the log and the database get. */
#include "tap.h"

#include "base/log.h"
#include "conf/conf.h"
#include "io/db.h"
#include "unit/files.h"

#include <stdio.h>
#include <string.h>

static void
restart(void)
{
	static const struct {
		const char *more, *key;
	} t[] = {
		{ "", NULL },
		{ "bio_max = 5;", NULL },
		{ "log: { level = \"debug\"; };", NULL },
		{ "listen = \"unix:/x\";", "listen" },
		{ "listen_mode = \"0600\";", "listen_mode" },
		{ "listen_group = \"g\";", "listen_group" },
		{ "pid_file = \"/x\";", "pid_file" },
		{ "cache: { path = \"/x\"; };", "cache.path" },
		{ "cache: { size = \"8MiB\"; };", "cache.size" },
		{ "clerk: { issuer = \"https://x\"; };", NULL },
	};
	struct conf *was = files_good_conf("https://a.example", "");

	for (size_t i = 0; i < ROWS(t); i++) {
		struct conf *is =
		    files_good_conf("https://a.example", t[i].more);

		tap_row("%s", t[i].more);
		STREQ(conf_needs_restart(was, is), t[i].key);
		STREQ(conf_needs_restart(is, was), t[i].key);
		conf_free(&is);
	}
	conf_free(&was);
}

static void
options(void)
{
	static const char *const levels[] = { "error", "warn", "info",
		"debug" };
	struct log_options o;
	struct db_options d;
	struct conf *c;
	char more[80];

	for (size_t i = 0; i < ROWS(levels); i++) {
		snprintf(more, sizeof(more), "log: { level = \"%s\"; };",
		    levels[i]);
		c = files_good_conf("https://a.example", more);
		conf_log_options(c, &o);
		INTEQ(o.level, i);
		INTEQ(o.format, FORMAT_JSON);
		STREQ(o.target, "stderr");
		conf_free(&c);
	}
	c = files_good_conf("https://a.example",
	    "log: { format = \"text\"; }; database: { prepare = false;\n"
	    "connect_timeout = \"50ms\"; statement_timeout = \"1m\"; };");
	conf_log_options(c, &o);
	conf_db_options(c, &d);
	INTEQ(o.format, FORMAT_TEXT);
	CHECK(!d.prepare);
	INTEQ(d.connect_timeout_ms, 50);
	INTEQ(d.statement_timeout_ms, 60000);
	STREQ(d.url, "postgresql:///gatehouse");
	conf_free(&c);
}

static const struct tap_case cases[] = {
	{ "keys that only a restart changes are named", restart },
	{ "the log and the database get what was configured", options },
};
TAP_MAIN(cases)
