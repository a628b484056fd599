/* SPDX-License-Identifier: MIT */
/* shm/shmfile: memory without a name. */
#include "tap.h"

#include "shm/lock.h"
#include "shm/shmfile.h"
#include "unit/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIZE = 256 << 10, NO_FILTERS = 77 };

static const struct shmfile_want want = {
	.layout = 1, .shape = 1, .size = SIZE
};

static atomic_int *
word(const struct shmfile *f)
{
	return (atomic_int *)shmfile_content(f);
}

static int
use_private(void *ctx)
{
	struct shmfile *f = ctx;

	if (shm_lock(f, SHM_SETS, 3, 0) == 0)
		return 1; /* our parent has it */
	return atomic_fetch_add(word(f), 1) == 41 ? 0 : 2;
}

static int
check_private(void *ctx)
{
	struct err e = { 0 };
	struct shmfile *f = shmfile_private("gatehouse.test", &want, &e);
	struct stat st;

	(void)ctx;
	if (f == NULL || fstat(shmfile_fd(f), &st) == -1)
		return 10;
	if (st.st_nlink != 0 || st.st_size != SIZE || shmfile_fd(f) < 3 ||
	    (fcntl(shmfile_fd(f), F_GETFD) & FD_CLOEXEC) == 0)
		return 11;
	atomic_store(word(f), 41);
	if (shm_lock(f, SHM_SETS, 3, 0) != 0)
		return 12;
	if (child_run(use_private, f) != 0 || atomic_load(word(f)) != 42)
		return 13;
	shmfile_free(&f);
	return 0;
}

/* As a filter does that has not heard of memfd_create(2). */
static int
without_memfd(void *ctx)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { 4, rules };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1)
		return NO_FILTERS;
	return check_private(ctx);
}

static void
usual(void)
{
	INTEQ(child_run(check_private, NULL), 0);
}

static void
refused(void)
{
	int status = child_run(without_memfd, NULL);

	if (status == NO_FILTERS)
		tap_skip("no seccomp filters here");
	else
		INTEQ(status, 0);
}

/* No child of ours, nobody else: the file cannot be cut short. */
static void
sealed(void)
{
	struct err e = { 0 };
	struct shmfile *f = shmfile_private("gatehouse.test", &want, &e);
	int other = memfd_create("other", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (other == -1)
		tap_skip("this kernel has no memfd");
	else
		CHECK(ftruncate(shmfile_fd(f), 0) == -1);
	close(other);
	shmfile_free(&f);
}

static const struct tap_case cases[] = {
	{ "it has no name and is not executed into, but children share it",
	    usual },
	{ "a kernel that refuses memfd_create() is no hindrance", refused },
	{ "it cannot be cut short", sealed },
};
TAP_MAIN(cases)
