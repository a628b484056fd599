/* SPDX-License-Identifier: MIT */
/* A finished configuration: its digests, what differs, what others want. */
#include "conf/conf.h"

#include "base/log.h"
#include "conf/keys.h"
#include "io/crypt.h"
#include "io/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for what a group can hold: twenty keys, a few of them full lists. */
enum { DIGEST_PARTS = 256 };

/* base: of struct conf, or of the element that a KEY_EACH key is in */
static const void *
field_const(const void *base, const struct conf_key *k)
{
	return (const char *)base + k->offset;
}

/* Each key's value as parts, a list's length before its items. */
static size_t
add_parts(const void *base, const struct conf_key *k,
    struct crypt_part parts[1 + CONF_LIST_MAX])
{
	const struct conf_list *list = field_const(base, k);
	const char *const *text = field_const(base, k);
	size_t n = 0;

	switch (k->type) {
	case TYPE_BOOL:
		parts[n++] = (struct crypt_part){ list, sizeof(bool) };
		break;
	case TYPE_LIST:
	case TYPE_SECRETS:
		parts[n++] = (struct crypt_part){ &list->n, sizeof(list->n) };
		for (int i = 0; i < list->n; i++)
			parts[n++] = (struct crypt_part){ list->item[i],
				strlen(list->item[i]) };
		break;
	case TYPE_STR:
	case TYPE_CHOICE:
	case TYPE_SECRET:
		parts[n++] = (struct crypt_part){ *text, strlen(*text) };
		break;
	case TYPE_RATE:
		parts[n++] =
		    (struct crypt_part){ list, sizeof(struct conf_rate) };
		break;
	default:
		parts[n++] = (struct crypt_part){ list, sizeof(int64_t) };
	}
	return n;
}

int
conf_provider_digest(const struct conf *c, const char *name,
    unsigned char digest[CONF_DIGEST_SIZE])
{
	static const char purpose[] = "provider configuration";
	const struct conf_oidc *each = conf_find_oidc(c, name);
	const void *base = each == NULL ? (const void *)c : each;
	const char *group = each == NULL ? name : "oidc";
	struct crypt_part parts[DIGEST_PARTS + CONF_LIST_MAX];
	struct crypt_mac *mac = crypt_mac_new(purpose, sizeof(purpose));
	size_t len = strlen(group), n = 0;

	if (mac == NULL)
		return -1;
	parts[n++] = (struct crypt_part){ name, strlen(name) };
	for (const struct conf_key *k = conf_keys; k->path != NULL; k++)
		if (strncmp(k->path, group, len) == 0 && k->path[len] == '.' &&
		    (k->flags & KEY_ASIDE) == 0 && n < DIGEST_PARTS)
			n += add_parts(base, k, parts + n);
	crypt_mac(mac, parts, n, digest);
	crypt_mac_free(&mac);
	return 0;
}

/* Its first line is where the file is, which says nothing of what it says. */
void
conf_name(const struct conf *c, char name[CONF_NAME_SIZE])
{
	char *text = NULL, sum[CRYPT_SHA256_HEX_SIZE];
	size_t n;
	FILE *out = open_memstream(&text, &n);

	name[0] = '\0';
	if (out == NULL)
		return;
	conf_print(c, out);
	if (fclose(out) == 0) {
		size_t head = strcspn(text, "\n");

		crypt_sha256_hex(text + head, n - head, sum);
		snprintf(name, CONF_NAME_SIZE, "%.*s", CONF_NAME_SIZE - 1, sum);
	}
	free(text);
}

const char *
conf_needs_restart(const struct conf *was, const struct conf *is)
{
	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		const char *const *a = field_const(was, k);
		const char *const *b = field_const(is, k);

		if ((k->flags & KEY_START) == 0)
			continue;
		if (k->type == TYPE_STR
			? strcmp(*a, *b) != 0
			: *(const int64_t *)a != *(const int64_t *)b)
			return k->path;
	}
	return NULL;
}

bool
conf_traces(const struct conf *c)
{
	return c->trace.file[0] != '\0' || c->trace.endpoint[0] != '\0';
}

void
conf_db_options(const struct conf *c, struct db_options *o)
{
	*o = (struct db_options){
		.url = c->database.url,
		.prepare = c->database.prepare,
		.connect_timeout_ms = (int)c->database.connect_timeout,
		.statement_timeout_ms = (int)c->database.statement_timeout,
	};
}

void
conf_log_options(const struct conf *c, struct log_options *o)
{
	static const char *const levels[] = {
		[LEVEL_ERROR] = "error",
		[LEVEL_WARN] = "warn",
		[LEVEL_INFO] = "info",
		[LEVEL_DEBUG] = "debug",
	};

	*o = (struct log_options){ .target = c->log.target };
	for (int i = LEVEL_ERROR; i <= LEVEL_DEBUG; i++)
		if (strcmp(c->log.level, levels[i]) == 0)
			o->level = (enum log_level)i;
	o->format =
	    strcmp(c->log.format, "text") == 0 ? FORMAT_TEXT : FORMAT_JSON;
}

const struct conf_oidc *
conf_find_oidc(const struct conf *c, const char *name)
{
	for (int i = 0; i < c->n_oidc; i++)
		if (strcmp(c->oidc[i].name, name) == 0)
			return &c->oidc[i];
	return NULL;
}

bool
conf_list_has(const struct conf_list *list, const char *item)
{
	for (int i = 0; i < list->n; i++)
		if (strcmp(list->item[i], item) == 0)
			return true;
	return false;
}
