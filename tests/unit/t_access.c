/* SPDX-License-Identifier: MIT */
/* obs/access: one line a request, its level, what is left out. */
#include "tap.h"

#include "base/log.h"
#include "obs/access.h"
#include "unit/files.h"

#include <stdio.h>
#include <string.h>

static const char *
line_of(const struct access *a, enum log_level least)
{
	static int turn;
	static char target[300], name[32];
	struct log_options o = { least, FORMAT_JSON, target };
	struct err e = { 0 };

	snprintf(name, sizeof(name), "a%d.log", turn++);
	snprintf(target, sizeof(target), "file:%s", files_path(name));
	INTEQ(log_open(&o, &e), 0);
	access_log(a, 1000);
	return files_read(name);
}

static void
levels(void)
{
	static const struct {
		int status;
		int64_t took_us;
		const char *level, *slow;
	} t[] = {
		{ 200, 5000, "\"level\":\"info\"", NULL },
		{ 401, 5000, "\"level\":\"info\"", NULL },
		{ 499, 1000000, "\"level\":\"info\"", NULL },
		{ 500, 5000, "\"level\":\"warn\"", NULL },
		{ 503, 5000, "\"level\":\"warn\"", NULL },
		{ 200, 1000001, "\"level\":\"warn\"", "\"slow\":\"yes\"" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct access a = { .method = "GET",
			.path = "/x",
			.status = t[i].status,
			.took_us = t[i].took_us };
		const char *line = line_of(&a, LEVEL_INFO);

		tap_row("%d after %lld us", t[i].status,
		    (long long)t[i].took_us);
		CHECK(strstr(line, t[i].level) != NULL);
		INTEQ(strstr(line, "\"slow\"") != NULL, t[i].slow != NULL);
		line = line_of(&a, LEVEL_WARN);
		INTEQ(line[0] != '\0', strstr(t[i].level, "warn") != NULL);
	}
}

static void
unknowns(void)
{
	const struct access a = { .request_id = "id",
		.method = "GET",
		.path = "/a b",
		.status = 200,
		.took_us = 7,
		.sent = 12 };
	const char *line = line_of(&a, LEVEL_INFO);

	CHECK(strstr(line,
		  "\"event\":\"request\",\"request_id\":\"id\","
		  "\"method\":\"GET\",\"path\":\"/a b\",\"status\":200,"
		  "\"took_us\":7,\"sent\":12}\n") != NULL);
}

static void
hooks(void)
{
	const struct access a = { .request_id = "id",
		.method = "POST",
		.path = "/hooks/clerk",
		.status = 204,
		.took_us = 7,
		.provider = "clerk",
		.hook_type = "user.updated",
		.hook_id = "msg_1",
		.hook_outcome = "applied" };
	const char *line = line_of(&a, LEVEL_INFO);

	CHECK(strstr(line,
		  "\"provider\":\"clerk\",\"hook_type\":"
		  "\"user.updated\",\"hook_id\":\"msg_1\",\"hook_outcome\":"
		  "\"applied\",") != NULL);
}

static void
guarded(void)
{
	const struct access a = { .request_id = "id",
		.method = "POST",
		.path = "/admin/x",
		.route = "check",
		.rule = "/admin/",
		.status = 403,
		.took_us = 7,
		.verdict = "allowed",
		.provider = "ory",
		.why = "none of roles_any" };
	const char *line = line_of(&a, LEVEL_INFO);

	CHECK(strstr(line, "\"path\":\"/admin/x\",\"route\":\"check\","
			   "\"rule\":\"/admin/\",\"status\":403,\"verdict\":"
			   "\"allowed\",\"provider\":\"ory\","
			   "\"why\":\"none of roles_any\",") != NULL);
}

/* What a client can choose freely could hold what it should not send. */
static void
chosen(void)
{
	static const struct {
		const char *method, *path, *says;
	} t[] = {
		{ "PROPFIND", "/x", "\"method\":\"PROPFIND\",\"path\":\"/x\"" },
		{ "ory_st_abc", "/x", "\"method\":\"(malformed)\"" },
		{ "ABCDEFGHIJKLMNOPQRSTU", "/x", "\"method\":\"(malformed)\"" },
		{ "", "/x", "\"method\":\"\"" },
		{ "GET", "/a/ory_st_abc/b", "\"path\":\"/a/*/b\"" },
		{ "GET", "/a@b.example", "\"path\":\"/*\"" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		const struct access a = { .request_id = "id",
			.method = t[i].method,
			.path = t[i].path };

		tap_row("%s %s", t[i].method, t[i].path);
		CHECK(strstr(line_of(&a, LEVEL_INFO), t[i].says) != NULL);
	}
}

static const struct tap_case cases[] = {
	{ "slow and failed requests are warnings", levels },
	{ "what is not known is left out", unknowns },
	{ "a method or a path with a secret is not told", chosen },
	{ "a guarded request's line tells which rule decided", guarded },
	{ "a webhook's line tells which it was, and what became of it", hooks },
};
TAP_MAIN(cases)
