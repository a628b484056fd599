/* SPDX-License-Identifier: MIT */
/*
 * A board is a file in memory, a link of that name below /proc/PID/fd leads to
 * it.  Anybody may give such a name to anything: what does not look right is
 * left alone, and what is mapped cannot shrink.
 */
#include "shm/boards.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 512, LINK_SIZE = 128, LINE_SIZE = 256 };

/* How the link of a file in memory looks. */
#define LINK_FORMAT "/memfd:%s (deleted)"

struct one {
	struct boards_one told;
	ino_t inode;
};

struct search {
	const struct shared_options *o;
	uid_t owner; /* of the site's file; ours when that is not to be seen */
	char board[LINK_SIZE], memory[LINK_SIZE]; /* links to look for */
	struct one one[BOARDS_MAX];
	int n;
};

static bool
is_number(const char *name)
{
	return isdigit((unsigned char)name[0]) != 0;
}

/* A descriptor of what the link leads to, when it leads to `want`; else -1. */
static int
open_link(int folder, const char *name, const char *want)
{
	char link[LINK_SIZE] = "";
	ssize_t n = readlinkat(folder, name, link, sizeof(link) - 1);

	if (n == -1 || strcmp(link, want) != 0)
		return -1;
	return openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* NULL: it is no board, or might become shorter under our eyes. */
static const struct board *
map_board(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *map;

	if (seals == -1 || (seals & F_SEAL_SHRINK) == 0 ||
	    fstat(fd, &st) == -1 || st.st_size != sizeof(struct board))
		return NULL;
	map = mmap(NULL, sizeof(struct board), PROT_READ, MAP_SHARED, fd, 0);
	return map == MAP_FAILED ? NULL : map;
}

/* The one of this inode, which a new one becomes; NULL: there are too many. */
static struct one *
one_of(struct search *s, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return NULL;
	for (int i = 0; i < s->n; i++)
		if (s->one[i].inode == st.st_ino)
			return &s->one[i];
	if (s->n == BOARDS_MAX)
		return NULL;
	s->one[s->n] = (struct one){ .inode = st.st_ino };
	s->one[s->n].told.board = map_board(fd);
	return s->one[s->n].told.board == NULL ? NULL : &s->one[s->n++];
}

/* Who made it is better than anybody else, then the lowest. */
static bool
is_better(const struct one *o, pid_t pid)
{
	int owner = atomic_load(&o->told.board->owner);

	return o->told.pid == 0 || pid == owner ||
	       (o->told.pid != owner && pid < o->told.pid);
}

/* The private memory among these descriptors, if there is any. */
static struct shared *
find_memory(const struct search *s, DIR *d)
{
	struct err ignored = { 0 };
	struct dirent *entry;
	int fd = -1;

	rewinddir(d);
	while (fd == -1 && (entry = readdir(d)) != NULL)
		if (is_number(entry->d_name))
			fd = open_link(dirfd(d), entry->d_name, s->memory);
	if (fd == -1)
		return NULL;
	if ((fcntl(fd, F_GET_SEALS) & F_SEAL_SHRINK) == 0) {
		close(fd);
		return NULL;
	}
	return shared_view_fd(fd, s->o, &ignored);
}

/* Of one process: its descriptors, in the folder `d`. */
static void
search_process(struct search *s, DIR *d, pid_t pid)
{
	struct dirent *entry;
	struct one *o = NULL;

	while (o == NULL && (entry = readdir(d)) != NULL) {
		int fd = -1;

		if (is_number(entry->d_name))
			fd = open_link(dirfd(d), entry->d_name, s->board);
		if (fd == -1)
			continue;
		o = one_of(s, fd);
		close(fd);
	}
	if (o == NULL || !is_better(o, pid))
		return;
	o->told.pid = pid;
	if (o->told.memory == NULL)
		o->told.memory = find_memory(s, d);
}

/*
 * Whose process it is.  The owner of /proc/PID will not do: that is root's for
 * whoever has asked not to be looked at.
 */
static uid_t
user_of(const char *pid)
{
	char path[PATH_SIZE], line[LINE_SIZE];
	unsigned real, user = UINT_MAX;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return user;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Uid: %u %u", &real, &user) == 2)
			break;
	fclose(f);
	return user;
}

static bool
is_trusted(const struct search *s, const char *pid)
{
	uid_t user = user_of(pid);

	return user == geteuid() || user == s->owner;
}

/* Of those whom we trust, or of the others. */
static void
search_all(struct search *s, DIR *proc, bool trusted)
{
	char path[PATH_SIZE];
	struct dirent *entry;

	rewinddir(proc);
	while ((entry = readdir(proc)) != NULL) {
		DIR *d;

		if (!is_number(entry->d_name) ||
		    is_trusted(s, entry->d_name) != trusted)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fd", entry->d_name);
		d = opendir(path);
		if (d == NULL)
			continue; /* gone, or another user's */
		search_process(s, d, (pid_t)strtol(entry->d_name, NULL, 10));
		closedir(d);
	}
}

static int
by_inode(const void *a, const void *b)
{
	ino_t x = ((const struct one *)a)->inode;
	ino_t y = ((const struct one *)b)->inode;

	return x < y ? -1 : x > y;
}

static void
tell(struct search *s, void (*call)(void *ctx, const struct boards_one *one),
    void *ctx)
{
	qsort(s->one, (size_t)s->n, sizeof(s->one[0]), by_inode);
	for (int i = 0; i < s->n; i++) {
		struct boards_one *o = &s->one[i].told;
		struct shared *memory = (struct shared *)o->memory;

		call(ctx, o);
		shared_free(&memory);
		munmap((void *)o->board, sizeof(*o->board));
	}
}

static void
want_link(const char *kind, const char *site, char link[LINK_SIZE])
{
	char name[SHARED_NAME_SIZE];

	shared_name(kind, site, name);
	snprintf(link, LINK_SIZE, LINK_FORMAT, name);
}

static uid_t
owner_of(const char *site)
{
	struct stat st;

	return stat(site, &st) == 0 ? st.st_uid : geteuid();
}

int
boards_find(const struct shared_options *o,
    void (*call)(void *ctx, const struct boards_one *one), void *ctx,
    struct err *e)
{
	struct search *s = calloc(1, sizeof(*s));
	DIR *proc = opendir("/proc");
	int n = -1;

	if (s == NULL || proc == NULL) {
		err_set(e, ERR_DOWN, "/proc: %s", strerror(errno));
	} else {
		s->o = o;
		s->owner = owner_of(o->site);
		want_link(SHARED_BOARD_KIND, o->site, s->board);
		want_link(SHARED_FILE_KIND, o->site, s->memory);
		search_all(s, proc, true);
		search_all(s, proc, false);
		tell(s, call, ctx);
		n = s->n;
	}
	if (proc != NULL)
		closedir(proc);
	free(s);
	return n;
}
