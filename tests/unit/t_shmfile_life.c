/* SPDX-License-Identifier: MIT */
/* shm/shmfile: several processes, and what happens to a file in use. */
#include "tap.h"

#include "base/clock.h"
#include "io/crypt.h"
#include "shm/lock.h"
#include "shm/shmfile.h"
#include "unit/child.h"
#include "unit/files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIZE = 256 << 10, CROWD = 25 };

static const struct shmfile_want want = { .layout = 1, .shape = 1,
	.size = SIZE };
static int folder;

static struct shmfile *
get(void)
{
	struct err e = { 0 };

	return shmfile_open(folder, "f", &want, &e);
}

static void
begin(void)
{
	if (folder == 0)
		folder = open(files_dir(), O_PATH | O_DIRECTORY | O_CLOEXEC);
	unlinkat(folder, "f", 0);
}

static atomic_int *
word(const struct shmfile *f, int i)
{
	return (atomic_int *)shmfile_content(f) + i;
}

/* Each opens it by itself, as single processes do; ctx: when to begin. */
static int
join(void *ctx)
{
	struct shmfile *f;
	char byte;

	if (ctx != NULL) {
		close(((int *)ctx)[1]);
		if (read(((int *)ctx)[0], &byte, 1) != 0)
			return 2;
	}
	f = get();
	if (f == NULL)
		return 1;
	atomic_fetch_add(word(f, 0), 1);
	shmfile_free(&f);
	return 0;
}

static void
crowd(void)
{
	for (int round = 0; round < 20; round++) {
		pid_t pid[CROWD];
		struct shmfile *f;
		int gun[2];

		begin();
		CHECK(pipe(gun) == 0);
		for (int i = 0; i < CROWD; i++)
			pid[i] = child_start(join, gun);
		close(gun[0]);
		close(gun[1]); /* all at once */
		for (int i = 0; i < CROWD; i++)
			INTEQ(child_wait(pid[i]), 0);
		f = get();
		if (CHECK(f != NULL))
			INTEQ(atomic_load(word(f, 0)), CROWD);
		shmfile_free(&f);
	}
}

/* A code of the file's key, in the file's second word on. */
static int
write_code(void *ctx)
{
	const struct crypt_part part = { "x", 1 };
	struct shmfile *f = get();
	struct crypt_mac *mac = shmfile_mac(f, ctx);

	crypt_mac(mac, &part, 1, (unsigned char *)word(f, 1));
	crypt_mac_free(&mac);
	shmfile_free(&f);
	return 0;
}

static void
common_key(void)
{
	const struct crypt_part part = { "x", 1 };
	unsigned char code[CRYPT_SHA256_SIZE];
	struct shmfile *f;
	struct crypt_mac *mac;

	begin();
	f = get();
	mac = shmfile_mac(f, "cats");
	crypt_mac(mac, &part, 1, code);
	INTEQ(child_run(write_code, (void *)"cats"), 0);
	CHECK(memcmp(word(f, 1), code, sizeof(code)) == 0);
	INTEQ(child_run(write_code, (void *)"dogs"), 0);
	CHECK(memcmp(word(f, 1), code, sizeof(code)) != 0);
	shmfile_free(&f);
	begin();
	f = get(); /* another file */
	INTEQ(child_run(write_code, (void *)"cats"), 0);
	CHECK(memcmp(word(f, 1), code, sizeof(code)) != 0);
	crypt_mac_free(&mac);
	shmfile_free(&f);
}

static int
hold_whole(void *ctx)
{
	int fd = openat(folder, "f", O_RDWR);

	if (flock(fd, LOCK_EX) == 0 && write(*(int *)ctx, "", 1) == 1)
		child_rest();
	return 1;
}

static void
stopped_maker(void)
{
	int64_t began;
	struct shmfile *f;
	struct err e = { 0 };
	int pipefd[2];
	char byte;
	pid_t pid;

	begin();
	CHECK(pipe(pipefd) == 0);
	f = get();
	shmfile_free(&f);
	pid = child_start(hold_whole, &pipefd[1]);
	CHECK(read(pipefd[0], &byte, 1) == 1);
	child_stop(pid);
	began = clock_mono_ms();
	f = shmfile_open(folder, "f", &want, &e);
	CHECK(f == NULL);
	STREQ(e.text, "another process holds it");
	CHECK(clock_mono_ms() - began < SHMFILE_WAIT_MS + 1000);
	child_kill(pid);
	f = get();
	CHECK(f != NULL);
	shmfile_free(&f);
	close(pipefd[0]);
	close(pipefd[1]);
}

static int
no_space(void *ctx)
{
	const struct rlimit small = { SIZE / 2, SIZE / 2 };
	struct err e = { 0 };

	(void)ctx;
	setrlimit(RLIMIT_FSIZE, &small);
	if (shmfile_open(folder, "f", &want, &e) != NULL)
		return 1;
	if (strcmp(e.text, "reserving its space: File too large") != 0)
		return 2;
	return faccessat(folder, "f", F_OK, 0) == 0 ||
		       faccessat(folder, "f.new", F_OK, 0) == 0
		   ? 3
		   : 0;
}

static int
few_descriptors(void *ctx)
{
	struct shmfile *f;

	(void)ctx;
	close(0);
	close(1);
	close(2);
	f = get();
	if (f == NULL || shmfile_fd(f) < 3)
		return 1;
	shmfile_free(&f);
	return 0;
}

static void
removed(void)
{
	struct shmfile *f, *fresh;

	begin();
	f = get();
	INTEQ(child_run(join, NULL), 0);
	INTEQ(atomic_load(word(f, 0)), 1);
	CHECK(unlinkat(folder, "f", 0) == 0);
	atomic_fetch_add(word(f, 0), 1);
	INTEQ(shm_lock(f, SHM_LINES, 0, 0), 0);
	INTEQ(child_run(join, NULL), 0); /* makes a new one */
	INTEQ(atomic_load(word(f, 0)), 2);
	fresh = get();
	INTEQ(atomic_load(word(fresh, 0)), 1);
	shmfile_free(&fresh);
	shmfile_free(&f);
}

static int
touch_end(void *ctx)
{
	const unsigned char *content = shmfile_content(ctx);

	signal(SIGBUS, SIG_DFL); /* sanitizers have a handler */
	return content[shmfile_content_size(ctx) - 1];
}

static void
cut_short(void)
{
	struct shmfile *f;

	begin();
	f = get();
	CHECK(!shmfile_mend(f));
	CHECK(ftruncate(shmfile_fd(f), 100) == 0);
	INTEQ(child_run(touch_end, f), -SIGBUS);
	CHECK(shmfile_mend(f));
	INTEQ(child_run(touch_end, f), 0);
	CHECK(!shmfile_mend(f));
	shmfile_free(&f);
}

static void
limits(void)
{
	begin();
	INTEQ(child_run(no_space, NULL), 0);
	INTEQ(child_run(few_descriptors, NULL), 0);
}

static const struct tap_case cases[] = {
	{ "many that start at once get one file", crowd },
	{ "processes agree on codes, purposes and files do not", common_key },
	{ "a stopped maker costs others their patience, no more",
	    stopped_maker },
	{ "no space is an error now that leaves nothing; never descriptor 0",
	    limits },
	{ "a file removed in use serves on; who comes later makes another",
	    removed },
	{ "a file that was cut short is mended", cut_short },
};
TAP_MAIN(cases)
