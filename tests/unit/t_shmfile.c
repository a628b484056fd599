/* SPDX-License-Identifier: MIT */
/* shm/shmfile: which file is believed, which replaced, which refused. */
#include "tap.h"

#include "io/crypt.h"
#include "shm/shmfile.h"
#include "unit/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIZE = 64 << 10, KEY_AT = 64, MARK = 0x5a };

static const struct shmfile_want want = {
	.layout = 7, .shape = 9, .size = SIZE
};
static int folder = -1;

static void
open_folder(void)
{
	if (folder == -1)
		folder = open(files_dir(), O_PATH | O_DIRECTORY | O_CLOEXEC);
	unlinkat(folder, "f", AT_REMOVEDIR);
	unlinkat(folder, "f", 0);
	unlinkat(folder, "f.new", 0);
}

static struct shmfile *
get(const struct shmfile_want *w, struct err *e)
{
	*e = (struct err){ 0 };
	return shmfile_open(folder, "f", w, e);
}

/* A fresh good file, a mark in its content; its inode. */
static ino_t
make_good(void)
{
	struct shmfile *f;
	struct stat st = { 0 };
	struct err e;

	open_folder();
	f = get(&want, &e);
	if (!CHECK(f != NULL))
		return 0;
	memset(shmfile_content(f), MARK, 8);
	CHECK(fstat(shmfile_fd(f), &st) == 0);
	shmfile_free(&f);
	CHECK(f == NULL);
	return st.st_ino;
}

static ino_t
inode(void)
{
	struct stat st = { 0 };

	return fstatat(folder, "f", &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ino
								   : 0;
}

static bool
is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static void
made(void)
{
	struct err e;
	struct shmfile *f;
	struct stat st;

	open_folder();
	f = get(&want, &e);
	if (!CHECK(f != NULL))
		return;
	CHECK(is_zero(shmfile_content(f), shmfile_content_size(f)));
	INTEQ(shmfile_content_size(f), SIZE - SHMFILE_HEAD);
	CHECK(fstat(shmfile_fd(f), &st) == 0);
	INTEQ(st.st_size, SIZE);
	CHECK(st.st_blocks * 512 >= SIZE); /* nothing can run out later */
	INTEQ(st.st_mode & 07777, 0600);
	CHECK(fcntl(shmfile_fd(f), F_GETFD) & FD_CLOEXEC);
	CHECK(fstatat(folder, "f.new", &st, 0) == -1);
	shmfile_free(&f);
	shmfile_free(&f);
}

static void
taken(void)
{
	ino_t was = make_good();
	struct err e;
	struct shmfile *f = get(&want, &e);

	if (!CHECK(f != NULL))
		return;
	INTEQ(inode(), was);
	INTEQ(*(unsigned char *)shmfile_content(f), MARK);
	shmfile_free(&f);
}

/* n bytes of `byte` at offset `at`; at -1: cut to n bytes. */
struct damage {
	const char *name;
	int at, n;
	unsigned char byte;
};

static void
do_damage(const struct damage *d)
{
	int fd = openat(folder, "f", O_RDWR | O_CLOEXEC);
	unsigned char bytes[64];

	memset(bytes, d->byte, sizeof(bytes));
	if (d->at == -1)
		CHECK(ftruncate(fd, d->n) == 0);
	else
		CHECK(pwrite(fd, bytes, (size_t)d->n, d->at) == d->n);
	close(fd);
}

/* The old one stays as it is for those who have it mapped. */
static void
check_replaced(ino_t was, const struct damage *d)
{
	int old = openat(folder, "f", O_RDWR | O_CLOEXEC);
	unsigned char before[256], after[256];
	ssize_t n = pread(old, before, sizeof(before), 0);
	struct err e;
	struct shmfile *f;

	f = get(&want, &e);
	STREQ(e.text, "");
	if (CHECK(f != NULL)) {
		CHECK(inode() != was);
		CHECK(is_zero(shmfile_content(f), shmfile_content_size(f)));
	}
	INTEQ(pread(old, after, sizeof(after), 0), n);
	CHECK(n <= 0 || memcmp(before, after, (size_t)n) == 0);
	if (d->at == -1) {
		struct stat st;

		INTEQ(fstat(old, &st) == 0 ? st.st_size : -1, d->n);
	}
	close(old);
	shmfile_free(&f);
}

static void
replaced(void)
{
	static const struct damage t[] = {
		{ "the maker was killed at once", -1, 0, 0 },
		{ "cut within the header", -1, 30, 0 },
		{ "cut short", -1, SIZE - 4096, 0 },
		{ "too long", -1, SIZE + 4096, 0 },
		{ "another magic", 0, 1, 'G' },
		{ "another layout", 8, 1, 8 },
		{ "another shape", 12, 1, 8 },
		{ "another size inside", 16, 8, 0xff },
		{ "another boot", 24, 4, '0' },
		{ "no end of the boot's name", 24, 40, 'x' },
		{ "no key", KEY_AT, SHMFILE_KEY_SIZE, 0 },
		{ "all header gone", 0, 64, 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		ino_t was = make_good();

		tap_row("%s", t[i].name);
		do_damage(&t[i]);
		check_replaced(was, &t[i]);
	}
}

static void
refuse(const char *what, const char *why)
{
	struct err e;
	struct shmfile *f;

	tap_row("%s", what);
	f = get(&want, &e);
	CHECK(f == NULL);
	INTEQ(e.kind, ERR_CONFIG);
	STREQ(e.text, why);
	shmfile_free(&f);
	e = (struct err){ 0 };
	INTEQ(shmfile_look(folder, "f", &e), -1);
}

static void
refused(void)
{
	struct err e = { 0 };

	make_good();
	CHECK(renameat(folder, "f", folder, "good") == 0);
	CHECK(symlinkat("good", folder, "f") == 0);
	refuse("a symbolic link to a good one", "it is a symbolic link");
	open_folder();
	CHECK(symlinkat("nowhere", folder, "f") == 0);
	refuse("a symbolic link to nothing", "it is a symbolic link");
	CHECK(faccessat(folder, "nowhere", F_OK, 0) == -1);
	open_folder();
	CHECK(mkfifoat(folder, "f", 0600) == 0);
	refuse("a pipe", "it is no regular file");
	make_good();
	CHECK(fchmodat(folder, "f", 0640, 0) == 0);
	refuse("its group may read it", "others may open it");
	CHECK(fchmodat(folder, "f", 0602, 0) == 0);
	refuse("everybody may write it", "others may open it");
	CHECK(fchmodat(folder, "f", 0600, 0) == 0);
	INTEQ(shmfile_look(folder, "f", &e), 0);
	if (geteuid() == 0) {
		CHECK(fchownat(folder, "f", 1, 1, 0) == 0);
		refuse("somebody else's", "it belongs to another user");
	}
	unlinkat(folder, "good", 0);
}

static void
left_over(void)
{
	const char *victim = files_write("victim", "precious", 0600);
	struct err e;
	struct shmfile *f;

	open_folder();
	CHECK(symlinkat(victim, folder, "f.new") == 0);
	f = get(&want, &e);
	CHECK(f != NULL);
	STREQ(files_read("victim"), "precious");
	CHECK(faccessat(folder, "f.new", F_OK, AT_SYMLINK_NOFOLLOW) == -1);
	shmfile_free(&f);
}

/* Whoever looks for root must not leave root's files for others. */
static void
looked_at(void)
{
	struct err e = { 0 };

	open_folder();
	INTEQ(shmfile_look(folder, "f", &e), 0);
	INTEQ(inode(), 0);
	make_good();
	INTEQ(shmfile_look(folder, "f", &e), 0);
	STREQ(e.text, "");
}

static const struct tap_case cases[] = {
	{ "a new file is whole, ours alone, and holds zeros", made },
	{ "a good file is taken as it is", taken },
	{ "any other one is replaced, and not touched", replaced },
	{ "a link, a pipe, an open or a foreign file is refused", refused },
	{ "what a killed maker left, or a trap in its place, is no hindrance",
	    left_over },
	{ "a look makes nothing", looked_at },
};
TAP_MAIN(cases)
