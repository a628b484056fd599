/* SPDX-License-Identifier: MIT */
/* Which memory it is, and where in it each part lies. */
#include "shm/shared.h"

#include "io/crypt.h"
#include "shm/folder.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NAME_SIZE = 64, SITE_DIGITS = 16, PAGE = 4096 };

/*
 * The content of the file.  Values and indexes, no pointers.  Whoever changes
 * the meaning of a byte changes SHARED_LAYOUT; sizes are compared anyway.
 */
struct host {
	struct ready ready;
	struct upstream line[UPSTREAM_LINES];
	struct recent recent;
	/* the rest of the file */
	_Alignas(PAGE) unsigned char sets[];
};

_Static_assert(SHARED_SIZE_MIN >=
		   SHMFILE_HEAD + sizeof(struct host) + 64 * SLOTS_SET_SIZE,
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
		SLOTS_SET_SIZE,
		SLOTS_WAYS,
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

/* The same file for every way to write the site's name. */
static void
name_file(const char *site, char name[NAME_SIZE])
{
	char sum[CRYPT_SHA256_HEX_SIZE];
	char *real = realpath(site, NULL);

	if (real != NULL)
		site = real;
	crypt_sha256_hex(site, strlen(site), sum);
	free(real);
	snprintf(name, NAME_SIZE, "gatehouse.%d.%.*s", SHARED_LAYOUT,
	    SITE_DIGITS, sum);
}

/* Opens or makes the file in this folder; NULL: *e names both. */
static struct shmfile *
open_in(struct shared *s, const char *dir, int depth,
    const struct shared_options *o, struct err *e)
{
	const struct shmfile_want want = wanted(o);
	struct shmfile *f;
	char name[NAME_SIZE];
	int fd = folder_open(dir, depth, e);

	if (fd == -1) {
		err_wrap(e, "%s", dir);
		return NULL;
	}
	name_file(o->site, name);
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

	if (!o->private && o->dir[0] != '\0')
		return open_in(s, o->dir, 0, o, e);
	if (!o->private)
		f = search(s, o);
	return f != NULL ? f : shmfile_private(&want, e);
}

static void
lay_out(struct shared *s)
{
	struct host *h = shmfile_content(s->file);
	size_t room = shmfile_content_size(s->file) - sizeof(*h);

	s->ready = &h->ready;
	s->recent = &h->recent;
	s->lines = upstream_lines_new(h->line, s->file);
	s->slots = slots_new(h->sets, room, s->file);
}

static struct board *
new_board(void)
{
	struct board *b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return b == MAP_FAILED ? NULL : b;
}

struct shared *
shared_open(const struct shared_options *o, struct err *e)
{
	struct shared *s = calloc(1, sizeof(*s));

	if (s != NULL && (s->board = new_board()) != NULL) {
		s->file = open_file(s, o, e);
		if (s->file != NULL)
			lay_out(s);
	}
	if (s != NULL && s->lines != NULL && s->slots != NULL)
		return s;
	err_set(e, ERR_BUG, "out of memory"); /* unless there was a cause */
	shared_free(&s);
	return NULL;
}

void
shared_free(struct shared **s)
{
	if (*s == NULL)
		return;
	slots_free(&(*s)->slots);
	upstream_lines_free(&(*s)->lines);
	shmfile_free(&(*s)->file);
	if ((*s)->board != NULL)
		munmap((*s)->board, sizeof(*(*s)->board));
	free(*s);
	*s = NULL;
}

static int
look_in(const char *dir, int depth, const char *site,
    char text[SHARED_TEXT_MAX], struct err *e)
{
	char name[NAME_SIZE];
	int fd = folder_look(dir, depth, e), rc;

	if (fd == -1)
		return err_wrap(e, "%s", dir);
	name_file(site, name);
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
