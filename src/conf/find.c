/* SPDX-License-Identifier: MIT */
/* Where the configuration file may be. */
#include "conf/conf.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

const char *
conf_find(const char *given)
{
	static const char *const beside[] = { "../gatehouse.conf",
		".gatehouse.conf" };
	static char path[PATH_MAX + 32];
	const char *from_env = getenv("GATEHOUSE_CONF");
	char exe[PATH_MAX];
	ssize_t n;

	if (given != NULL)
		return given;
	if (from_env != NULL && from_env[0] != '\0')
		return from_env;
	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	while (n > 0 && exe[n - 1] != '/')
		n--;
	for (size_t i = 0; n > 0 && i < 2; i++) {
		snprintf(path, sizeof(path), "%.*s%s", (int)n, exe, beside[i]);
		if (access(path, F_OK) == 0)
			return path;
	}
	return SYSCONFDIR "/gatehouse/gatehouse.conf";
}
