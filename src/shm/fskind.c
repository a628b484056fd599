/* SPDX-License-Identifier: MIT */
/* Numbers of statfs(2), which is signed here and unsigned there. */
#include "shm/fskind.h"

#include <stddef.h>
#include <stdint.h>

static const uint32_t remote[] = {
	0x00006969, /* NFS */
	0x0000517b, /* SMB */
	0xff534d42, /* CIFS */
	0xfe534d42, /* SMB 2 */
	0x01021997, /* 9P */
	0x5346414f, /* AFS */
	0x0bd00bd0, /* Lustre */
	0x00c36400, /* Ceph */
	0x47504653, /* GPFS */
	0x65735546, /* FUSE: whatever is behind it */
};

static const uint32_t memory[] = {
	0x01021994, /* tmpfs */
	0x858458f6, /* ramfs */
};

static bool
is_in(const uint32_t *list, size_t n, long type)
{
	for (size_t i = 0; i < n; i++)
		if ((uint32_t)type == list[i])
			return true;
	return false;
}

bool
fskind_is_remote(long type)
{
	return is_in(remote, sizeof(remote) / sizeof(remote[0]), type);
}

bool
fskind_is_memory(long type)
{
	return is_in(memory, sizeof(memory) / sizeof(memory[0]), type);
}
