/* SPDX-License-Identifier: MIT */
/* Each label's values as a list, in the order of its places. */
#include "obs/labels.h"

#include <stddef.h>
#include <string.h>

/* What we answer; the last place is for anything else. */
static const char *const statuses[LABEL_STATUSES] = {
	"200",
	"204",
	"303",
	"400",
	"401",
	"403",
	"404",
	"405",
	"413",
	"415",
	"429",
	"500",
	"503",
	"other",
};

static const char *const verdicts[LABEL_VERDICTS] = {
	[METRIC_VERDICT_ANONYMOUS] = "anonymous",
	[METRIC_VERDICT_DENIED] = "denied",
	[METRIC_VERDICT_STEPUP] = "step_up",
	[METRIC_VERDICT_UNSURE] = "unsure",
	[METRIC_VERDICT_ALLOWED] = "allowed",
	[METRIC_VERDICT_NONE] = "none",
};

static const char *const decisions[LABEL_DECISIONS] = {
	[METRIC_HIT] = "hit",
	[METRIC_MISS] = "miss",
	[METRIC_JOINED] = "joined",
	[METRIC_STALE] = "stale",
};

static const char *const calls[LABEL_CALLS] = {
	[METRIC_CALL_GOOD] = "good",
	[METRIC_CALL_FAILED] = "failed",
	[METRIC_CALL_LIMITED] = "limited",
};

static const char *const outcomes[LABEL_HOOKS] = {
	[METRIC_APPLIED] = "applied",
	[METRIC_DUPLICATE] = "duplicate",
	[METRIC_UNUSED] = "unused",
	[METRIC_REFUSED] = "refused",
	[METRIC_MALFORMED] = "malformed",
	[METRIC_FAILED] = "failed",
};

static const char *const limits[LABEL_LIMITS] = {
	[METRIC_PER_ADDRESS] = "address",
	[METRIC_PER_SUBJECT] = "subject",
};

static const char *const reasons[LABEL_REASONS] = {
	[METRIC_REASON_DATABASE] = "database_unavailable",
	[METRIC_REASON_PROVIDER] = "provider_unavailable",
	[METRIC_REASON_OTHER] = "other",
};

static const char *const traces[LABEL_TRACES] = {
	[METRIC_TRACE_WRITTEN] = "written",
	[METRIC_TRACE_SENT] = "sent",
	[METRIC_TRACE_DROPPED] = "dropped",
	[METRIC_TRACE_REFUSED] = "refused",
};

#define LIST(texts) texts, sizeof(texts) / sizeof((texts)[0])

static const struct {
	const char *name;
	const char *const *text; /* NULL: its values are not fixed */
	int places;
} labels[LABELS] = {
	[LABEL_ROUTE] = { "route", NULL, 0 },
	[LABEL_STATUS] = { "status", LIST(statuses) },
	[LABEL_VERDICT] = { "verdict", LIST(verdicts) },
	[LABEL_ASKED] = { "verdict", verdicts, METRIC_VERDICT_NONE },
	[LABEL_PROVIDER] = { "provider", NULL, 0 },
	[LABEL_DECISION] = { "decision", LIST(decisions) },
	[LABEL_CALL] = { "outcome", LIST(calls) },
	[LABEL_HOOK] = { "outcome", LIST(outcomes) },
	[LABEL_LIMIT] = { "limit", LIST(limits) },
	[LABEL_REASON] = { "reason", LIST(reasons) },
	[LABEL_TRACE] = { "outcome", LIST(traces) },
};

const char *
label_name(enum label by)
{
	return labels[by].name;
}

int
label_places(enum label by)
{
	return labels[by].places;
}

const char *
label_text(enum label by, int place)
{
	if (place < 0 || place >= labels[by].places)
		return NULL;
	return labels[by].text[place];
}

int
label_place(enum label by, const char *text)
{
	for (int i = 0; i < labels[by].places; i++)
		if (strcmp(labels[by].text[i], text) == 0)
			return i;
	return -1;
}
