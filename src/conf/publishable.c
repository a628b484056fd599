/* SPDX-License-Identifier: MIT */
/* Decoding publishable keys as Clerk's own libraries do. */
#include "conf/publishable.h"

#include "base/b64.h"
#include "base/str.h"

#include <string.h>

int
publishable_host(const char *key, char host[PUBLISHABLE_HOST_MAX + 1],
    struct err *e)
{
	const char *code = str_after(key, "pk_live_");
	size_t n;

	if (code == NULL)
		code = str_after(key, "pk_test_");
	if (code == NULL || strchr(code, '_') != NULL ||
	    b64_decode(code, strlen(code), (unsigned char *)host,
		PUBLISHABLE_HOST_MAX, &n) == -1)
		return err_set(e, ERR_CONFIG,
		    "must be a publishable key: pk_live_… or pk_test_…");
	host[n] = '\0';
	if (n < 2 || host[n - 1] != '$' || strlen(host) != n ||
	    strchr(host, '.') == NULL)
		return err_set(e, ERR_CONFIG, "names no host of an instance");
	host[n - 1] = '\0';
	if (!str_is_from(host, STR_ALNUM ".-:", 3, PUBLISHABLE_HOST_MAX))
		return err_set(e, ERR_CONFIG, "names no host of an instance");
	return 0;
}
