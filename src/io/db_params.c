/* SPDX-License-Identifier: MIT */
/* Lists of hosts and start-up options; no libpq, no network. */
#include "io/db_params.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

/* Times the statement's time: we leave no transaction open. */
enum { IDLE_TRANSACTION = 5 };

/* A dead peer is noticed by the kernel even while nobody waits for it. */
static const struct {
	const char *key, *value;
} defaults[] = {
	{ "fallback_application_name", "gatehouse" },
	{ "keepalives_count", "3" },
	{ "keepalives_idle", "30" },
	{ "keepalives_interval", "5" },
	{ "tcp_user_timeout", "10000" },
};

void
db_params_set(struct db_params *p, const char *key, const char *value)
{
	int i = 0;

	while (i < p->n && strcmp(p->key[i], key) != 0)
		i++;
	if (i == DB_PARAMS_MAX || value == NULL)
		return;
	p->key[i] = key;
	p->value[i] = value;
	p->n = i == p->n ? p->n + 1 : p->n;
}

static const char *
find(const struct db_params *p, const char *key)
{
	for (int i = 0; i < p->n; i++)
		if (strcmp(p->key[i], key) == 0 && *p->value[i] != '\0')
			return p->value[i];
	return NULL;
}

static int
count(const char *list)
{
	int n = list == NULL ? 0 : 1;

	while (n > 0 && (list = strchr(list, ',')) != NULL)
		list++, n++;
	return n;
}

int
db_params_hosts(const struct db_params *url, struct err *e)
{
	const char *host = find(url, "host"), *addr = find(url, "hostaddr");
	const char *port = find(url, "port");
	int n = host != NULL ? count(host) : count(addr);

	if (host != NULL && addr != NULL && count(addr) != n)
		return err_set(e, ERR_CONFIG,
		    "database url: as many hostaddr as host are needed");
	if (count(port) > 1 && count(port) != n)
		return err_set(e, ERR_CONFIG,
		    "database url: one port for all hosts, or one for each");
	/* "@name" is an abstract socket; "p@ss@name" is no host. */
	if ((host != NULL && strchr(host + 1, '@') != NULL) ||
	    (port != NULL && port[strspn(port, STR_DIGITS ",")] != '\0'))
		return err_set(e, ERR_CONFIG,
		    "database url: this host or port cannot be one; is the "
		    "password percent-encoded?");
	return n == 0 ? 1 : n;
}

/* Item i of a comma list; a list of one item has it at every place. */
static void
set_item(struct db_params *p, const char *key, const char *list, int i,
    char out[DB_PARAMS_HOST_MAX])
{
	if (list == NULL)
		return;
	if (count(list) == 1)
		i = 0;
	while (i-- > 0)
		list = strchr(list, ',') + 1;
	snprintf(out, DB_PARAMS_HOST_MAX, "%.*s", (int)strcspn(list, ","),
	    list);
	db_params_set(p, key, out);
}

/*
 * Limits that the server enforces too, sent at start-up: SET would leak to
 * others through a pooler, and a pooler refuses these.  With prepare = false
 * they belong to the role.  The URL's own options come last and win.  Our
 * triggers look again after a wait, which other isolation would not let them.
 */
static int
set_limits(struct db_params *p, const struct db_options *o, const char *own)
{
	int ms = o->statement_timeout_ms;
	int n;

	if (!o->prepare)
		return 0;
	n = snprintf(p->options, sizeof(p->options),
	    "-c statement_timeout=%dms -c lock_timeout=%dms "
	    "-c idle_in_transaction_session_timeout=%lldms "
	    "-c default_transaction_isolation=read\\ committed %s",
	    ms, ms / 2 + 1, (long long)ms * IDLE_TRANSACTION,
	    own == NULL ? "" : own);
	db_params_set(p, "options", p->options);
	return n < (int)sizeof(p->options) ? 0 : -1;
}

int
db_params_for(const struct db_params *url, const struct db_options *o, int host,
    struct db_params *out, struct err *e)
{
	if (db_params_hosts(url, e) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		db_params_set(out, defaults[i].key, defaults[i].value);
	for (int i = 0; i < url->n; i++)
		db_params_set(out, url->key[i], url->value[i]);
	set_item(out, "host", find(url, "host"), host, out->host);
	set_item(out, "hostaddr", find(url, "hostaddr"), host, out->hostaddr);
	set_item(out, "port", find(url, "port"), host, out->port);
	db_params_set(out, "client_encoding", "UTF8");
	if (set_limits(out, o, find(url, "options")) == -1)
		return err_set(e, ERR_CONFIG,
		    "database url: its options are too long");
	return 0;
}
