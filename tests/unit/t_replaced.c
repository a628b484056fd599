/* SPDX-License-Identifier: MIT */
/* proc/replaced: when a single process should make way for a new one. */
#include "tap.h"

#include "base/clock.h"
#include "base/log.h"
#include "proc/replaced.h"
#include "unit/files.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char good[] = "ory: { url = \"https://a.example\"; };\n";

/* It looks once a second: asks until it has, the time is the condition. */
static bool
says_so(void)
{
	int64_t deadline = clock_mono_ms() + 1300;

	while (clock_left_ms(deadline) > 0) {
		if (replaced_since_start())
			return true;
		poll(NULL, 0, 20);
	}
	return false;
}

static void
configuration(void)
{
	char target[300];
	struct log_options o = { LEVEL_INFO, FORMAT_TEXT, target };
	struct err e = { 0 };
	const char *path = files_write("w.conf", good, 0600);
	const char *told;
	char new[300];

	snprintf(target, sizeof(target), "file:%s", files_path("log"));
	INTEQ(log_open(&o, &e), 0);
	snprintf(new, sizeof(new), "%s", files_path("new.conf"));
	replaced_watch(path);
	CHECK(!says_so());
	tap_row("%s", "a broken one does not count, and is told once");
	files_write("new.conf", "nonsense = 1;\n", 0600);
	rename(new, files_path("w.conf"));
	CHECK(!says_so());
	CHECK(!says_so());
	told = strstr(files_read("log"), "w.conf:1: nonsense");
	CHECK(told != NULL && strstr(told + 9, "w.conf:1: nonsense") == NULL);
	tap_row("%s", "a good one counts");
	files_write("new.conf", good, 0600);
	rename(new, files_path("w.conf"));
	CHECK(says_so());
	tap_row("%s", "one that went away does not");
	replaced_watch(files_path("w.conf"));
	unlink(files_path("w.conf"));
	CHECK(!says_so());
}

static void
program(void)
{
	char self[300];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n < 0 ? 0 : n] = '\0';
	replaced_watch("/nonexistent");
	STREQ(replaced_program(), self);
	CHECK(!says_so());
}

static const struct tap_case cases[] = {
	{ "a valid new configuration counts, a broken one is told once",
	    configuration },
	{ "the program is known by its path, and is the same", program },
};
TAP_MAIN(cases)
