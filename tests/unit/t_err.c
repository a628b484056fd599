/* SPDX-License-Identifier: MIT */
/* base/err: the first cause wins, prose grows outward. */
#include "tap.h"

#include "base/err.h"

#include <string.h>

static void
first_wins(void)
{
	struct err e = { 0 };

	INTEQ(err_set(&e, ERR_DOWN, "no %s", "route"), -1);
	INTEQ(err_set(&e, ERR_BUG, "later"), -1);
	INTEQ(e.kind, ERR_DOWN);
	STREQ(e.text, "no route");
	INTEQ(err_wrap(&e, "asking %d", 7), -1);
	STREQ(e.text, "asking 7: no route");
	INTEQ(e.kind, ERR_DOWN);
}

static void
one_line(void)
{
	struct err e = { 0 };

	err_set(&e, ERR_DOWN, "FATAL: x\nDETAIL: y\r\n\n");
	STREQ(e.text, "FATAL: x DETAIL: y");
	err_wrap(&e, "a\nb");
	STREQ(e.text, "a b: FATAL: x DETAIL: y");
}

static void
cut(void)
{
	char big[2 * ERR_TEXT_MAX];
	struct err e = { 0 };

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_set(&e, ERR_INPUT, "%s", big);
	INTEQ(strlen(e.text), ERR_TEXT_MAX - 1);
	err_wrap(&e, "here");
	INTEQ(strlen(e.text), ERR_TEXT_MAX - 1);
	CHECK(strncmp(e.text, "here: xxx", 9) == 0);
	err_wrap(&e, "%s", big);
	CHECK(strlen(e.text) <= ERR_TEXT_MAX - 1);
	for (size_t n = ERR_TEXT_MAX - 8; n < ERR_TEXT_MAX + 8; n++) {
		tap_row("prefix of %zu", n);
		e = (struct err){ .kind = ERR_BUG, .text = "cause" };
		err_wrap(&e, "%.*s", (int)n, big);
		CHECK(strlen(e.text) < ERR_TEXT_MAX);
	}
}

static const struct tap_case cases[] = {
	{ "the first cause wins, wrapping names the place", first_wins },
	{ "line ends of libraries become spaces", one_line },
	{ "long texts are cut, never overrun", cut },
};
TAP_MAIN(cases)
