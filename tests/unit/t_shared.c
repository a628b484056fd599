/* SPDX-License-Identifier: MIT */
/* shm/shared: which memory a process gets, and with whom it shares it. */
#include "tap.h"

#include "base/clock.h"
#include "io/crypt.h"
#include "shm/folder.h"
#include "unit/child.h"
#include "unit/files.h"
#include "unit/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 8 << 20 };

static struct shared_options in_dir = { .site = "the site" };

static struct shared *
get(const struct shared_options *o, struct err *e)
{
	*e = (struct err){ 0 };
	return shared_open(o, e);
}

static int
write_in(void *ctx)
{
	struct shared *s = ctx;

	board_set(s->board, 0, BOARD_BUSY, 42);
	atomic_store(&s->ready->database, 3);
	recent_add(s->recent, 77, 1000);
	return 0;
}

static void
family(void)
{
	struct shared *s = memory_new();

	INTEQ(atomic_load(&s->ready->looked_ms), 0);
	STREQ(s->where, "");
	STREQ(s->warning, "");
	INTEQ(board_take(s->board, 1), 0);
	INTEQ(child_run(write_in, s), 0);
	INTEQ(board_count(s->board, 1).busy, 1);
	INTEQ(atomic_load(&s->ready->database), 3);
	CHECK(recent_has(s->recent, 77, 1000));
}

/* A process that maps the file by itself, under a small RLIMIT_DATA. */
static int
come_alone(void *ctx)
{
	const struct rlimit small = { 4 << 20, 4 << 20 };
	struct crypt_part part = { "x", 1 };
	unsigned char key[SLOTS_KEY_SIZE];
	int64_t now = clock_mono_ms();
	struct err e;
	struct shared *s;

#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_DATA, &small);
#endif
	(void)small;
	s = get(ctx, &e);
	if (s == NULL)
		return 1;
	slots_key(s->slots, &part, 1, key);
	if (slots_put(s->slots, key, "hello", 5, now + 60000, now) != SLOTS_HIT)
		return 2;
	recent_add(s->recent, 77, now);
	atomic_store(&upstream_find(s->lines, key, now)->part, 2);
	INTEQ(board_take(s->board, 1), 0);
	shared_free(&s);
	return 0;
}

static void
strangers(void)
{
	struct crypt_part part = { "x", 1 };
	unsigned char key[SLOTS_KEY_SIZE];
	char out[8] = "";
	struct shared *s;
	struct err e;
	size_t len = 0;

	in_dir.dir = files_dir();
	in_dir.size = MANY;
	INTEQ(child_run(come_alone, &in_dir), 0);
	s = get(&in_dir, &e);
	if (!CHECK(s != NULL))
		return;
	slots_key(s->slots, &part, 1, key);
	INTEQ(slots_get(s->slots, key, out, sizeof(out), &len, clock_mono_ms()),
	    SLOTS_HIT);
	STREQ(out, "hello");
	CHECK(recent_has(s->recent, 77, clock_mono_ms()));
	INTEQ(atomic_load(&upstream_find(s->lines, key, 1)->part), 2);
	/* the board is of one supervisor, or of a single process */
	INTEQ(board_take(s->board, 1), 0);
	shared_free(&s);
}

static void
path_of(const struct shared_options *o, char *path)
{
	struct err e;
	struct shared *s = get(o, &e);

	STREQ(e.text, "");
	snprintf(path, SHARED_TEXT_MAX, "%s", s == NULL ? "" : s->where);
	shared_free(&s);
}

static void
sites(void)
{
	struct shared_options o = { .dir = files_dir() };
	char a[SHARED_TEXT_MAX], b[SHARED_TEXT_MAX], want[SHARED_TEXT_MAX];
	const char *file = files_write("site.conf", "", 0600);
	const char *link = files_path("also.conf");

	o.site = file;
	path_of(&o, a);
	CHECK(symlink(file, link) == 0);
	o.site = link;
	path_of(&o, b);
	STREQ(b, a);
	o.site = files_path("other.conf");
	path_of(&o, b);
	CHECK(strcmp(a, b) != 0);
	o.site = "the site"; /* its SHA-256 begins so */
	path_of(&o, a);
	snprintf(want, sizeof(want), "%s/gatehouse.%d.%s", files_dir(),
	    SHARED_LAYOUT, "8ca3b04db3faf52f");
	STREQ(a, want);
}

/* That of an older program stays for those that still run. */
static void
upgrade(void)
{
	struct shared_options o = { .dir = files_dir(), .site = "x" };
	char path[SHARED_TEXT_MAX], *layout;
	struct stat st;
	FILE *f;

	path_of(&o, path);
	CHECK(stat(path, &st) == 0 && st.st_size == SHARED_SIZE_MIN);
	layout = strstr(path, "gatehouse.4.") + strlen("gatehouse.");
	*layout = '0';
	f = fopen(path, "w");
	CHECK(f != NULL && fputs("old", f) >= 0 && fclose(f) == 0);
	o.size = MANY; /* and another size: made anew */
	path_of(&o, path);
	CHECK(stat(path, &st) == 0 && st.st_size == MANY);
	*layout = '0';
	CHECK(stat(path, &st) == 0 && st.st_size == 3);
}

static void
unusable(void)
{
	struct shared_options o = { .dir = files_path("nowhere"),
		.site = "x" };
	char text[SHARED_TEXT_MAX], want[SHARED_TEXT_MAX];
	struct shared *s;
	struct err e;

	s = get(&o, &e);
	CHECK(s == NULL);
	INTEQ(e.kind, ERR_CONFIG);
	snprintf(want, sizeof(want), "%s: No such file or directory", o.dir);
	STREQ(e.text, want);
	e = (struct err){ 0 };
	INTEQ(shared_look(&o, text, &e), -1);
	INTEQ(e.kind, ERR_CONFIG);
	STREQ(e.text, want);
	o.private = true; /* then it is not looked for */
	s = get(&o, &e);
	CHECK(s != NULL);
	shared_free(&s);
}

/* A link in its place: nothing can be opened or made there. */
static void
spoil(const char *path)
{
	unlink(path);
	CHECK(symlink("nowhere", path) == 0);
}

/*
 * The search goes down the list while we spoil its first choice.  It ends
 * before the home: that is the tester's own.
 */
static void
search(void)
{
	static const char *const variables[FOLDER_HOME] = { "RUNTIME_DIRECTORY",
		NULL, "STATE_DIRECTORY", "XDG_STATE_HOME" };
	char spoilt[FOLDER_HOME][SHARED_TEXT_MAX], dir[FOLDER_PATH_MAX];
	struct shared_options o = { .dir = "", .site = files_dir() };
	struct shared *s;
	struct err e;

	for (int k = 0; k < FOLDER_HOME; k++) {
		snprintf(dir, sizeof(dir), "%s/%d", files_dir(), k);
		mkdir(dir, 0700);
		if (variables[k] != NULL)
			setenv(variables[k], dir, 1);
	}
	for (int k = 0; k < FOLDER_HOME; k++) {
		tap_row("choice %d", k);
		CHECK(folder_path((enum folder_kind)k, dir));
		e = (struct err){ 0 };
		INTEQ(shared_look(&o, spoilt[k], &e), 0);
		CHECK(strncmp(spoilt[k], dir, strlen(dir)) == 0);
		CHECK(access(spoilt[k], F_OK) == -1); /* nothing made */
		s = get(&o, &e);
		STREQ(s == NULL ? e.text : s->where, spoilt[k]);
		STREQ(s == NULL ? e.text : s->warning, "");
		shared_free(&s);
		spoil(spoilt[k]);
	}
	for (int k = 0; k < FOLDER_HOME; k++) {
		unlink(spoilt[k]);
		if (variables[k] != NULL)
			unsetenv(variables[k]);
	}
}

/* A system without memory, state or home. */
static int
search_nowhere(void *ctx)
{
	struct shared_options o = { .dir = "", .site = "x" };
	char text[SHARED_TEXT_MAX];
	struct err e = { 0 };
	struct shared *s;

	if (chroot(ctx) == -1 || chdir("/") == -1)
		return 1;
	if (shared_look(&o, text, &e) != -1 || e.kind != ERR_DOWN)
		return 2;
	s = get(&o, &e);
	if (s == NULL || s->where[0] != '\0')
		return 3;
	if (strcmp(s->warning,
		"/dev/shm/gatehouse-0: No such file or directory") != 0)
		return 4;
	shared_free(&s);
	return 0;
}

static void
nowhere(void)
{
	if (geteuid() == 0)
		INTEQ(child_run(search_nowhere, (void *)files_dir()), 0);
	else
		tap_skip("needs root, for chroot()");
}

static const struct tap_case cases[] = {
	{ "parent and children have private memory in common", family },
	{ "processes that know nothing of each other meet in the file",
	    strangers },
	{ "one file a site, however its configuration is spelt", sites },
	{ "an older layout's file is left alone, another size replaced",
	    upgrade },
	{ "a folder that is named but of no use is an error", unusable },
	{ "the search goes on where the first choices are of no use", search },
	{ "where there is no folder the memory is private, and says why",
	    nowhere },
};
TAP_MAIN(cases)
