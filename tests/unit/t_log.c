/* SPDX-License-Identifier: MIT */
/* base/log: one event is one line, whatever is in it. */
#include "tap.h"

#include "base/log.h"
#include "io/js.h"
#include "unit/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
open_as(const char *name, enum log_level level, enum log_format format)
{
	char target[300];
	struct log_options o = { level, format, target };
	struct err e = { 0 };

	snprintf(target, sizeof(target), "file:%s", files_path(name));
	INTEQ(log_open(&o, &e), 0);
}

static int
lines_of(const char *text)
{
	int n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

static void
json(void)
{
	struct err e = { 0 };
	const char *text;
	struct json_object *doc;

	open_as("json.log", LEVEL_INFO, FORMAT_JSON);
	log_event(LEVEL_INFO, "a \"b\"",
	    LOG_S("evil", "x\ny\",\"z\":1\x01\xff"), LOG_I("n", -5),
	    LOG_S("absent", NULL));
	log_event(LEVEL_DEBUG, "not written");
	text = files_read("json.log");
	INTEQ(lines_of(text), 1);
	doc = js_parse(text, strlen(text), &e);
	if (!CHECK(doc != NULL))
		return;
	STREQ(js_get(doc, "event").str, "a \"b\"");
	STREQ(js_get(doc, "level").str, "info");
	STREQ(js_get(doc, "evil").str, "x\ny\",\"z\":1\x01\xef\xbf\xbd");
	INTEQ(js_get(doc, "n").num, -5);
	INTEQ(js_get(doc, "absent").kind, JS_ABSENT);
	INTEQ(js_get(doc, "z").kind, JS_ABSENT);
	INTEQ(js_get(doc, "time").len, 24);
	js_free(&doc);
}

static void
text_form(void)
{
	const char *text;

	open_as("text.log", LEVEL_DEBUG, FORMAT_TEXT);
	log_event(LEVEL_WARN, "worker died", LOG_I("pid", 12),
	    LOG_S("plain", "/a-b.c:1"), LOG_S("odd", "x y\nz"),
	    LOG_S("empty", ""));
	text = files_read("text.log");
	INTEQ(lines_of(text), 1);
	CHECK(strstr(text, "Z warn  worker died pid=12 plain=/a-b.c:1 "
			   "odd=\"x y\\nz\" empty=\"\"\n") != NULL);
}

static void
long_values(void)
{
	static char big[3 * LOG_LINE_MAX];
	struct err e = { 0 };
	struct json_object *doc;
	const char *text;

	memset(big, '\n', sizeof(big) - 1); /* each becomes two bytes */
	open_as("long.log", LEVEL_INFO, FORMAT_JSON);
	log_event(LEVEL_INFO, "request", LOG_S("path", big),
	    LOG_I("status", 401), LOG_S("verdict", "denied"));
	text = files_read("long.log");
	INTEQ(lines_of(text), 1);
	doc = js_parse(text, strlen(text), &e);
	if (!CHECK(doc != NULL))
		return;
	INTEQ(js_get(doc, "path").len, LOG_VALUE_MAX);
	INTEQ(js_get(doc, "status").num, 401);
	STREQ(js_get(doc, "verdict").str, "denied");
	js_free(&doc);
	memset(big, 'x', sizeof(big) - 1);
	open_as("longtext.log", LEVEL_INFO, FORMAT_TEXT);
	log_event(LEVEL_INFO, "request", LOG_S("path", big),
	    LOG_I("status", 401));
	CHECK(strstr(files_read("longtext.log"), "x\" status=401\n") != NULL);
}

static void
long_line(void)
{
	static char big[LOG_VALUE_MAX + 1];
	struct err e = { 0 };
	struct json_object *doc;
	const char *text;

	memset(big, '\x01', sizeof(big) - 1); /* each becomes six bytes */
	open_as("line.log", LEVEL_INFO, FORMAT_JSON);
	log_event(LEVEL_WARN, "request", LOG_S("id", "r-1"), LOG_S("a", big),
	    LOG_S("b", big), LOG_I("status", 418));
	log_event(LEVEL_INFO, "next");
	text = files_read("line.log");
	INTEQ(lines_of(text), 2);
	doc = js_parse(text, strcspn(text, "\n"), &e);
	if (!CHECK(doc != NULL))
		return;
	STREQ(js_get(doc, "event").str, "request");
	STREQ(js_get(doc, "level").str, "warn");
	INTEQ(js_get(doc, "cut").kind, JS_STRING);
	STREQ(js_get(doc, "id").str, "r-1");
	INTEQ(js_get(doc, "a").len, LOG_VALUE_MAX);
	INTEQ(js_get(doc, "b").kind, JS_ABSENT);
	INTEQ(js_get(doc, "status").num, 418);
	js_free(&doc);
}

static void
reopen(void)
{
	char was[300];

	open_as("r.log", LEVEL_INFO, FORMAT_TEXT);
	log_event(LEVEL_INFO, "first");
	snprintf(was, sizeof(was), "%s", files_path("r.log.1"));
	INTEQ(rename(files_path("r.log"), was), 0);
	log_event(LEVEL_INFO, "second");
	log_reopen();
	log_event(LEVEL_INFO, "third");
	CHECK(strstr(files_read("r.log.1"), "second") != NULL);
	CHECK(strstr(files_read("r.log"), "third") != NULL);
	CHECK(strstr(files_read("r.log"), "second") == NULL);
	INTEQ(fcntl(log_fd(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

static void
refused(void)
{
	struct log_options o = { LEVEL_INFO, FORMAT_JSON,
		"file:/nonexistent/x.log" };
	struct err e = { 0 };
	int64_t before;

	open_as("kept.log", LEVEL_INFO, FORMAT_TEXT);
	INTEQ(log_open(&o, &e), -1);
	INTEQ(e.kind, ERR_CONFIG);
	log_event(LEVEL_INFO, "still here");
	CHECK(strstr(files_read("kept.log"), "still here") != NULL);
	o.target = "file:/dev/full";
	e = (struct err){ 0 };
	before = log_dropped();
	if (log_open(&o, &e) == 0) {
		log_event(LEVEL_INFO, "lost");
		INTEQ(log_dropped(), before + 1);
	}
	o.target = "stderr";
	e = (struct err){ 0 };
	INTEQ(log_open(&o, &e), 0);
}

static const struct tap_case cases[] = {
	{ "a JSON line is one object, hostile values stay values", json },
	{ "a text line quotes what is not a plain word", text_form },
	{ "a value too long is cut and its neighbours stay", long_values },
	{ "a line too long is still one JSON object, and says so", long_line },
	{ "a renamed log file is opened anew on demand", reopen },
	{ "a target that cannot be opened leaves the old one; losses count",
	    refused },
};
TAP_MAIN(cases)
