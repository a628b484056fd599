/* SPDX-License-Identifier: MIT */
/*
 * Replays tests/fuzz/corpus/NAME for the target in a program fz_NAME, as TAP:
 * what a fuzzer found once stays found without one.
 */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { INPUT_MAX = 1 << 20, SECONDS = 120 };

static int
is_input(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void
replay(const char *path)
{
	static uint8_t data[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	uint8_t *exact;
	size_t n;

	MUST(f != NULL);
	n = fread(data, 1, sizeof(data), f);
	fclose(f);
	/* on the heap, so that a read beyond the end is seen */
	exact = malloc(n + (n == 0));
	MUST(exact != NULL);
	memcpy(exact, data, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir"), *name = strstr(argv[0], "fz_");
	char folder[4096], path[8192];
	struct dirent **list;
	int n;

	(void)argc;
	while (name != NULL && strstr(name + 1, "fz_") != NULL)
		name = strstr(name + 1, "fz_");
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
	    top == NULL ? "." : top, name == NULL ? "" : name + 3);
	n = scandir(folder, &list, is_input, alphasort);
	if (name == NULL || n <= 0) {
		printf("Bail out! no inputs in %s\n", folder);
		return 1;
	}
	alarm(SECONDS);
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		replay(path);
		printf("ok %d - %s\n", i + 1, list[i]->d_name);
		fflush(stdout);
		free(list[i]);
	}
	free(list);
	return 0;
}
