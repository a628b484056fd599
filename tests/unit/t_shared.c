/* SPDX-License-Identifier: MIT */
/* shm/shared: one memory for parent and child. */
#include "tap.h"

#include "shm/shared.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
common(void)
{
	static const unsigned char zero[RECENT_KEY_SIZE];
	struct shared *s = shared_new();
	int slot, status = 1;
	pid_t pid;

	if (!CHECK(s != NULL))
		return;
	CHECK(memcmp(s->recent.key, zero, sizeof(zero)) != 0);
	INTEQ(s->ready.looked_ms, 0);
	INTEQ(s->gate[SHARED_PROVIDERS - 1].probe, PROBE_NEVER);
	slot = board_take(&s->board, 1);
	pid = fork();
	if (pid == 0) {
		board_set(&s->board, slot, BOARD_BUSY, 42);
		gate_failed(&s->gate[1], 7, true, 1, 1000, 0);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	INTEQ(status, 0);
	INTEQ(board_count(&s->board, 1).busy, 1);
	INTEQ(s->gate[1].failures, 1);
	INTEQ(s->gate[0].failures, 0);
}

static const struct tap_case cases[] = {
	{ "what a child writes its parent reads; it begins as zeros and a "
	  "key", common },
};
TAP_MAIN(cases)
