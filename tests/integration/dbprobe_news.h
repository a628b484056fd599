/* SPDX-License-Identifier: MIT */
/* dbprobe's commands about revocations, on a memory of its own. */
#ifndef INTEGRATION_DBPROBE_NEWS_H
#define INTEGRATION_DBPROBE_NEWS_H

#include <stdint.h>

struct arena;
struct db;
struct err;

struct news_call {
	struct db *db;
	const char *url;
	struct arena *arena;
	int64_t deadline;
	void (*answer)(const char *text);
};

enum { NEWS_NO_COMMAND = -2 };

/*
 *   memory [FOLDER]                        new; in a file of that folder
 *   revoke PROVIDER KIND ID EFFECT WHAT UNTIL HOOK   "stored" or "known";
 *                                          WHAT: "gone", "ended" or "no"
 *   news                                   reads; the cursor
 *   drift MS                               the wall clock was set by that
 *   look PROVIDER KIND ID ISSUED           "not", "ask" or "refuse"
 *   mark now|old                           of when is what is looked at
 *   age                                    ms since the news; "-": never
 *   prune KEEP_MS                          how many rows went; "more", "all"
 *   notice MS                              "none", "came" or "lost"
 * 0; -1 and *e; NEWS_NO_COMMAND.
 */
int news_command(const struct news_call *c, char **w, int n, struct err *e);

#endif
