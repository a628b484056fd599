/* SPDX-License-Identifier: MIT */
/*
 * The file that processes map together: made whole or not at all, checked
 * before it is believed, never resized.  What is in it is others' business.
 */
#ifndef SHM_SHMFILE_H
#define SHM_SHMFILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SHMFILE_HEAD = 4096, /* the header's page; the content is behind it */
	SHMFILE_KEY_SIZE = 32,
	SHMFILE_WAIT_MS = 3000, /* for another process that makes the file */
};

/* What a file must be like, header included, to be taken as it is. */
struct shmfile_want {
	uint32_t layout; /* changes with the meaning of the bytes */
	uint32_t shape;  /* a sum over the sizes of what is in there */
	size_t size;     /* of all of it; a multiple of the page */
};

struct shmfile;

/*
 * Opens `name` in the folder, or makes it: content zero, a new random key.
 * Another layout, size or boot, an empty or a half-made file: made anew beside
 * it and renamed over it; whoever has the old one mapped keeps that.
 * NULL, *e says why (ERR_CONFIG): it is a symbolic link or no regular file,
 * somebody else's or open to others, on a network file system; no space;
 * no lock within SHMFILE_WAIT_MS.
 *
 * Once a process: byte-range locks are lost when a process closes any
 * descriptor of the file.
 */
struct shmfile *shmfile_open(int folder, const char *name,
    const struct shmfile_want *w, struct err *e);

/*
 * The same without a file, for this process and the children it forks; gone
 * with the last of them.  Its pages cost nothing before they are used.  The
 * name is for those who look for it below /proc.
 */
struct shmfile *shmfile_private(const char *name, const struct shmfile_want *w,
    struct err *e);

/*
 * One of another process to be read, by an open descriptor, which it takes in
 * any case.  Of one without a file the key is not to be had.  NULL: ERR_DOWN,
 * it is none of this layout, shape and size.
 */
struct shmfile *shmfile_view(int fd, const struct shmfile_want *w,
    struct err *e);
void shmfile_free(struct shmfile **f);

/*
 * May the file at `name` be used, or be made?  Changes nothing.  0, or -1 and
 * *e as shmfile_open() would say.
 */
int shmfile_look(int folder, const char *name, struct err *e);

/* The content behind the header, page-aligned. */
void *shmfile_content(const struct shmfile *f);
size_t shmfile_content_size(const struct shmfile *f);
int shmfile_fd(const struct shmfile *f); /* for locks; never closed */

/*
 * An authentication code under the file's key; a code of one purpose says
 * nothing about those of another.  Owned, one a process, made after the fork.
 * NULL: no memory.
 */
struct crypt_mac;
struct crypt_mac *shmfile_mac(const struct shmfile *f, const char *purpose);

/*
 * A file that somebody cut short kills its readers by SIGBUS.  Gives it its
 * size back, filled with zeros; true when that was needed and done.
 */
bool shmfile_mend(const struct shmfile *f);

#endif
