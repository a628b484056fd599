/* SPDX-License-Identifier: MIT */
/* One libcurl easy handle, set up once, used for every call of a worker. */
#include "io/http.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/span.h"
#include "base/str.h"
#include "io/address.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* Where one reply is gathered while curl calls back. */
struct gather {
	struct arena *arena;
	struct http_reply *reply;
	char *body;
	size_t len, max;
	bool too_long;
};

struct http {
	CURL *curl;
	char why[CURL_ERROR_SIZE];
	int64_t spent_us;
	bool public_only;           /* of the call in hand */
	bool public_peer;           /* that it was connected to */
	CURLM *multi;               /* of http_start(); NULL before the first */
	struct curl_slist *headers; /* of that under way; NULL: there is none */
	struct gather gather;
};

static size_t
on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct gather *g = ctx;

	n *= size;
	/* MAXFILESIZE sees only announced lengths: count here as well. */
	if (n > g->max - g->len) {
		g->too_long = true;
		return 0;
	}
	if (g->body == NULL &&
	    (g->body = arena_alloc(g->arena, g->max + 1)) == NULL)
		return 0;
	memcpy(g->body + g->len, data, n);
	g->len += n;
	return n;
}

static size_t
on_header(char *data, size_t size, size_t n, void *ctx)
{
	struct gather *g = ctx;
	struct http_reply *r = g->reply;
	size_t len = n * size;

	while (len > 0 && strchr("\r\n \t", data[len - 1]) != NULL)
		len--;
	if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
		r->n_headers = 0; /* an interim answer (100) came before */
	else if (len > 0 && r->n_headers < HTTP_HEADERS_MAX) {
		r->header[r->n_headers] = arena_dupn(g->arena, data, len);
		if (r->header[r->n_headers] == NULL)
			return 0;
		r->n_headers++;
	}
	return n * size;
}

/* Connected, or to a kept connection again: nothing was sent yet. */
static int
on_connected(void *ctx, char *peer, char *ours, int peer_port, int our_port)
{
	struct http *h = ctx;

	(void)ours;
	(void)peer_port;
	(void)our_port;
	h->public_peer = address_is_public(peer);
	return h->public_only && !h->public_peer ? CURL_PREREQFUNC_ABORT
						 : CURL_PREREQFUNC_OK;
}

/* Debian compiles in a CAPATH, which would switch off libcurl's store cache
 * and cost 20 ms a connection; hence the bundle's file alone. */
static const char *
ca_bundle(const struct http_options *o)
{
	if (o->ca_file != NULL && o->ca_file[0] != '\0')
		return o->ca_file;
	return curl_version_info(CURLVERSION_NOW)->cainfo;
}

static int
set_security(CURL *c, const struct http_options *o)
{
	int bad = 0;

	bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	bad |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(c, CURLOPT_PROXY, "");
	bad |= curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	bad |= curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	bad |= curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L);
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	bad |= curl_easy_setopt(c, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	bad |= curl_easy_setopt(c, CURLOPT_CAINFO, ca_bundle(o));
	bad |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	return bad;
}

static int
set_transport(struct http *h)
{
	CURL *c = h->curl;
	int bad = 0;

	bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	bad |= curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, 60L);
	bad |= curl_easy_setopt(c, CURLOPT_MAXLIFETIME_CONN, 300L);
	bad |= curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 60L);
	/* or a call would wait for a resolver that is silent, past its time */
	bad |= curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_MAXCONNECTS, 2L);
	bad |= curl_easy_setopt(c, CURLOPT_USERAGENT,
	    PACKAGE_NAME "/" PACKAGE_VERSION);
	bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->why);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	bad |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	bad |= curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_connected);
	bad |= curl_easy_setopt(c, CURLOPT_PREREQDATA, h);
	return bad;
}

void
http_prepare(void)
{
	/* should it fail, each child tries again for itself */
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct http *
http_new(const struct http_options *o)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->curl = curl_easy_init();
	if (h->curl == NULL || set_security(h->curl, o) != 0 ||
	    set_transport(h) != 0)
		http_free(&h);
	return h;
}

/* Gives up what is under way. */
static void
stop(struct http *h)
{
	if (h->headers == NULL)
		return;
	curl_multi_remove_handle(h->multi, h->curl);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(h->headers);
	h->headers = NULL;
}

void
http_free(struct http **h)
{
	if (*h == NULL)
		return;
	stop(*h);
	curl_easy_cleanup((*h)->curl);
	curl_multi_cleanup((*h)->multi);
	free(*h);
	*h = NULL;
}

static bool
is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 ||
	       strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0;
}

int
http_check_url(const char *url, unsigned allow, struct err *e)
{
	char *host = NULL;
	CURLU *u = curl_url();
	int rc = -1;

	/* curl's parser is lenient: the scheme is compared by hand. */
	if (u == NULL || str_url_origin(url) == 0 ||
	    strpbrk(url, "\"<>`{|}^") != NULL ||
	    curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) != 0 ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) != 0) {
		err_set(e, ERR_CONFIG, "must be an absolute https:// URL");
		goto out;
	}
	/* empty ones too, which curl does not report */
	if (strpbrk(url, (allow & HTTP_ALLOW_QUERY) != 0 ? "#" : "?#") !=
	    NULL) {
		err_set(e, ERR_CONFIG,
		    (allow & HTTP_ALLOW_QUERY) != 0
			? "must have no fragment"
			: "must have no query and no fragment");
		goto out;
	}
	if (str_after(url, "https://") == NULL &&
	    (allow & HTTP_ALLOW_PLAIN) == 0 && !is_loopback(host)) {
		err_set(e, ERR_CONFIG,
		    "plain http is allowed to loopback only");
		goto out;
	}
	rc = 0;
out:
	curl_free(host);
	curl_url_cleanup(u);
	return rc;
}

/* The list and one more; frees it and returns NULL when that cannot be. */
static struct curl_slist *
add_header(struct curl_slist *list, const char *header)
{
	struct curl_slist *longer =
	    str_is_header_safe(header) ? curl_slist_append(list, header) : NULL;

	if (longer == NULL)
		curl_slist_free_all(list);
	return longer;
}

static struct curl_slist *
header_list(const struct http_call *call)
{
	static const char name[] = "traceparent: ";
	char trace[sizeof(name) - 1 + SPAN_TRACEPARENT_SIZE];
	struct curl_slist *list = NULL;

	for (int i = 0; call->headers[i] != NULL; i++)
		if ((list = add_header(list, call->headers[i])) == NULL)
			return NULL;
	memcpy(trace, name, sizeof(name) - 1);
	if (span_traceparent(call->spans, trace + sizeof(name) - 1))
		list = add_header(list, trace);
	return list;
}

/* The host of the URL that was asked. */
static void
note_server(const struct http_call *call, int span)
{
	const char *host = strstr(call->url, "://");
	size_t n;

	if (host == NULL)
		return;
	host += strlen("://");
	n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?");
	span_note_part(call->spans, span, SPAN_SERVER_ADDRESS, host, n);
}

/* 0, or what curl would say of it. */
static int
set_call(struct http *h, const struct http_call *call,
    struct curl_slist *headers, struct gather *g)
{
	CURL *c = h->curl;
	int bad = 0;

	h->why[0] = '\0';
	h->public_only = call->public_only;
	bad |= curl_easy_setopt(c, CURLOPT_URL, call->url);
	bad |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	bad |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
	bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(call->timeout_ms < HTTP_CONNECT_MS ? call->timeout_ms
						      : HTTP_CONNECT_MS));
	bad |= curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE,
	    (curl_off_t)call->body_max);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEDATA, g);
	bad |= curl_easy_setopt(c, CURLOPT_HEADERDATA, g);
	bad |= curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	return bad != 0 ? CURLE_BAD_FUNCTION_ARGUMENT : CURLE_OK;
}

/* What came of it: a word for a span, NULL for an answer of whatever status. */
static const char *
judge(const struct http *h, const struct gather *g, int rc, struct err *e)
{
	if (g->too_long) {
		err_set(e, ERR_DOWN, "answer over %zu bytes", g->max);
		return "too_long";
	}
	if (rc == CURLE_ABORTED_BY_CALLBACK) {
		err_set(e, ERR_DOWN, "leads to an address that is not public");
		return "not_public";
	}
	if (rc == CURLE_OK)
		return NULL;
	err_set(e, ERR_DOWN, "%s",
	    h->why[0] != '\0' ? h->why : curl_easy_strerror(rc));
	return rc == CURLE_OPERATION_TIMEDOUT ? "timeout" : "connection";
}

static void
take_reply(struct http *h, struct gather *g)
{
	struct http_reply *r = g->reply;
	long status = 0;

	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	r->status = (int)status;
	r->public_peer = h->public_peer;
	if (g->body == NULL)
		return;
	g->body[g->len] = '\0';
	arena_trim(g->arena, g->body, g->len + 1);
	r->body = g->body;
	r->body_len = g->len;
}

static int
get(struct http *h, const struct http_call *call, int span, struct gather *g,
    struct err *e)
{
	int64_t started = clock_mono_us();
	struct curl_slist *headers;
	const char *trouble;
	int rc;

	stop(h);
	if (call->timeout_ms <= 0)
		return err_set(e, ERR_BUG, "no time left to ask");
	headers = header_list(call);
	if (headers == NULL)
		return err_set(e, ERR_BUG, "unsafe request header");
	rc = set_call(h, call, headers, g);
	if (rc == CURLE_OK)
		rc = curl_easy_perform(h->curl);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	h->spent_us += clock_mono_us() - started;
	trouble = judge(h, g, rc, e);
	if (trouble != NULL) {
		span_fail(call->spans, span, trouble);
		return -1;
	}
	take_reply(h, g);
	return 0;
}

int
http_get(struct http *h, const struct http_call *call, struct arena *a,
    struct http_reply *r, struct err *e)
{
	enum { TOO_MANY = 429, SERVER_ERROR = 500 };
	struct gather g = { .arena = a, .reply = r, .max = call->body_max };
	int span = span_begin(call->spans, SPAN_CLIENT, call->of, call->name);
	int rc;

	*r = (struct http_reply){ .body = "" };
	span_note(call->spans, span, SPAN_HTTP_METHOD, "GET");
	note_server(call, span);
	rc = get(h, call, span, &g, e);
	if (rc == 0)
		span_note_number(call->spans, span, SPAN_HTTP_STATUS,
		    r->status);
	if (r->status == TOO_MANY || r->status >= SERVER_ERROR)
		span_fail_status(call->spans, span, r->status);
	span_end(call->spans, span);
	return rc;
}

/* It stays where it is: curl does not copy it. */
static int
set_body(CURL *c, const struct http_call *call)
{
	return (int)curl_easy_setopt(c, CURLOPT_POSTFIELDS, call->body) |
	       (int)curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
		   (curl_off_t)call->body_len);
}

int
http_start(struct http *h, const struct http_call *call, struct arena *a,
    struct http_reply *r, struct err *e)
{
	stop(h);
	*r = (struct http_reply){ .body = "" };
	h->gather =
	    (struct gather){ .arena = a, .reply = r, .max = call->body_max };
	if (call->timeout_ms <= 0)
		return err_set(e, ERR_BUG, "no time left to ask");
	if (h->multi == NULL && (h->multi = curl_multi_init()) == NULL)
		return err_set(e, ERR_DOWN, "out of memory");
	h->headers = header_list(call);
	if (h->headers == NULL)
		return err_set(e, ERR_BUG, "unsafe request header");
	if (set_call(h, call, h->headers, &h->gather) == CURLE_OK &&
	    set_body(h->curl, call) == CURLE_OK &&
	    curl_multi_add_handle(h->multi, h->curl) == CURLM_OK)
		return 0;
	stop(h);
	return err_set(e, ERR_BUG, "cannot be asked");
}

/* revents: curl would not tell of a descriptor whose other end hung up. */
static void
wait_for(struct http *h, const int *fds, int n, int ms)
{
	struct curl_waitfd extra[HTTP_WAIT_MAX];
	struct pollfd p[HTTP_WAIT_MAX];

	for (int i = 0; i < n; i++) {
		extra[i] = (struct curl_waitfd){ .fd = fds[i],
			.events = CURL_WAIT_POLLIN };
		p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	}
	if (h->headers == NULL)
		poll(p, (nfds_t)n, ms);
	else
		curl_multi_poll(h->multi, extra, (unsigned)n,
		    ms < 0 ? HTTP_WAIT_LONG_MS : ms, NULL);
}

enum http_progress
http_wait(struct http *h, const int *fds, int n, int ms, struct err *e)
{
	const CURLMsg *m;
	int running = 0;
	bool failed;

	wait_for(h, fds, n, ms);
	if (h->headers == NULL)
		return HTTP_NONE;
	curl_multi_perform(h->multi, &running);
	m = curl_multi_info_read(h->multi, &running);
	if (m == NULL || m->msg != CURLMSG_DONE)
		return HTTP_UNDER_WAY;
	failed = judge(h, &h->gather, (int)m->data.result, e) != NULL;
	if (!failed)
		take_reply(h, &h->gather);
	stop(h);
	return failed ? HTTP_FAILED : HTTP_OVER;
}

const char *
http_header(const struct http_reply *r, const char *name, int i)
{
	size_t n = strlen(name);

	for (int k = 0; k < r->n_headers; k++) {
		const char *h = r->header[k];

		if (strncasecmp(h, name, n) != 0 || h[n] != ':' || i-- > 0)
			continue;
		return h + n + 1 + strspn(h + n + 1, " \t");
	}
	return NULL;
}

int64_t
http_retry_ms(const struct http_reply *r, const char *name)
{
	enum { DIGITS_MAX = 9 };
	const char *value = http_header(r, name, 0);
	time_t date;

	if (value == NULL)
		return 0;
	if (str_is_from(value, STR_DIGITS, 1, DIGITS_MAX))
		return strtoll(value, NULL, 10) * 1000;
	date = curl_getdate(value, NULL);
	if (date == -1 || (int64_t)date * 1000 <= clock_wall_ms())
		return 0;
	return (int64_t)date * 1000 - clock_wall_ms();
}

int64_t
http_take_spent_us(struct http *h)
{
	int64_t spent = h->spent_us;

	h->spent_us = 0;
	return spent;
}
