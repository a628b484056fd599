/* SPDX-License-Identifier: MIT */
/* No watching, no restarts: what outlives the parent ends here. */
#include "prefork.h"

#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACKLOG = 511 };

int
prefork(int argc, char **argv)
{
	const char *path = NULL;
	int option, n = 1, fd;

	while ((option = getopt(argc, argv, "l:w:")) != -1) {
		if (option == 'l')
			path = optarg;
		else if (option == 'w')
			n = atoi(optarg);
		else
			exit(2);
	}
	if (path == NULL || FCGX_Init() != 0 ||
	    (fd = FCGX_OpenSocket(path, BACKLOG)) == -1) {
		fprintf(stderr, "usage: %s -l SOCKET [-w N]\n", argv[0]);
		exit(2);
	}
	/* libfcgi took SIGTERM over, and only notes it */
	signal(SIGTERM, SIG_DFL);
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == -1)
			exit(1);
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			return fd;
		}
	}
	while (wait(NULL) > 0)
		;
	exit(0);
}
