/* SPDX-License-Identifier: MIT */
/* What labels of metrics are called, and the values that are fixed. */
#ifndef OBS_LABELS_H
#define OBS_LABELS_H

/* What a label's values come from: fixed lists, routes, or providers. */
enum label {
	LABEL_NOTHING,
	LABEL_ROUTE,    /* routes[], by place */
	LABEL_STATUS,   /* of the answer */
	LABEL_VERDICT,  /* of the authentication */
	LABEL_PROVIDER, /* a configured one */
	LABEL_ASKED,    /* likewise, of who was asked: never "none" */
	LABEL_DECISION, /* of the session cache */
	LABEL_CALL,     /* outcome of a call to a provider */
	LABEL_HOOK,     /* outcome of a webhook */
	LABEL_LIMIT,    /* a rate limit */
	LABEL_REASON,   /* of an answer 503 */
	LABEL_TRACE,    /* what became of a trace */
	LABELS,
};

enum { LABEL_STATUSES = 14 };

/* Verdicts as in auth_verdict_name(), and a place for "nobody asked". */
enum metric_verdict {
	METRIC_VERDICT_ANONYMOUS,
	METRIC_VERDICT_DENIED,
	METRIC_VERDICT_STEPUP,
	METRIC_VERDICT_UNSURE,
	METRIC_VERDICT_ALLOWED,
	METRIC_VERDICT_NONE,
	LABEL_VERDICTS,
};

enum metric_decision {
	METRIC_HIT,
	METRIC_MISS,
	METRIC_JOINED, /* another's call in flight served */
	METRIC_STALE,  /* past its life, provider down */
	LABEL_DECISIONS,
};

enum metric_call {
	METRIC_CALL_GOOD,
	METRIC_CALL_FAILED,
	METRIC_CALL_LIMITED, /* it asked for a pause */
	LABEL_CALLS,
};

/* Of webhooks. */
enum metric_outcome {
	METRIC_APPLIED,
	METRIC_DUPLICATE, /* had its effect before */
	METRIC_UNUSED,    /* nothing to do for this type */
	METRIC_REFUSED,   /* no or a wrong signature or secret */
	METRIC_MALFORMED, /* signed nonsense, or too long */
	METRIC_FAILED,    /* ours: the provider will send it again */
	LABEL_HOOKS,
};

enum metric_limit { METRIC_PER_ADDRESS, METRIC_PER_SUBJECT, LABEL_LIMITS };

enum metric_reason {
	METRIC_REASON_DATABASE,
	METRIC_REASON_PROVIDER,
	METRIC_REASON_OTHER,
	LABEL_REASONS,
};

/* One trace of a request has one or two outcomes: file and collector. */
enum metric_trace {
	METRIC_TRACE_WRITTEN, /* to the file */
	METRIC_TRACE_SENT,    /* the collector has it */
	METRIC_TRACE_DROPPED, /* no room, or nobody to take it */
	METRIC_TRACE_REFUSED, /* by the collector */
	LABEL_TRACES,
};

/* "route" and so on; NULL: of LABEL_NOTHING. */
const char *label_name(enum label by);

/* How many values it has; 0: they are not fixed. */
int label_places(enum label by);

/* The value at a place; NULL: there is none, or it is not fixed. */
const char *label_text(enum label by, int place);

/* The place of a value; -1: it has none. */
int label_place(enum label by, const char *text);

#endif
