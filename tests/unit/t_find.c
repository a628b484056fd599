/* SPDX-License-Identifier: MIT */
/* conf/find: -c, then the environment, then beside the program. */
#include "tap.h"

#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>

static void
order(void)
{
	const char *last;

	setenv("GATEHOUSE_CONF", "/from/env.conf", 1);
	STREQ(conf_find("/from/-c.conf"), "/from/-c.conf");
	STREQ(conf_find(NULL), "/from/env.conf");
	unsetenv("GATEHOUSE_CONF");
	last = conf_find(NULL);
	/* beside this test program there is none */
	CHECK(strcmp(last + strlen(last) - strlen("/gatehouse/gatehouse.conf"),
	    "/gatehouse/gatehouse.conf") == 0);
}

static const struct tap_case cases[] = {
	{ "the option wins over the environment, that over the folders",
	    order },
};
TAP_MAIN(cases)
