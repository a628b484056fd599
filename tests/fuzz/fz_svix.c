/* SPDX-License-Identifier: MIT */
/*
 * hook/svix: four lines are id, time, signature and body.  Nothing passes but
 * what holds the one signature there is, and that passes.
 */
#include "fuzz/fuzz.h"

#include "base/str.h"
#include "conf/conf.h"
#include "hook/svix.h"
#include "unit/hooked.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { FIELDS = 3, NOW_S = 1614265330 };

static const struct conf_list secrets = { 2,
	{ "whsec_b3RoZXIgc2VjcmV0IG9mIG91cnM=", HOOKED_SECRET } };

/* What surrounds a field is no part of it. */
static const char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	for (n = strlen(s); n > 0 && strchr(" \t", s[n - 1]) != NULL; n--)
		s[n - 1] = '\0';
	return s;
}

/* One of the items, as the scheme has them, by another way than ours. */
static bool
holds(const char *items, const char *item)
{
	size_t n = strlen(item);

	for (const char *p = items; (p = strstr(p, item)) != NULL; p++)
		if ((p == items || p[-1] == ' ') &&
		    (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

static void
compare(const struct svix_message *m, char *id, char *at, char *items)
{
	const char *why = svix_check(m, &secrets, NOW_S);
	char code[HOOKED_SIGNATURE_SIZE], stored[SVIX_ID_MAX + 1];
	struct svix_message mine = *m;
	bool found = false;
	int64_t sent;

	id = (char *)trim(id);
	at = (char *)trim(at);
	items = (char *)trim(items);
	MUST((svix_missing(m) == NULL) ==
	     (id[0] != '\0' && at[0] != '\0' && items[0] != '\0'));
	if (svix_id(m, stored) != NULL)
		MUST(strcmp(stored, id) == 0);
	for (int i = 0; i < secrets.n; i++) {
		hooked_sign(secrets.item[i], id, at, m->body, m->body_len,
		    code);
		found |= holds(items, code);
	}
	if (why == NULL)
		MUST(found && svix_missing(m) == NULL);
	sent = str_is_from(at, STR_DIGITS, 1, 12) ? strtoll(at, NULL, 10) : -1;
	if (sent < NOW_S - 300 || sent > NOW_S + 300 || id[0] == '\0') {
		MUST(why != NULL);
		return;
	}
	mine.signature = code;
	MUST(svix_check(&mine, &secrets, NOW_S) == NULL);
	code[5] = code[5] == 'A' ? 'B' : 'A';
	MUST(svix_check(&mine, &secrets, NOW_S) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = malloc(n + 1), *field[FIELDS], *rest = text;
	char *again[FIELDS];
	struct svix_message m;
	int i;

	if (n > 0)
		memcpy(text, data, n);
	text[n] = '\0';
	for (i = 0; i < FIELDS; i++) {
		char *end = memchr(rest, '\n', (size_t)(text + n - rest));

		if (end == NULL)
			break;
		*end = '\0';
		field[i] = rest;
		rest = end + 1;
	}
	if (i == FIELDS) {
		for (i = 0; i < FIELDS; i++)
			again[i] = strdup(field[i]);
		m = (struct svix_message){ field[0], field[1], field[2], rest,
			(size_t)(text + n - rest) };
		compare(&m, again[0], again[1], again[2]);
		for (i = 0; i < FIELDS; i++)
			free(again[i]);
	}
	free(text);
	return 0;
}
