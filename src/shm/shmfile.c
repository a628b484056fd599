/* SPDX-License-Identifier: MIT */
/*
 * Creation under flock(2), which openers of one file compete for; whatever is
 * not exactly the file that we want is replaced, never written to.
 */
#include "shm/shmfile.h"

#include "base/clock.h"
#include "base/rng.h"
#include "io/crypt.h"
#include "shm/fskind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

enum { NAME_SIZE = 256, BOOT_SIZE = 40, FIRST_FD = 3, POLL_MS = 5 };

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* The first bytes of the file, written before it gets its name. */
struct head {
	char magic[8];
	uint32_t layout, shape;
	uint64_t size;
	char boot[BOOT_SIZE]; /* monotonic times compare within one boot */
	unsigned char key[SHMFILE_KEY_SIZE];
};

/* What decides is kept here: others can write to the mapping. */
struct shmfile {
	int fd;
	size_t size;
	unsigned char *map;
	unsigned char key[SHMFILE_KEY_SIZE];
};

static int
fail(struct err *e, const char *what)
{
	return err_set(e, ERR_CONFIG, "%s: %s", what, strerror(errno));
}

/* What is in memory has not seen another boot. */
static int
read_boot(const struct statfs *fs, char boot[BOOT_SIZE], struct err *e)
{
	FILE *f;

	memset(boot, 0, BOOT_SIZE);
	if (fskind_is_memory((long)fs->f_type)) {
		memcpy(boot, "in memory", sizeof("in memory"));
		return 0;
	}
	f = fopen(BOOT_ID, "re");
	if (f == NULL || fgets(boot, BOOT_SIZE, f) == NULL)
		fail(e, BOOT_ID);
	if (f != NULL)
		fclose(f);
	return boot[0] == '\0' ? -1 : 0;
}

static void
begin_head(const struct shmfile_want *w, struct head *h)
{
	*h = (struct head){ .magic = "gatehou",
		.layout = w->layout,
		.shape = w->shape,
		.size = w->size };
}

/* The header that we want, but for its key. */
static int
describe(int folder, const struct shmfile_want *w, struct head *h,
    struct err *e)
{
	struct statfs fs;

	begin_head(w, h);
	if (fstatfs(folder, &fs) == -1)
		return fail(e, "the folder");
	if (fskind_is_remote((long)fs.f_type))
		return err_set(e, ERR_CONFIG, "it is on a network file system");
	return read_boot(&fs, h->boot, e);
}

static int
is_ours(const struct stat *st, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_CONFIG, "it is no regular file");
	if (st->st_uid != geteuid())
		return err_set(e, ERR_CONFIG, "it belongs to another user");
	if ((st->st_mode & 077) != 0)
		return err_set(e, ERR_CONFIG, "others may open it");
	return 0;
}

/* 0 to 2 may be closed, and reopened by a library as something else. */
static int
move_up(int fd)
{
	int higher;

	if (fd == -1 || fd >= FIRST_FD)
		return fd;
	higher = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	close(fd);
	return higher;
}

/* flags: O_CREAT or what else is needed.  -1 and *e: not to be used. */
static int
open_name(int folder, const char *name, int flags, struct err *e)
{
	struct stat st;
	int fd = move_up(openat(folder, name,
	    O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags,
	    0600));

	if (fd == -1 && errno == ELOOP)
		err_set(e, ERR_CONFIG, "it is a symbolic link");
	else if (fd == -1 || fstat(fd, &st) == -1)
		fail(e, "open");
	else if (is_ours(&st, e) == 0)
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

static int
lock_whole(int fd, int64_t deadline)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		if (clock_left_ms(deadline) == 0)
			return -1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* The name may have gone to another file while we waited. */
static bool
has_name(int fd, int folder, const char *name)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 &&
	       fstatat(folder, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Is it the file that we want?  Then its key is in *h. */
static bool
is_wanted(int fd, struct head *h)
{
	static const unsigned char none[SHMFILE_KEY_SIZE];
	struct head is;
	struct stat st;

	if (fstat(fd, &st) == -1 || (uint64_t)st.st_size != h->size ||
	    pread(fd, &is, sizeof(is), 0) != sizeof(is) ||
	    memcmp(&is, h, offsetof(struct head, key)) != 0 ||
	    memcmp(is.key, none, sizeof(none)) == 0)
		return false;
	memcpy(h->key, is.key, sizeof(h->key));
	return true;
}

/* As posix_fallocate(), whatever signals come.  0 or an error number. */
static int
allocate(int fd, size_t size)
{
	int rc;

	do
		rc = posix_fallocate(fd, 0, (off_t)size);
	while (rc == EINTR);
	return rc;
}

/* All of its space now: a full disk must not become SIGBUS later. */
static int
reserve(int fd, size_t size, struct err *e)
{
	struct rlimit most;

	/* beyond this limit we would get a signal, not an error */
	if (getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur < size)
		errno = EFBIG;
	else
		errno = allocate(fd, size);
	return errno == 0 ? 0 : fail(e, "reserving its space");
}

/* Under a name of its own; whole when it returns. */
static int
make(int folder, const char *name, struct head *h, struct err *e)
{
	int fd;

	unlinkat(folder, name, 0); /* of a process that was killed here */
	fd = open_name(folder, name, O_CREAT | O_EXCL, e);
	if (fd == -1)
		return -1;
	rng_bytes(h->key, sizeof(h->key));
	if (reserve(fd, (size_t)h->size, e) == 0) {
		if (fchmod(fd, 0600) == 0 &&
		    pwrite(fd, h, sizeof(*h), 0) == sizeof(*h))
			return fd;
		fail(e, "write");
	}
	unlinkat(folder, name, 0);
	close(fd);
	return -1;
}

/*
 * Puts a new file in the place of the one that has the name; what was made
 * for the lock alone is not left behind.  -1: *e, or somebody interfered.
 */
static int
replace(int folder, const char *name, struct head *h, struct err *e)
{
	char fresh[NAME_SIZE];
	struct stat st;
	int fd;

	if (snprintf(fresh, sizeof(fresh), "%s.new", name) >= NAME_SIZE)
		return err_set(e, ERR_CONFIG, "its name is too long");
	fd = make(folder, fresh, h, e);
	if (fd == -1) {
		if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_size == 0)
			unlinkat(folder, name, 0);
		return -1;
	}
	if (renameat(folder, fresh, folder, name) == -1 && errno != ENOENT)
		fail(e, "rename");
	if (has_name(fd, folder, name))
		return fd;
	close(fd);
	return -1;
}

/* A descriptor of a good file; its key is in *h. */
static int
open_or_make(int folder, const char *name, struct head *h, struct err *e)
{
	int64_t deadline = clock_mono_ms() + SHMFILE_WAIT_MS;

	do {
		int fd = open_name(folder, name, O_CREAT, e), use = -1;

		if (fd == -1)
			return -1;
		if (lock_whole(fd, deadline) == -1)
			err_set(e, ERR_CONFIG, "another process holds it");
		else if (has_name(fd, folder, name))
			use =
			    is_wanted(fd, h) ? fd : replace(folder, name, h, e);
		if (use == fd)
			flock(fd, LOCK_UN);
		else
			close(fd);
		if (use != -1)
			return use;
	} while (e->kind == ERR_NONE && clock_left_ms(deadline) > 0);
	return err_set(e, ERR_CONFIG, "others replace it all the time");
}

/* Takes fd in any case. */
static struct shmfile *
map(int fd, const struct head *h, int access, struct err *e)
{
	struct shmfile *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		err_set(e, ERR_BUG, "out of memory");
		close(fd);
		return NULL;
	}
	f->fd = fd;
	f->size = (size_t)h->size;
	memcpy(f->key, h->key, sizeof(f->key));
	f->map = mmap(NULL, f->size, access, MAP_SHARED, fd, 0);
	if (f->map == MAP_FAILED) {
		f->map = NULL;
		fail(e, "mmap");
		shmfile_free(&f);
	}
	return f;
}

struct shmfile *
shmfile_open(int folder, const char *name, const struct shmfile_want *w,
    struct err *e)
{
	struct shmfile *f = NULL;
	struct head h;
	int fd;

	if (describe(folder, w, &h, e) == 0 &&
	    (fd = open_or_make(folder, name, &h, e)) != -1)
		f = map(fd, &h, PROT_READ | PROT_WRITE, e);
	explicit_bzero(h.key, sizeof(h.key));
	return f;
}

int
shmfile_look(int folder, const char *name, struct err *e)
{
	const struct shmfile_want any = { .size = SHMFILE_HEAD };
	struct head h;
	struct stat st;

	if (describe(folder, &any, &h, e) == -1)
		return -1;
	if (faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) == -1)
		return fail(e, "the folder");
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : fail(e, "stat");
	if (S_ISLNK(st.st_mode))
		return err_set(e, ERR_CONFIG, "it is a symbolic link");
	return is_ours(&st, e);
}

/* Where the kernel or a filter refuses memfd_create(2). */
static int
make_unlinked(size_t size, struct err *e)
{
	static const char *const paths[] = { "/dev/shm/gatehouse-XXXXXX",
		"/tmp/gatehouse-XXXXXX", "/var/tmp/gatehouse-XXXXXX" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "%s", paths[i]);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd == -1)
			continue;
		unlink(path);
		if ((fd = move_up(fd)) != -1 && reserve(fd, size, e) == 0)
			return fd;
		if (fd != -1)
			close(fd);
		*e = (struct err){ 0 };
	}
	return err_set(e, ERR_BUG, "no memory that workers could share");
}

struct shmfile *
shmfile_private(const char *name, const struct shmfile_want *w, struct err *e)
{
	struct head h;
	struct shmfile *f;
	int fd = move_up(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));

	if (fd != -1 && ftruncate(fd, (off_t)w->size) == -1) {
		close(fd);
		fd = -1;
	}
	if (fd == -1 && (fd = make_unlinked(w->size, e)) == -1)
		return NULL;
	/* never shorter: no SIGBUS; refused where it is a plain file */
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	begin_head(w, &h);
	f = map(fd, &h, PROT_READ | PROT_WRITE, e);
	if (f != NULL) {
		/* for shmfile_view(); the key is for us alone */
		memcpy(f->map, &h, sizeof(h));
		rng_bytes(f->key, sizeof(f->key));
	}
	return f;
}

/* As far as a stranger can tell.  NULL: it is good; else why not. */
static const char *
read_head(int fd, const struct shmfile_want *w, struct head *h)
{
	struct head want;
	struct stat st;

	begin_head(w, &want);
	if (fstat(fd, &st) == -1 || pread(fd, h, sizeof(*h), 0) != sizeof(*h) ||
	    memcmp(h, &want, offsetof(struct head, size)) != 0)
		return "it is of another version";
	if (h->size != w->size || (uint64_t)st.st_size != w->size)
		return "it is of another size";
	return NULL;
}

struct shmfile *
shmfile_view(int fd, const struct shmfile_want *w, struct err *e)
{
	struct shmfile *f = NULL;
	struct head h = { 0 };
	const char *why = read_head(fd, w, &h);

	if (why == NULL) {
		f = map(fd, &h, PROT_READ, e);
	} else {
		err_set(e, ERR_DOWN, "%s", why);
		close(fd);
	}
	explicit_bzero(h.key, sizeof(h.key));
	return f;
}

void
shmfile_free(struct shmfile **f)
{
	if (*f == NULL)
		return;
	if ((*f)->map != NULL)
		munmap((*f)->map, (*f)->size);
	close((*f)->fd);
	explicit_bzero((*f)->key, sizeof((*f)->key));
	free(*f);
	*f = NULL;
}

void *
shmfile_content(const struct shmfile *f)
{
	return f->map + SHMFILE_HEAD;
}

size_t
shmfile_content_size(const struct shmfile *f)
{
	return f->size - SHMFILE_HEAD;
}

int
shmfile_fd(const struct shmfile *f)
{
	return f->fd;
}

struct crypt_mac *
shmfile_mac(const struct shmfile *f, const char *purpose)
{
	const struct crypt_part part = { purpose, strlen(purpose) };
	struct crypt_mac *top = crypt_mac_new(f->key, sizeof(f->key));
	struct crypt_mac *mac = NULL;
	unsigned char key[CRYPT_SHA256_SIZE];

	if (top != NULL) {
		crypt_mac(top, &part, 1, key);
		mac = crypt_mac_new(key, sizeof(key));
		explicit_bzero(key, sizeof(key));
	}
	crypt_mac_free(&top);
	return mac;
}

bool
shmfile_mend(const struct shmfile *f)
{
	struct stat st;

	return fstat(f->fd, &st) == 0 && (size_t)st.st_size < f->size &&
	       allocate(f->fd, f->size) == 0;
}
