/* SPDX-License-Identifier: MIT */
/* Which memory it is, and where in it each part lies. */
#include "shm/shared.h"

#include "io/crypt.h"
#include "shm/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SITE_DIGITS = 16, PAGE = 4096, FIRST_FD = 3 };

/*
 * The content of the file.  Values and indexes, no pointers.  Whoever changes
 * the meaning of a byte changes SHARED_LAYOUT; sizes are compared anyway.
 */
struct host {
	struct ready ready;
	struct upstream line[UPSTREAM_LINES];
	struct recent recent;
	struct rate rate;
	struct news news;
	struct tally tally;
	/* the rest of the file: what is revoked, and slots */
	_Alignas(PAGE) unsigned char rest[];
};

/* The share of what is revoked: this part of the whole. */
enum { REVOKED_PART = 8 };

_Static_assert(SHARED_SIZE_MIN >= SHMFILE_HEAD + sizeof(struct host) +
				      SHARED_SIZE_MIN / REVOKED_PART +
				      16 * SLOTS_SET_SIZE,
    "the smallest file has room for slots");

static uint32_t
shape(void)
{
	static const size_t parts[] = {
		sizeof(struct host),
		sizeof(struct ready),
		sizeof(struct upstream),
		sizeof(struct gate),
		sizeof(struct keyring),
		sizeof(struct recent),
		sizeof(struct rate),
		sizeof(struct news),
		sizeof(struct tally),
		REVOKED_PART,
		SLOTS_SET_SIZE,
		SLOTS_UNITS,
	};
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		sum = sum * 31 + (uint32_t)parts[i];
	return sum;
}

static struct shmfile_want
wanted(const struct shared_options *o)
{
	size_t size = o->size < SHARED_SIZE_MIN ? SHARED_SIZE_MIN : o->size;

	return (struct shmfile_want){ .layout = SHARED_LAYOUT,
		.shape = shape(),
		.size = size / PAGE * PAGE };
}

void
shared_name(const char *kind, const char *site, char name[SHARED_NAME_SIZE])
{
	char sum[CRYPT_SHA256_HEX_SIZE];
	char *real = realpath(site, NULL);

	if (real != NULL)
		site = real;
	crypt_sha256_hex(site, strlen(site), sum);
	free(real);
	snprintf(name, SHARED_NAME_SIZE, "%s.%d.%.*s", kind, SHARED_LAYOUT,
	    SITE_DIGITS, sum);
}

/* Opens or makes the file in this folder; NULL: *e names both. */
static struct shmfile *
open_in(struct shared *s, const char *dir, int depth,
    const struct shared_options *o, struct err *e)
{
	const struct shmfile_want want = wanted(o);
	struct shmfile *f;
	char name[SHARED_NAME_SIZE];
	int fd = folder_open(dir, depth, e);

	if (fd == -1) {
		err_wrap(e, "%s", dir);
		return NULL;
	}
	shared_name(SHARED_FILE_KIND, o->site, name);
	f = shmfile_open(fd, name, &want, e);
	close(fd);
	if (f == NULL)
		err_wrap(e, "%s/%s", dir, name);
	else
		snprintf(s->where, sizeof(s->where), "%s/%s", dir, name);
	return f;
}

static void
add_reason(char text[SHARED_TEXT_MAX], const struct err *why)
{
	size_t n = strlen(text);

	snprintf(text + n, SHARED_TEXT_MAX - n, "%s%s", n == 0 ? "" : "; ",
	    why->text);
}

static struct shmfile *
search(struct shared *s, const struct shared_options *o)
{
	char path[FOLDER_PATH_MAX];

	for (int i = 0; i < FOLDER_KINDS; i++) {
		enum folder_kind k = (enum folder_kind)i;
		struct err why = { 0 };
		struct shmfile *f;

		if (!folder_path(k, path))
			continue;
		f = open_in(s, path, folder_depth(k), o, &why);
		if (f != NULL) {
			s->warning[0] = '\0';
			return f;
		}
		add_reason(s->warning, &why);
	}
	return NULL;
}

static struct shmfile *
open_file(struct shared *s, const struct shared_options *o, struct err *e)
{
	const struct shmfile_want want = wanted(o);
	struct shmfile *f = NULL;
	char name[SHARED_NAME_SIZE];

	if (!o->private && o->dir[0] != '\0')
		return open_in(s, o->dir, 0, o, e);
	if (!o->private)
		f = search(s, o);
	shared_name(SHARED_FILE_KIND, o->site, name);
	return f != NULL ? f : shmfile_private(name, &want, e);
}

static void
lay_out(struct shared *s)
{
	struct host *h = shmfile_content(s->file);
	size_t room = shmfile_content_size(s->file) - sizeof(*h);
	size_t revoked = shmfile_content_size(s->file) / REVOKED_PART;

	revoked = revoked / PAGE * PAGE;
	s->ready = &h->ready;
	s->recent = &h->recent;
	s->lines = upstream_lines_new(h->line, s->file);
	s->rate = &h->rate;
	s->news = &h->news;
	s->tally = &h->tally;
	s->revoked = revoked_new(h->rest, revoked, s->file);
	s->slots = slots_new(h->rest + revoked, room - revoked, s->file);
}

/* Others find it by its name; where there are no such files, nobody does. */
static int
named_memory(const char *site)
{
	char name[SHARED_NAME_SIZE];
	int fd, higher;

	shared_name(SHARED_BOARD_KIND, site, name);
	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	/* not one that a library closes or takes for a standard one */
	higher = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	close(fd);
	if (higher != -1 && ftruncate(higher, sizeof(struct board)) == 0) {
		/* who looks at it need not fear that it shrinks */
		fcntl(higher, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
		return higher;
	}
	if (higher != -1)
		close(higher);
	return -1;
}

static struct board *
new_board(struct shared *s, const char *site)
{
	struct board *b;

	s->board_fd = named_memory(site);
	b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE,
	    MAP_SHARED | (s->board_fd == -1 ? MAP_ANONYMOUS : 0), s->board_fd,
	    0);
	if (b == MAP_FAILED)
		return NULL;
	atomic_store(&b->owner, (int)getpid());
	return b;
}

static bool
is_whole(const struct shared *s)
{
	return s->lines != NULL && s->slots != NULL && s->revoked != NULL;
}

static struct shared *
new_shared(void)
{
	struct shared *s = calloc(1, sizeof(*s));

	if (s != NULL)
		s->board_fd = -1;
	return s;
}

struct shared *
shared_open(const struct shared_options *o, struct err *e)
{
	struct shared *s = new_shared();

	if (s != NULL && (s->board = new_board(s, o->site)) != NULL) {
		s->file = open_file(s, o, e);
		if (s->file != NULL)
			lay_out(s);
	}
	if (s != NULL && is_whole(s))
		return s;
	err_set(e, ERR_BUG, "out of memory"); /* unless there was a cause */
	shared_free(&s);
	return NULL;
}

struct shared *
shared_view_fd(int fd, const struct shared_options *o, struct err *e)
{
	const struct shmfile_want want = wanted(o);
	struct shmfile *f = shmfile_view(fd, &want, e);
	struct shared *s;

	if (f == NULL)
		return NULL;
	s = new_shared();
	if (s == NULL) {
		shmfile_free(&f);
	} else {
		s->file = f;
		lay_out(s);
	}
	if (s != NULL && is_whole(s))
		return s;
	err_set(e, ERR_DOWN, "it cannot be used");
	shared_free(&s);
	return NULL;
}

struct shared *
shared_view(const struct shared_options *o, struct err *e)
{
	char path[SHARED_TEXT_MAX];
	struct shared *s;
	int fd;

	if (shared_look(o, path, e) == -1)
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1) {
		err_set(e, ERR_DOWN, "%s: %s", path, strerror(errno));
		return NULL;
	}
	s = shared_view_fd(fd, o, e);
	if (s == NULL)
		err_wrap(e, "%s", path);
	else
		snprintf(s->where, sizeof(s->where), "%s", path);
	return s;
}

void
shared_free(struct shared **s)
{
	if (*s == NULL)
		return;
	slots_free(&(*s)->slots);
	revoked_free(&(*s)->revoked);
	upstream_lines_free(&(*s)->lines);
	shmfile_free(&(*s)->file);
	if ((*s)->board_fd != -1)
		close((*s)->board_fd);
	if ((*s)->board != NULL)
		munmap((*s)->board, sizeof(*(*s)->board));
	free(*s);
	*s = NULL;
}

static int
look_in(const char *dir, int depth, const char *site,
    char text[SHARED_TEXT_MAX], struct err *e)
{
	char name[SHARED_NAME_SIZE];
	int fd = folder_look(dir, depth, e), rc;

	if (fd == -1)
		return err_wrap(e, "%s", dir);
	shared_name(SHARED_FILE_KIND, site, name);
	rc = shmfile_look(fd, name, e);
	close(fd);
	if (rc == -1)
		return err_wrap(e, "%s/%s", dir, name);
	snprintf(text, SHARED_TEXT_MAX, "%s/%s", dir, name);
	return 0;
}

int
shared_look(const struct shared_options *o, char text[SHARED_TEXT_MAX],
    struct err *e)
{
	char path[FOLDER_PATH_MAX], reasons[SHARED_TEXT_MAX] = "";

	if (o->dir[0] != '\0')
		return look_in(o->dir, 0, o->site, text, e);
	for (int i = 0; i < FOLDER_KINDS; i++) {
		enum folder_kind k = (enum folder_kind)i;
		struct err why = { 0 };

		if (!folder_path(k, path))
			continue;
		if (look_in(path, folder_depth(k), o->site, text, &why) == 0)
			return 0;
		add_reason(reasons, &why);
	}
	return err_set(e, ERR_DOWN, "%s", reasons);
}

struct crypt_mac *
shared_mac(const struct shared *s, const char *purpose)
{
	return shmfile_mac(s->file, purpose);
}
