/* SPDX-License-Identifier: MIT */
/* One line a request, the rejected ones too. */
#ifndef OBS_ACCESS_H
#define OBS_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

/* A longer method, or one that is not of capitals, is "(malformed)". */
enum { ACCESS_METHOD_MAX = 20 };

/* Facts only; NULL or -1 where there is none.  No header, no query, no body,
 * nothing that could hold a credential. */
struct access {
	const char *request_id;
	const char *trace_id;
	const char *method;
	const char *path; /* decoded, without the query */
	const char *route;
	const char *address; /* of the client, as the web server says */
	const char *rule;    /* of the guard, that decided: its path */
	int status;
	const char *verdict;  /* of the authentication */
	const char *provider; /* whose credential it was */
	const char *actor;    /* who acted in the subject's name */
	const char *why;      /* of a refusal or an outage */
	const char *trouble;  /* at the provider, that changed nothing */
	const char *origin;   /* refused by the cross-site rule */
	/* of a webhook whose sender is proved; it names no user */
	const char *hook_type;
	const char *hook_id;
	const char *hook_outcome;
	int64_t took_us;
	int64_t provider_us; /* waited for the provider */
	int64_t database_us; /* waited for PostgreSQL */
	int64_t sent;        /* bytes of the answer */
	const char *detail;  /* of a slow request: where the time went */
};

/* It took longer than slow_ms. */
bool access_is_slow(const struct access *a, int64_t slow_ms);

/*
 * Writes the line: info, or warn when the request was slower than slow_ms or
 * was answered with 500 and above, or told of trouble.
 */
void access_log(const struct access *a, int64_t slow_ms);

#endif
