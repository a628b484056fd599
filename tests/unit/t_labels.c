/* SPDX-License-Identifier: MIT */
/* obs/labels: every fixed value has its place, and the same as elsewhere. */
#include "tap.h"

#include "auth/auth.h"
#include "obs/labels.h"
#include "route/reply.h"

static void
places(void)
{
	for (int by = LABEL_ROUTE; by < LABELS; by++) {
		const enum label label = (enum label)by;
		int n = label_places(label);

		tap_row("%s", label_name(label));
		for (int i = 0; i < n; i++)
			INTEQ(label_place(label, label_text(label, i)), i);
		CHECK(label_text(label, n) == NULL);
		CHECK(label_text(label, -1) == NULL);
		INTEQ(label_place(label, "nonsense"), -1);
	}
	CHECK(label_name(LABEL_NOTHING) == NULL);
}

/* Words that another floor chooses. */
static void
words(void)
{
	for (int v = 0; v < AUTH_VERDICTS; v++)
		CHECK(label_place(LABEL_ASKED,
			  auth_verdict_name((enum auth_verdict)v)) != -1);
	INTEQ(label_places(LABEL_ASKED), AUTH_VERDICTS);
	INTEQ(label_places(LABEL_VERDICT), AUTH_VERDICTS + 1);
	INTEQ(label_place(LABEL_REASON, REASON_DATABASE),
	    METRIC_REASON_DATABASE);
	INTEQ(label_place(LABEL_REASON, REASON_PROVIDER),
	    METRIC_REASON_PROVIDER);
}

static const struct tap_case cases[] = {
	{ "every value of a label has a place and every place a value",
	    places },
	{ "verdicts and reasons are called as everywhere else", words },
};
TAP_MAIN(cases)
