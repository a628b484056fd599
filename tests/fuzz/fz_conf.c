/* SPDX-License-Identifier: MIT */
/* conf: a file is refused with reasons, or printed, loaded and the same. */
#include "fuzz/fuzz.h"

#include "conf/conf.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct conf *
load(const void *text, size_t n, struct conf_problems *p)
{
	int fd = memfd_create("conf", 0);
	struct conf *c = NULL;
	char path[32];

	MUST(fd != -1 && write(fd, text, n) == (ssize_t)n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	c = conf_load(path, p);
	close(fd);
	return c;
}

static void
print(const struct conf *c, char **text, size_t *n)
{
	FILE *out = open_memstream(text, n);

	MUST(out != NULL);
	conf_print(c, out);
	fclose(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct conf_problems p;
	struct conf *c, *again;
	char *text, *twice;
	size_t len, len2;

	/* other files are not ours to read, and deep nesting is libconfig's */
	if (memchr(data, '@', n) != NULL)
		return 0;
	c = load(data, n, &p);
	MUST((c == NULL) == (p.n > 0));
	if (c == NULL)
		return 0;
	print(c, &text, &len);
	if (strstr(text, "(hidden)") == NULL) {
		again = load(text, len, &p);
		MUST(again != NULL);
		MUST(conf_needs_restart(c, again) == NULL);
		print(again, &twice, &len2);
		/* without the first line, which names the file */
		MUST(strcmp(strchr(text, '\n'), strchr(twice, '\n')) == 0);
		free(twice);
		conf_free(&again);
	}
	free(text);
	conf_free(&c);
	return 0;
}
