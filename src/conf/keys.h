/* SPDX-License-Identifier: MIT */
/* The key table: what can be configured, stated once. */
#ifndef CONF_KEYS_H
#define CONF_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum conf_type {
	TYPE_BOOL,
	TYPE_CHOICE, /* a string out of `choices`, separated by "|" */
	TYPE_INT,
	TYPE_LIST,    /* of strings */
	TYPE_MODE,    /* "0660", octal */
	TYPE_MS,      /* "1500ms" "4s" "5m" "1h" "30d" */
	TYPE_RATE,    /* "20/s burst 40" or "": a struct conf_rate */
	TYPE_SECRET,  /* literal, "file:…", "env:…" or "credential:…" */
	TYPE_SECRETS, /* one of these, or a list */
	TYPE_SHARE,   /* 0.0 to 1.0, kept in millionths */
	TYPE_SIZE,    /* "512B" "64KiB" "1MiB" */
	TYPE_STR,
	TYPE_TTL, /* as TYPE_MS, or the word in `choices` */
};

enum {
	KEY_START = 1,   /* takes effect at a start only, not at a reload */
	KEY_EACH = 2,    /* of a list of groups: see struct conf_each */
	KEY_HIDE = 4,    /* secrets: all of a literal is one */
	KEY_PUBLIC = 8,  /* TYPE_SECRET by form alone: may be read and shown */
	KEY_OR_ONE = 16, /* TYPE_LIST: one string will do */
	KEY_ASIDE = 32,  /* says nothing of who a user is: in no digest */
};

struct conf_key {
	const char *path;
	enum conf_type type;
	size_t offset;       /* into struct conf, or into an element */
	const char *preset;  /* as it would be written; lists: NULL is empty */
	int64_t min, max;    /* numbers: range; strings: longest is max */
	const char *choices; /* of TYPE_CHOICE; the word of TYPE_TTL */
	int flags;
	const char *help;
};

/* In the order of the example file; `path` NULL ends it. */
extern const struct conf_key conf_keys[];

/*
 * A list of groups, ( { … }, { … } ), and where struct conf has its elements.
 * Its keys are the rows of its path and a dot, all of them KEY_EACH.
 */
struct conf_each {
	const char *path;
	size_t offset; /* of the first element */
	size_t size;   /* of an element */
	size_t count;  /* of the int that says how many there are */
	size_t place;  /* in an element, of its FILE:LINE; 0: has none */
	int max;
};

/* `path` NULL ends it. */
extern const struct conf_each conf_each[];

/* The key of that path; NULL: there is none. */
const struct conf_key *keys_find(const char *path);

/* The first key of a group: "ory" is one because "ory.url" is a key. */
const struct conf_key *keys_find_group(const char *path);

/* The list of groups of that path; NULL: there is none. */
const struct conf_each *keys_find_each(const char *path);

/* The list that a key is of; NULL: of none. */
const struct conf_each *keys_each(const struct conf_key *k);

#endif
