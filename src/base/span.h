/* SPDX-License-Identifier: MIT */
/*
 * What a request does, and when: spans, begun and ended where the time goes
 * and read at the edge (obs/trace).  One recorder a worker, handed to whoever
 * waits for somebody; in every function a NULL recorder does nothing.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers are OTLP's. */
enum span_kind { SPAN_INTERNAL = 1, SPAN_SERVER = 2, SPAN_CLIENT = 3 };

enum {
	SPANS_MAX = 24, /* of one request; what comes later is counted only */
	SPAN_NOTES_MAX = 10,
	SPAN_NOTE_MAX = 128,   /* bytes of a text; a longer one is cut */
	SPANS_TEXT_MAX = 2048, /* of all texts of a request */
	SPANS_TEXT_OWN = 1024, /* of these for the request's own span alone */
	SPAN_TRACE_DIGITS = 32,
	SPAN_TRACEPARENT_SIZE = 2 + 1 + SPAN_TRACE_DIGITS + 1 + 16 + 1 + 2 + 1,
};

/* All that is ever noted; obs/otlp has their names. */
enum span_key {
	SPAN_CACHE,
	SPAN_CREDENTIAL,
	SPAN_DB_STATE,
	SPAN_DB_STATEMENT,
	SPAN_DB_SYSTEM,
	SPAN_ERROR,
	SPAN_HOOK_OUTCOME,
	SPAN_HOOK_TYPE,
	SPAN_HTTP_METHOD,
	SPAN_HTTP_PATH,
	SPAN_HTTP_STATUS,
	SPAN_MISSED,
	SPAN_PROVIDER,
	SPAN_REQUEST_ID,
	SPAN_ROUTE,
	SPAN_RULE,
	SPAN_SERVER_ADDRESS,
	SPAN_USER,
	SPAN_VERDICT,
	SPAN_KEYS,
};

/* An attribute. */
struct span_note {
	const char *text; /* in spans.text, not ended by NUL; NULL: a number */
	size_t len;
	int64_t number;
	enum span_key key;
};

struct span {
	enum span_kind kind;
	int parent;        /* its place in the list; -1: the request's own */
	const char *of;    /* first word of the name, as a provider; or NULL */
	const char *name;  /* the rest of it */
	int64_t begun_us;  /* clock_mono_us() */
	int64_t ended_us;  /* 0: not yet */
	const char *error; /* error.type; NULL: none */
	int n_notes;
	struct span_note note[SPAN_NOTES_MAX];
};

struct spans {
	bool on; /* a request is under way */
	/* W3C's trace-id, ended by NUL, and the flag that goes out */
	char trace[SPAN_TRACE_DIGITS + 1];
	bool sampled;
	uint64_t first_id; /* of list[0]; list[i] has first_id + i */
	int n, missed;
	int open; /* the innermost that has not ended; -1: none */
	struct span list[SPANS_MAX];
	/* what was noted, copied: who notes need not outlive the request */
	size_t text_len;
	char text[SPANS_TEXT_MAX];
};

/*
 * Begins one within the innermost that is open.  of, name: they live as long
 * as the worker.  Returns its place, -1: not recorded; the functions below
 * take that.
 */
int span_begin(struct spans *s, enum span_kind kind, const char *of,
    const char *name);

/* Ends it, and all within it that nobody ended. */
void span_end(struct spans *s, int i);

/*
 * Notes on it; text is copied, NULL is no note.  There must be no credential
 * and nothing of a person in it.
 */
void span_note(struct spans *s, int i, enum span_key key, const char *text);
void span_note_part(struct spans *s, int i, enum span_key key, const char *text,
    size_t len);
void span_note_number(struct spans *s, int i, enum span_key key,
    int64_t number);

/* It failed; error: a word, copied. */
void span_fail(struct spans *s, int i, const char *error);

/* The same by the status of an answer (RFC 9110, 15). */
void span_fail_status(struct spans *s, int i, int status);

/*
 * The value of the field traceparent for whom we ask now (W3C Trace Context,
 * 3.2): the innermost span is its parent.  False: there is no request.
 */
bool span_traceparent(const struct spans *s, char out[SPAN_TRACEPARENT_SIZE]);

#endif
