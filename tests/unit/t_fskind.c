/* SPDX-License-Identifier: MIT */
/* shm/fskind: which file systems are far away, and which forget. */
#include "tap.h"

#include "shm/fskind.h"

#include <stdint.h>

static void
kinds(void)
{
	static const struct {
		const char *name;
		long type;
		bool remote, memory;
	} t[] = {
		{ "NFS", 0x6969, true, false },
		{ "CIFS", 0xff534d42, true, false },
		{ "CIFS where long is short", (int32_t)0xff534d42, true,
		    false },
		{ "FUSE", 0x65735546, true, false },
		{ "ext4", 0xef53, false, false },
		{ "btrfs", 0x9123683e, false, false },
		{ "tmpfs", 0x01021994, false, true },
		{ "ramfs", 0x858458f6, false, true },
		{ "nothing", 0, false, false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].name);
		INTEQ(fskind_is_remote(t[i].type), t[i].remote);
		INTEQ(fskind_is_memory(t[i].type), t[i].memory);
	}
}

static const struct tap_case cases[] = {
	{ "file systems that are remote or in memory are known", kinds },
};
TAP_MAIN(cases)
