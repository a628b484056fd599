/* SPDX-License-Identifier: MIT */
/* conf/conf: times that may be words, rates, secrets one or many. */
#include "tap.h"

#include "conf/conf.h"
#include "unit/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSED = -9 };

/* The configuration with this in ory's group, on the first line. */
static struct conf *
with_ory(const char *more)
{
	char text[6000];

	snprintf(text, sizeof(text), "ory: { url = \"https://a.x\"; %s };\n",
	    more);
	return files_conf(text);
}

/* key = "value" in ory's group, and what comes of it. */
static int64_t
ttl(const char *key, const char *value, size_t offset)
{
	char more[200];
	struct conf *c;
	int64_t ms = REFUSED;

	snprintf(more, sizeof(more), "%s = \"%s\";", key, value);
	tap_row("%s", more);
	c = with_ory(more);
	if (c != NULL)
		ms = *(const int64_t *)((const char *)c + offset);
	else
		CHECK(strstr(files_problem(0), "must be") != NULL);
	conf_free(&c);
	return ms;
}

static void
words(void)
{
	static const struct {
		const char *text;
		int64_t cache, write;
	} t[] = {
		{ "provider", CONF_TTL_PROVIDER, REFUSED },
		{ "", REFUSED, CONF_TTL_SAME },
		{ "0s", 0, 0 },
		{ "60s", 60000, 60000 },
		{ "61s", REFUSED, REFUSED },
		{ "Provider", REFUSED, REFUSED },
		{ "provider ", REFUSED, REFUSED },
		{ "-1ms", REFUSED, REFUSED },
		{ "30", REFUSED, REFUSED },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		INTEQ(ttl("cache_ttl", t[i].text,
			  offsetof(struct conf, ory.cache_ttl)),
		    t[i].cache);
		INTEQ(ttl("write_ttl", t[i].text,
			  offsetof(struct conf, ory.write_ttl)),
		    t[i].write);
	}
	CHECK(with_ory("cache_ttl = \"\";") == NULL);
	STREQ(files_problem(0), "t.conf:1: ory.cache_ttl: must be a time such "
				"as \"30s\", or \"provider\"");
	CHECK(with_ory("write_ttl = \"61s\";") == NULL);
	STREQ(files_problem(0),
	    "t.conf:1: ory.write_ttl: must be from 0ms to 1m");
}

static void
rates(void)
{
	struct conf *c = files_conf(
	    "ory: { url = \"https://a.x\"; };\nrate: { per_address = "
	    "\"20/s burst 40\"; per_subject = \"6/m\"; };\n");

	if (!CHECK(c != NULL))
		return;
	INTEQ(c->rate.per_address.interval_us, 50000);
	INTEQ(c->rate.per_address.burst, 40);
	INTEQ(c->rate.per_subject.interval_us, 10000000);
	INTEQ(c->rate.per_subject.burst, 1);
	conf_free(&c);
	c = files_conf("ory: { url = \"https://a.x\"; };\n");
	INTEQ(c->rate.per_address.interval_us, 0);
	INTEQ(c->rate.per_subject.interval_us, 0);
	conf_free(&c);
	CHECK(files_conf("\nrate: { per_address = \"20\"; };") == NULL);
	STREQ(files_problem(0),
	    "t.conf:2: rate.per_address: must be a rate such as "
	    "\"20/s burst 40\" or \"100/m burst 20\"; units are s, m and h");
}

#define HOOK "webhook_secret = "

/* Each is looked up by itself: a file, the environment, the text. */
static void
secrets(void)
{
	static const struct {
		const char *text;
		int n;
	} t[] = {
		{ "", 0 },
		{ HOOK "[ ];", 0 },
		{ HOOK "\"0123456789abcdef\";", 1 },
		{ HOOK "\"file:hook\";", 1 },
		{ HOOK "[ \"file:hook\" ];", 1 },
		{ HOOK "( \"0123456789abcdef\", \"env:T_HOOK\", "
		       "\"file:hook\" );",
		    3 },
		{ HOOK "\"\";", REFUSED },
		{ HOOK "[ \"file:hook\", \"\" ];", REFUSED },
		{ HOOK "[ \"file:hook\", \"file:absent\" ];", REFUSED },
		{ HOOK "[ \"file:open\" ];", REFUSED },
		{ HOOK "[ \"env:T_ABSENT\" ];", REFUSED },
		{ HOOK "[ \"file:hook\", 5 ];", REFUSED },
	};

	files_write("hook", "0123456789abcdef\n", 0640);
	files_write("open", "0123456789abcdef\n", 0644);
	setenv("T_HOOK", "fedcba9876543210", 1);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct conf *c = with_ory(t[i].text);

		tap_row("%s", t[i].text);
		INTEQ(c == NULL ? REFUSED : c->ory.webhook_secret.n, t[i].n);
		if (c != NULL && t[i].n > 0)
			STREQ(c->ory.webhook_secret.item[t[i].n - 1],
			    "0123456789abcdef");
		if (c != NULL && t[i].n > 1)
			STREQ(c->ory.webhook_secret.item[1],
			    "fedcba9876543210");
		CHECK(strstr(files_problem(0), "0123456789") == NULL);
		conf_free(&c);
	}
}

/* One literal among references is enough. */
static void
open_secrets(void)
{
	static const struct {
		const char *written;
		bool good;
	} t[] = {
		{ "\"file:hook\"", true },
		{ "[ \"env:T_HOOK\", \"file:hook\" ]", true },
		{ "\"0123456789abcdef\"", false },
		{ "[ \"file:hook\", \"0123456789abcdef\" ]", false },
	};
	static struct conf_problems p;
	char text[300];

	for (size_t i = 0; i < ROWS(t); i++) {
		struct conf *c;

		tap_row("%s", t[i].written);
		snprintf(text, sizeof(text),
		    "ory: { url = \"https://a.x\"; webhook_secret = %s; };\n",
		    t[i].written);
		c = conf_load(files_write("o.conf", text, 0644), &p);
		INTEQ(c != NULL, t[i].good);
		if (c == NULL) {
			CHECK(strstr(p.text[0], "o.conf:1: ory.webhook_secret: "
						"holds a secret") != NULL);
			CHECK(strstr(p.text[0], "0123456789") == NULL);
		}
		conf_free(&c);
	}
	snprintf(text, sizeof(text),
	    "ory: { url = \"https://a.x\"; "
	    "admin_token = \"ory_pat_0\"; };\n");
	CHECK(conf_load(files_write("o.conf", text, 0644), &p) == NULL);
	CHECK(strstr(p.text[0], "ory.admin_token: holds a secret") != NULL);
}

/* Longer than any that is meant: refused before it is copied. */
static void
too_long(void)
{
	static char more[5500], item[5000];

	memset(item, 'a', sizeof(item) - 1);
	snprintf(more, sizeof(more), "webhook_secret = \"%s\";", item);
	CHECK(with_ory(more) == NULL);
	STREQ(files_problem(0), "t.conf:1: ory.webhook_secret: is too long");
	snprintf(more, sizeof(more), "cookie_names = [ \"a\", \"%s\" ];", item);
	CHECK(with_ory(more) == NULL);
	STREQ(files_problem(0), "t.conf:1: ory.cookie_names: is too long");
}

static const struct tap_case cases[] = {
	{ "a time may be a word only where the key knows it", words },
	{ "a rate is requests, a unit and a burst", rates },
	{ "secrets may be one or a list, each from its own place", secrets },
	{ "a list with a secret in a file others can read is refused",
	    open_secrets },
	{ "an entry that is too long is refused", too_long },
};
TAP_MAIN(cases)
