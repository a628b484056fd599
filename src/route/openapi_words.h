/* SPDX-License-Identifier: MIT */
/* What stands for "@word" in the files of api/: no file could know it. */
#ifndef ROUTE_OPENAPI_WORDS_H
#define ROUTE_OPENAPI_WORDS_H

struct auth;
struct buf;
struct conf;

/* Whose API it is. */
struct openapi_site {
	const struct conf *conf;
	const struct auth *auth;
};

/* Appends the word's value in JSON; the buffer fails when there is no such. */
void words_write(const struct openapi_site *s, const char *word, struct buf *b);

#endif
