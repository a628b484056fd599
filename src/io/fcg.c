/* SPDX-License-Identifier: MIT */
/* libfcgi, fed with connections that we accepted, watched at each step. */
#include "io/fcg.h"

#include "base/arena.h"

#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fcg {
	FCGX_Request req;
	volatile int fd; /* the connection under work, -1 between requests */
	bool bodyless;   /* its role is one in which no body is sent */
};

enum second { REFUSE, DENY, COOKIE, FIRST, LIST, SAME };

static const struct known {
	const char *name;
	unsigned char len;
	unsigned char second; /* enum second */
} known[] = {
#define X(name, second) { #name, sizeof(#name) - 1, second },
	FCG_PARAMS(X)
#undef X
};

int
fcg_init(struct err *e)
{
	/* Up to two seconds of linger a close would hold a worker; 200 ms
	 * is enough for a peer on the same host to take the last bytes. */
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "200", 1);
	if (FCGX_Init() != 0)
		return err_set(e, ERR_BUG, "libfcgi does not start");
	return 0;
}

struct fcg *
fcg_new(void)
{
	struct fcg *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->fd = -1;
	if (FCGX_InitRequest(&f->req, -1, 0) != 0) {
		free(f);
		return NULL;
	}
	return f;
}

void
fcg_free(struct fcg **f)
{
	if (*f == NULL)
		return;
	FCGX_Free(&(*f)->req, 1);
	free(*f);
	*f = NULL;
}

static void
fault(struct fcg_request *r, enum fcg_fault kind, const char *why)
{
	/* A malformed request outranks a doubtful credential. */
	if (r->fault == FCG_BAD)
		return;
	r->fault = kind;
	r->why = why;
}

/* Names that steer identity or the guard: never twice, even if unused. */
static bool
is_reserved(const char *name)
{
	return strncmp(name, "AUTH_", 5) == 0 ||
	       strncmp(name, "GATEHOUSE_", 10) == 0;
}

static void
repeated(struct arena *a, struct fcg_request *r, size_t i, const char *value)
{
	switch ((enum second)known[i].second) {
	case DENY:
		fault(r, FCG_TWO_KEYS, known[i].name);
		return;
	case COOKIE:
		r->param[i] = arena_printf(a, "%s; %s", r->param[i], value);
		if (r->param[i] == NULL)
			fault(r, FCG_BAD, "out of request memory");
		return;
	case FIRST:
		return;
	case LIST:
		r->param[i] = ",";
		return;
	case SAME:
		if (strcmp(r->param[i], value) == 0)
			return;
		break;
	case REFUSE:
		break;
	}
	fault(r, FCG_BAD, known[i].name);
}

static void
take(struct arena *a, struct fcg_request *r, const char *pair, size_t name_len)
{
	const char *value = pair + name_len + 1;

	for (size_t i = 0; i < FCG_PARAM_COUNT; i++) {
		if (known[i].len != name_len ||
		    memcmp(known[i].name, pair, name_len) != 0)
			continue;
		if (r->param[i] != NULL)
			repeated(a, r, i, value);
		else
			r->param[i] = value;
		return;
	}
}

static bool
seen_before(char *const *env, char *const *upto, size_t name_len)
{
	for (; env != upto; env++)
		if (strncmp(*env, *upto, name_len + 1) == 0)
			return true;
	return false;
}

static void
read_params(struct arena *a, char *const *env, struct fcg_request *r)
{
	size_t bytes = 0, n = 0;

	for (char *const *p = env; *p != NULL; p++, n++) {
		size_t name_len = strcspn(*p, "=");

		bytes += name_len + strlen(*p + name_len);
		if (n >= FCG_PARAMS_MAX || bytes > FCG_PARAMS_BYTES_MAX) {
			fault(r, FCG_BAD, "too many or too long parameters");
			return;
		}
		if ((*p)[name_len] == '\0')
			continue;
		if (is_reserved(*p) && seen_before(env, p, name_len))
			fault(r, FCG_BAD, "repeated reserved parameter");
		take(a, r, *p, name_len);
	}
	for (size_t i = 0; i < FCG_PARAM_COUNT; i++)
		if (r->param[i] != NULL && r->param[i][0] == '\0')
			r->param[i] = NULL;
}

static bool
is_authorizer(const char *role)
{
	return role != NULL && strcmp(role, "AUTHORIZER") == 0;
}

/* GATEHOUSE_ROLE is of the web server: a client's header would be HTTP_…. */
static void
read_role(struct fcg *f, struct fcg_request *r)
{
	const char *role = r->param[FCG_FCGI_ROLE];
	const char *asked = r->param[FCG_GATEHOUSE_ROLE];

	f->bodyless = is_authorizer(role);
	if (!f->bodyless && (role == NULL || strcmp(role, "RESPONDER") != 0))
		fault(r, FCG_BAD, "unknown role");
	else if (asked != NULL && !is_authorizer(asked))
		fault(r, FCG_BAD, "unknown GATEHOUSE_ROLE");
	r->authorizer = f->bodyless || asked != NULL;
}

int
fcg_begin(struct fcg *f, int fd, struct arena *a, struct fcg_request *r)
{
	*r = (struct fcg_request){ 0 };
	f->bodyless = false;
	f->fd = fd;
	f->req.ipcFd = fd;
	f->req.keepConnection = 1; /* or accept would close our connection */
	if (FCGX_Accept_r(&f->req) < 0) {
		f->req.ipcFd = -1; /* libfcgi closed it */
		f->fd = -1;
		return -1;
	}
	/* A kept connection would pin this worker to one web server link. */
	f->req.keepConnection = 0;
	/* A peer that closes between two pairs leaves parameters missing. */
	if (FCGX_GetError(f->req.in) != 0) {
		fault(r, FCG_BAD, "parameters cut short");
		return 0;
	}
	read_params(a, f->req.envp, r);
	read_role(f, r);
	return 0;
}

/* The announced length, -1 when there is none, -2 when it is no number. */
static int64_t
announced(const struct fcg_request *r)
{
	const char *s = r->param[FCG_CONTENT_LENGTH];
	int64_t n = 0;

	if (s == NULL)
		return -1;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9' || n > (INT64_MAX - 9) / 10)
			return -2;
		n = n * 10 + (*s - '0');
	}
	return n;
}

enum fcg_body
fcg_read_body(struct fcg *f, const struct fcg_request *r, size_t max,
    struct arena *a, const char **body, size_t *len)
{
	int64_t want = announced(r);
	char *mem;
	int n;

	if (want == -2)
		return FCG_BODY_CUT;
	if (want > (int64_t)max)
		return FCG_BODY_LONG;
	mem = arena_alloc(a, max + 2);
	if (mem == NULL)
		return FCG_BODY_LONG;
	n = FCGX_GetStr(mem, (int)max + 1, f->req.in);
	if (n > (int)max)
		return FCG_BODY_LONG;
	if (FCGX_GetError(f->req.in) != 0 || (want >= 0 && n != want))
		return FCG_BODY_CUT;
	mem[n] = '\0';
	arena_trim(a, mem, (size_t)n + 1);
	*body = mem;
	*len = (size_t)n;
	return FCG_BODY_OK;
}

/*
 * Has the request arrived to its end?  Asked with the descriptor hidden, so
 * that libfcgi looks at what it has and does not wait for more.
 */
static bool
is_complete(struct fcg *f)
{
	int fd = f->req.ipcFd;
	bool end;

	f->req.ipcFd = -1;
	end = FCGX_GetChar(f->req.in) == EOF && FCGX_GetError(f->req.in) == 0;
	f->req.ipcFd = fd;
	return end;
}

/*
 * Closing while something is unread resets the connection, and the peer may
 * lose the answer: then libfcgi waits for the peer to close.  Where nothing
 * more can come nobody need wait.  An authorizer gets no body, and not always
 * the end of one (FastCGI 1.0, 6.3): there, what has come is looked at.
 */
static bool
may_close(struct fcg *f)
{
	enum { PEEK = MSG_PEEK | MSG_DONTWAIT };
	char c;

	if (!f->bodyless)
		return is_complete(f);
	return recv(f->req.ipcFd, &c, sizeof(c), PEEK) <= 0;
}

int
fcg_finish(struct fcg *f, const char *answer, size_t n)
{
	int bad = FCGX_PutStr(answer, (int)n, f->req.out) != (int)n;

	/* Closing tells of a failure as flushing does, but the records that
	 * end the request go out with the answer, in one write.  The last
	 * writer appends them: the error stream is closed first. */
	FCGX_FClose(f->req.err);
	bad |= FCGX_FClose(f->req.out) != 0;
	f->req.keepConnection = may_close(f);
	FCGX_Finish_r(&f->req);
	if (f->req.ipcFd >= 0)
		close(f->req.ipcFd);
	f->req.ipcFd = -1;
	f->fd = -1;
	return bad ? -1 : 0;
}

void
fcg_abort(struct fcg *f)
{
	if (f->fd >= 0)
		shutdown(f->fd, SHUT_RDWR);
}
