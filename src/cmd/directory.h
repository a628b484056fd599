/* SPDX-License-Identifier: MIT */
/*
 * A provider's directory: which users does it still have?  "No" is believed
 * only when it says so in its own words; anything else is "could not find
 * out".
 */
#ifndef CMD_DIRECTORY_H
#define CMD_DIRECTORY_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct conf;
struct http_reply;

enum {
	/* ids in one question: its URL stays below 8 KiB, which is what proxies
	 * take, and its answer below the 250 that Ory gives without being
	 * asked for more */
	DIRECTORY_BATCH = 150,
	DIRECTORY_CALL_MS = 10 * 1000,
	DIRECTORY_BODY_MAX = 16 << 20,
	DIRECTORY_TRIES = 6,       /* of one question that is put off */
	DIRECTORY_PAUSE_MS = 2000, /* when it names none; doubled */
	DIRECTORY_PAUSE_MAX_MS = 60 * 1000,
	/* the arena that the functions below want, reset between two calls */
	DIRECTORY_ARENA = 3 * DIRECTORY_BODY_MAX,
};

/* Is told how long the directory wants to be left alone. */
struct directory_told {
	void (*pause)(void *ctx, int64_t ms);
	void *ctx;
};

struct directory;

/*
 * The directory of the provider of that name; owned, connects to nothing yet.
 * NULL and ERR_CONFIG: it has none, or the configuration lacks a key, which
 * *e names.
 */
struct directory *directory_new(const struct conf *c, const char *provider,
    const struct directory_told *told, struct err *e);
void directory_free(struct directory **d);

/* The provider could have made this id: others are not asked about. */
bool directory_is_id(const struct directory *d, const char *id);

/*
 * there[i]: it has the user ids[i] (n <= DIRECTORY_BATCH, all of them
 * directory_is_id()).  Paced, and put off when it asks for a pause.  0, or -1
 * and *e (ERR_DOWN) when one answer was not whole and sound.
 */
int directory_ask(struct directory *d, const char *const *ids, int n,
    bool *there, struct arena *a, struct err *e);

/*
 * The same for one user, by his own address: what a list leaves out is not
 * gone for that.
 */
int directory_ask_one(struct directory *d, const char *id, bool *there,
    struct arena *a, struct err *e);

/* -- for the providers' own files -- */

/* What directory_get() does for all of them; strings are theirs to fill. */
enum { DIRECTORY_URL_SIZE = 2304, DIRECTORY_HEADER_SIZE = 4096 };

struct directory_setup {
	char base[DIRECTORY_URL_SIZE];
	char authorization[DIRECTORY_HEADER_SIZE]; /* header; "": none */
	const char *version;    /* one more header; NULL: none */
	const char *ca_file;    /* NULL: the system's */
	const char *pause_name; /* the header that tells a pause in seconds */
	int pace_ms;            /* from one call to the next */
	bool plain;             /* http to more than loopback */
};

struct directory_kind {
	const char *provider;
	int (*setup)(const struct conf *c, struct directory_setup *s,
	    struct err *e);
	bool (*is_id)(const char *id);
	/* NULL: one by one */
	int (*ask)(struct directory *d, const char *const *ids, int n,
	    bool *there, struct arena *a, struct err *e);
	/* judges the answer about one user */
	int (*judge)(const struct http_reply *r, const char *id, bool *there,
	    struct err *e);
	const char *one_path; /* a format for the id */
};

extern const struct directory_kind directory_clerk;
extern const struct directory_kind directory_ory;

/* GETs base and path: any status but 429. */
int directory_get(struct directory *d, const char *path, struct arena *a,
    struct http_reply *r, struct err *e);

#endif
