/* SPDX-License-Identifier: MIT */
/* A connection URL's parameters, taken apart host by host. */
#ifndef IO_DB_PARAMS_H
#define IO_DB_PARAMS_H

#include "io/db.h"

enum {
	DB_PARAMS_MAX = 64,         /* libpq 15 knows 41 keywords */
	DB_PARAMS_HOST_MAX = 1025,  /* NI_MAXHOST */
	DB_PARAMS_OPTIONS_MAX = 512 /* ours and the URL's together */
};

/*
 * Keywords and values as libpq takes them, each list ended by NULL.  Texts are
 * lent; those that had to be made lie in the struct, so it must not be copied.
 */
struct db_params {
	const char *key[DB_PARAMS_MAX + 1];
	const char *value[DB_PARAMS_MAX + 1];
	int n;
	char host[DB_PARAMS_HOST_MAX];
	char hostaddr[DB_PARAMS_HOST_MAX];
	char port[DB_PARAMS_HOST_MAX];
	char options[DB_PARAMS_OPTIONS_MAX];
};

/* Sets or replaces; a NULL value is left out. */
void db_params_set(struct db_params *p, const char *key, const char *value);

/*
 * How many hosts the URL's parameters name, at least one; -1 and ERR_CONFIG
 * when the lists do not match, or when a part of a password that was not
 * percent-encoded stands as host or port: libpq would name it in an error.
 */
int db_params_hosts(const struct db_params *url, struct err *e);

/*
 * The parameters of a connection to host number `host` alone, with our limits
 * and keepalives.  *out starts empty.  -1 and ERR_CONFIG.
 */
int db_params_for(const struct db_params *url, const struct db_options *o,
    int host, struct db_params *out, struct err *e);

#endif
