/* SPDX-License-Identifier: MIT */
/* base/arena: pieces, copies, the ceiling, the wipe. */
#include "tap.h"

#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

enum { CEILING = 1 << 16 };

static void
pieces(void)
{
	struct arena *a = arena_new(CEILING);
	char *p = arena_alloc(a, 1), *q = arena_alloc(a, 1);

	CHECK(p != NULL && q != NULL && p != q);
	INTEQ((uintptr_t)q % alignof(max_align_t), 0);
	STREQ(arena_dup(a, "text"), "text");
	STREQ(arena_dupn(a, "text", 2), "te");
	STREQ(arena_dupn(a, "text", 0), "");
	STREQ(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	arena_free(&a);
	CHECK(a == NULL);
	arena_free(&a);
}

static void
ceiling(void)
{
	static const size_t too_much[] = { CEILING + 1, SIZE_MAX,
		SIZE_MAX - 7, SIZE_MAX / 2 };
	struct arena *a = arena_new(CEILING);
	char big[300];

	for (size_t i = 0; i < ROWS(too_much); i++) {
		tap_row("%zu bytes", too_much[i]);
		CHECK(arena_alloc(a, too_much[i]) == NULL);
	}
	CHECK(arena_alloc(a, CEILING) != NULL);
	CHECK(arena_alloc(a, 1) == NULL);
	CHECK(arena_dup(a, "x") == NULL);
	CHECK(arena_printf(a, "%s", "x") == NULL);
	arena_reset(a);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	for (int i = 0; i < 1000; i++)
		arena_dup(a, big);
	arena_reset(a);
	CHECK(arena_alloc(a, CEILING) != NULL);
	arena_free(&a);
}

static void
wipe(void)
{
	struct arena *a = arena_new(CEILING);
	char *p = arena_dup(a, "ory_st_secret"), *again;
	int left = 0;

	arena_reset(a);
	again = arena_alloc(a, 32);
	CHECK(again == p);
	for (int i = 0; i < 32; i++)
		left += again[i] != 0;
	INTEQ(left, 0);
	arena_free(&a);
}

static void
trim(void)
{
	struct arena *a = arena_new(CEILING);
	char *first = arena_alloc(a, 4096), *second, *third;

	arena_trim(a, first, 10);
	second = arena_alloc(a, 16);
	CHECK(second > first && second < first + 4096);
	arena_trim(a, first, 1); /* no longer the latest: nothing happens */
	third = arena_alloc(a, 16);
	CHECK(third >= second + 16);
	arena_trim(a, third, 4096); /* never grows */
	CHECK((char *)arena_alloc(a, 16) == third + 16);
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "pieces are aligned, apart, and copies are whole", pieces },
	{ "the ceiling gives NULL, however absurd the size", ceiling },
	{ "a reset wipes what was there", wipe },
	{ "only the latest piece can be trimmed, and it never grows", trim },
};
TAP_MAIN(cases)
