/* SPDX-License-Identifier: MIT */
/* Memory that workers have in common, with each other or with the host. */
#ifndef SHM_SHARED_H
#define SHM_SHARED_H

#include "base/err.h"
#include "shm/board.h"
#include "shm/lock.h"
#include "shm/news.h"
#include "shm/rate.h"
#include "shm/recent.h"
#include "shm/revoked.h"
#include "shm/shmfile.h"
#include "shm/slots.h"
#include "shm/tally.h"
#include "shm/upstream.h"

enum {
	SHARED_PROVIDERS = 8, /* of one configuration */
	SHARED_LAYOUT = 4,    /* in the file's name; see struct host */
	SHARED_SIZE_MIN = 4 << 20,
	SHARED_TEXT_MAX = 1024,
	SHARED_NAME_SIZE = 64,
};

/* What the latest look at the database found, for /readyz. */
struct ready {
	atomic_int_fast64_t looked_ms; /* 0: never */
	atomic_int database;           /* enum part_state of route/ready.h */
	atomic_int migrations;
};

/*
 * A process's handle, on its heap.  Behind `board` is memory of a supervisor
 * and its workers (or of a single process) alone; the rest is in `file`.
 */
struct shared {
	struct board *board;
	int board_fd; /* others find the board by it; -1: they cannot */
	struct ready *ready;
	struct recent *recent;
	struct rate *rate;
	struct news *news;
	struct tally *tally;
	struct revoked *revoked;
	struct slots *slots;
	struct upstream_lines *lines;
	struct shmfile *file;
	char where[SHARED_TEXT_MAX];   /* the file's path; "" when private */
	char warning[SHARED_TEXT_MAX]; /* why it is private all the same */
};

struct shared_options {
	const char *dir;  /* the folder; "": shared_open() searches */
	size_t size;      /* in bytes; less: SHARED_SIZE_MIN */
	const char *site; /* names the site: its configuration file */
	bool private;     /* no file; only this process and its children */
};

/*
 * Makes the board and maps the file: before the first fork, once a process.
 * Without `dir`, the first folder that can be used of $RUNTIME_DIRECTORY,
 * /dev/shm/gatehouse-UID, $STATE_DIRECTORY, $XDG_STATE_HOME/gatehouse and
 * ~/.local/state/gatehouse; when none can, private memory, and `warning` says
 * why.  The file is named after layout and site, so that neither another
 * version nor another site is ever opened.
 * NULL: no memory, or `dir` cannot be used (ERR_CONFIG).
 */
struct shared *shared_open(const struct shared_options *o, struct err *e);
void shared_free(struct shared **s);

/*
 * Others' memory to look at, by what does not write: a store ends the process.
 * Without a board.  Of the file that shared_look() names, which is not made:
 * NULL, *e ERR_DOWN when there is none of this layout and size.
 */
struct shared *shared_view(const struct shared_options *o, struct err *e);

/* The same of an open descriptor, which it takes in any case. */
struct shared *shared_view_fd(int fd, const struct shared_options *o,
    struct err *e);

/* "KIND.LAYOUT.DIGITS": the same for every way to write the site's name. */
void shared_name(const char *kind, const char *site,
    char name[SHARED_NAME_SIZE]);
#define SHARED_FILE_KIND "gatehouse"
#define SHARED_BOARD_KIND "gatehouse-board"

/*
 * The path of the file that shared_open() would use, without making anything
 * (`private` is not looked at).  -1 and *e when there is none: ERR_CONFIG when
 * it would fail, ERR_DOWN when it would go on with private memory.
 */
int shared_look(const struct shared_options *o, char text[SHARED_TEXT_MAX],
    struct err *e);

/* shmfile_mac(): for tags, scopes and the like that all processes agree on. */
struct crypt_mac *shared_mac(const struct shared *s, const char *purpose);

#endif
