/* SPDX-License-Identifier: MIT */
/* The folder for the shared file: which could it be, and may it be used? */
#ifndef SHM_FOLDER_H
#define SHM_FOLDER_H

#include "base/err.h"

#include <stdbool.h>

enum { FOLDER_PATH_MAX = 512 };

/* Where to search, in this order. */
enum folder_kind {
	FOLDER_RUNTIME, /* the first of $RUNTIME_DIRECTORY */
	FOLDER_MEMORY,  /* /dev/shm/gatehouse-UID */
	FOLDER_STATE,   /* the first of $STATE_DIRECTORY */
	FOLDER_XDG,     /* $XDG_STATE_HOME/gatehouse */
	FOLDER_HOME,    /* .local/state/gatehouse of the user's home */
	FOLDER_KINDS,
};

/* Its path; false when the environment names none (or no absolute one). */
bool folder_path(enum folder_kind k, char path[FOLDER_PATH_MAX]);

/* How many names at the end of the path we may make; 0: it is not ours. */
int folder_depth(enum folder_kind k);

/*
 * A descriptor of the folder, or -1 and *e (ERR_CONFIG).  With depth 0 any
 * folder will do: what is in it is checked when it is opened.  Else it is one
 * of ours: so many missing names are made, 0700; it must belong to us, be no
 * symbolic link, and nobody else may write to it.
 */
int folder_open(const char *path, int depth, struct err *e);

/*
 * The same without making anything: a descriptor, or that of the nearest
 * folder above in which it could be made.
 */
int folder_look(const char *path, int depth, struct err *e);

#endif
