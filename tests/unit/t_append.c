/* SPDX-License-Identifier: MIT */
/* base/append: what is taken back, and what is not ours to cut. */
#include "tap.h"

#include "base/append.h"
#include "unit/files.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int
opened(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

static bool
written(int fd, const char *text)
{
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static void
own(void)
{
	int fd = opened(files_write("own", "whole\n", 0600));

	CHECK(written(fd, "par"));
	CHECK(append_take_back(fd, 3));
	STREQ(files_read("own"), "whole\n");
	CHECK(written(fd, "next\n"));
	STREQ(files_read("own"), "whole\nnext\n");
	close(fd);
}

static void
others(void)
{
	const char *path = files_write("others", "", 0600);
	int ours = opened(path), other = opened(path);

	CHECK(written(ours, "par"));
	CHECK(written(other, "whole\n"));
	CHECK(!append_take_back(ours, 3));
	STREQ(files_read("others"), "parwhole\n");
	close(ours);
	close(other);
}

static void
no_file(void)
{
	int fd[2];

	INTEQ(pipe(fd), 0);
	CHECK(written(fd[1], "par"));
	CHECK(!append_take_back(fd[1], 3));
	CHECK(!append_take_back(-1, 3));
	close(fd[0]);
	close(fd[1]);
}

static const struct tap_case cases[] = {
	{ "a part at the file's end is taken back", own },
	{ "a part that another process wrote behind stays", others },
	{ "what is no regular file is left alone", no_file },
};
TAP_MAIN(cases)
