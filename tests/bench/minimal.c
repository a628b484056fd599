/* SPDX-License-Identifier: MIT */
/*
 * The smallest program with the same answer as /user/profile: libfcgi, one
 * prepared SELECT through libpq, JSON by hand.  The user is read off the
 * token.  No deadlines, no checks, no log, no way back from a lost database:
 * a floor to measure from, nothing to build on.
 */
#include "prefork.h"
#include "users.h"

#include <fcgiapp.h>
#include <libpq-fe.h>
#include <stdlib.h>

/* The statement of sql/queries/profile_get.sql. */
static const char select_profile[] =
    "SELECT theme, notifications, bio FROM user_profile"
    " WHERE provider = $1 AND user_id = $2";

static PGconn *
connect_database(void)
{
	const char *url = getenv("BENCH_DATABASE");
	PGconn *pg = PQconnectdb(url == NULL ? "" : url);
	PGresult *r = PQprepare(pg, "profile", select_profile, 0, NULL);

	if (PQresultStatus(r) != PGRES_COMMAND_OK) {
		fputs(PQerrorMessage(pg), stderr);
		exit(1);
	}
	PQclear(r);
	return pg;
}

static char *
put(char *to, const char *s)
{
	size_t n = strlen(s);

	memcpy(to, s, n);
	return to + n;
}

static char *
put_json(char *to, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < ' ') {
			to += sprintf(to, "\\u%04x", c);
			continue;
		}
		if (c == '"' || c == '\\')
			*to++ = '\\';
		*to++ = (char)c;
	}
	return to;
}

static void
answer(FCGX_Request *r, const struct bench_user *u, const PGresult *row)
{
	char out[16384], *to = out;

	to = put(to, "Content-Type: application/json\r\n\r\n{\"userId\":\"");
	to = put_json(to, u->subject);
	to = put(to, "\",\"email\":\"");
	to = put_json(to, u->email);
	to = put(to, "\",\"name\":\"");
	to = put_json(to, u->name);
	to = put(to, "\",\"theme\":\"");
	to = put_json(to, PQgetvalue(row, 0, 0));
	to = put(to, "\",\"notifications\":");
	to = put(to, *PQgetvalue(row, 0, 1) == 't' ? "true" : "false");
	to = put(to, ",\"bio\":\"");
	to = put_json(to, PQgetvalue(row, 0, 2));
	to = put(to, "\"}");
	FCGX_PutStr(out, (int)(to - out), r->out);
}

static void
serve(FCGX_Request *r, PGconn *pg)
{
	static const char bearer[] = "Bearer ";
	const char *header = FCGX_GetParam("HTTP_AUTHORIZATION", r->envp);
	const char *key[2] = { "ory", NULL };
	size_t skip = sizeof(bearer) - 1;
	struct bench_user u;
	PGresult *row;

	if (header == NULL || strncmp(header, bearer, skip) != 0 ||
	    bench_user(header + skip, strlen(header + skip), &u) == -1) {
		FCGX_PutS("Status: 401 Unauthorized\r\n"
			  "Content-Type: application/json\r\n\r\n{}", r->out);
		return;
	}
	key[1] = u.subject;
	row = PQexecPrepared(pg, "profile", 2, key, NULL, NULL, 0);
	if (PQresultStatus(row) == PGRES_TUPLES_OK && PQntuples(row) == 1)
		answer(r, &u, row);
	else
		FCGX_PutS("Status: 500 Internal Server Error\r\n"
			  "Content-Type: application/json\r\n\r\n{}", r->out);
	PQclear(row);
}

int
main(int argc, char **argv)
{
	int listener = prefork(argc, argv);
	PGconn *pg = connect_database();
	FCGX_Request r;

	FCGX_InitRequest(&r, listener, 0);
	while (FCGX_Accept_r(&r) == 0) {
		serve(&r, pg);
		FCGX_Finish_r(&r);
	}
	PQfinish(pg);
	return 0;
}
