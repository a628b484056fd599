/* SPDX-License-Identifier: MIT */
/* base/rng: as many bytes as asked, different each time, also after fork. */
#include "tap.h"

#include "base/rng.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
sizes(void)
{
	unsigned char a[257] = { 0 }, b[257] = { 0 };
	char hex[65];

	rng_bytes(a, 256);
	rng_bytes(b, 256);
	CHECK(memcmp(a, b, 256) != 0);
	INTEQ(a[256], 0);
	memset(hex, '!', sizeof(hex));
	rng_hex(hex, 16);
	INTEQ(strlen(hex), 32);
	INTEQ(strspn(hex, "0123456789abcdef"), 32);
	rng_hex(hex, 32);
	INTEQ(strspn(hex, "0123456789abcdef"), 64);
}

static void
after_fork(void)
{
	char ours[33], theirs[33] = "";
	int p[2], status = 1;
	pid_t pid;

	CHECK(pipe(p) == 0);
	pid = fork();
	if (pid == 0) {
		rng_hex(ours, 16);
		_exit(write(p[1], ours, 33) == 33 ? 0 : 1);
	}
	rng_hex(ours, 16);
	CHECK(read(p[0], theirs, 33) == 33);
	waitpid(pid, &status, 0);
	INTEQ(status, 0);
	INTEQ(strlen(theirs), 32);
	CHECK(strcmp(ours, theirs) != 0);
	close(p[0]);
	close(p[1]);
}

static const struct tap_case cases[] = {
	{ "bytes and digits come in the asked number", sizes },
	{ "a fork shares no random state", after_fork },
};
TAP_MAIN(cases)
