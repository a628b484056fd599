/* SPDX-License-Identifier: MIT */
/* shm/shared: others' memory, to look at and not to touch. */
#include "tap.h"

#include "shm/shared.h"
#include "unit/child.h"
#include "unit/files.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { LARGER = 8 << 20 };

static struct shared_options site = { .site = "viewed", .size = LARGER };

static struct shared *
view(enum err_kind *kind)
{
	struct err e = { 0 };
	struct shared *s = shared_view(&site, &e);

	*kind = e.kind;
	return s;
}

static struct shared *
make(void)
{
	struct err e = { 0 };

	site.dir = files_dir();
	return shared_open(&site, &e);
}

static int
touch(void *ctx)
{
	struct shared *s = ctx;

	/* sanitizers would end it with a status of theirs */
	signal(SIGSEGV, SIG_DFL);
	atomic_store(&s->news->cursor, 1);
	return 0;
}

static void
looks(void)
{
	struct shared *s, *v;
	enum err_kind kind;

	site.dir = files_dir();
	CHECK(view(&kind) == NULL);
	INTEQ(kind, ERR_DOWN);
	s = make();
	v = view(&kind);
	if (!CHECK(s != NULL && v != NULL))
		return;
	STREQ(v->where, s->where);
	CHECK(v->board == NULL);
	atomic_store(&s->news->cursor, 4711);
	INTEQ(atomic_load(&v->news->cursor), 4711);
	INTEQ(slots_usage(v->slots, 1).units, slots_usage(s->slots, 1).units);
	INTEQ(child_run(touch, v), -SIGSEGV);
	INTEQ(atomic_load(&s->news->cursor), 4711);
	shared_free(&v);
	shared_free(&s);
}

/* Anybody can make gigabytes that cost him nothing. */
static void
sizes(void)
{
	static const size_t t[] = { LARGER - 4096, LARGER + 4096, 0 };
	struct shared *s = make();
	enum err_kind kind;

	for (size_t i = 0; i < ROWS(t); i++) {
		site.size = t[i];
		CHECK(view(&kind) == NULL);
		INTEQ(kind, ERR_DOWN);
	}
	site.size = LARGER;
	shared_free(&s);
}

/* Anything may have that name; what is not ours is not mapped. */
static void
strange(void)
{
	static const struct {
		const char *what;
		off_t at, size; /* a byte that is changed; cut to so many */
	} t[] = {
		{ "no header", 0, LARGER },
		{ "another layout", 8, LARGER },
		{ "another shape", 12, LARGER },
		{ "another size", 18, LARGER },
		{ "cut short", -1, LARGER - 4096 },
		{ "empty", -1, 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct shared *s = make();
		enum err_kind kind;
		int fd = s == NULL ? -1 : open(s->where, O_RDWR | O_CLOEXEC);

		tap_row("%s", t[i].what);
		shared_free(&s);
		CHECK(fd != -1);
		CHECK(t[i].at == -1 || pwrite(fd, "\x7f", 1, t[i].at) == 1);
		CHECK(ftruncate(fd, t[i].size) == 0);
		close(fd);
		CHECK(view(&kind) == NULL);
		INTEQ(kind, ERR_DOWN);
	}
}

static const struct tap_case cases[] = {
	{ "one sees what others do, and cannot do it", looks },
	{ "what is not of this version is not looked at", strange },
	{ "what is not as large as configured is not looked at", sizes },
};
TAP_MAIN(cases)
