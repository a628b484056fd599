/* SPDX-License-Identifier: MIT */
/* One libcurl easy handle, set up once, used for every call of a worker. */
#include "io/http.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "io/address.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

struct http {
	CURL *curl;
	char why[CURL_ERROR_SIZE];
	int64_t spent_us;
	bool public_only; /* of the call in hand */
	bool public_peer; /* that it was connected to */
};

/* Where one reply is gathered while curl calls back. */
struct gather {
	struct arena *arena;
	struct http_reply *reply;
	char *body;
	size_t len, max;
	bool too_long;
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

void
http_free(struct http **h)
{
	if (*h == NULL)
		return;
	curl_easy_cleanup((*h)->curl);
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

static struct curl_slist *
header_list(const char *const *headers)
{
	struct curl_slist *list = NULL;

	for (; *headers != NULL; headers++) {
		struct curl_slist *longer = curl_slist_append(list, *headers);

		if (longer == NULL || !str_is_header_safe(*headers)) {
			curl_slist_free_all(longer == NULL ? list : longer);
			return NULL;
		}
		list = longer;
	}
	return list;
}

static int
perform(struct http *h, const struct http_call *call,
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
	return bad != 0 ? CURLE_BAD_FUNCTION_ARGUMENT : curl_easy_perform(c);
}

int
http_get(struct http *h, const struct http_call *call, struct arena *a,
    struct http_reply *r, struct err *e)
{
	struct gather g = { .arena = a, .reply = r, .max = call->body_max };
	int64_t started = clock_mono_us();
	struct curl_slist *headers;
	long status = 0;
	int rc;

	*r = (struct http_reply){ .body = "" };
	if (call->timeout_ms <= 0)
		return err_set(e, ERR_BUG, "no time left to ask");
	headers = header_list(call->headers);
	if (headers == NULL)
		return err_set(e, ERR_BUG, "unsafe request header");
	rc = perform(h, call, headers, &g);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	h->spent_us += clock_mono_us() - started;
	if (g.too_long)
		return err_set(e, ERR_DOWN, "answer over %zu bytes", g.max);
	if (rc == CURLE_ABORTED_BY_CALLBACK)
		return err_set(e, ERR_DOWN,
		    "leads to an address that is not public");
	if (rc != CURLE_OK)
		return err_set(e, ERR_DOWN, "%s",
		    h->why[0] != '\0' ? h->why : curl_easy_strerror(rc));
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	r->status = (int)status;
	r->public_peer = h->public_peer;
	if (g.body != NULL) {
		g.body[g.len] = '\0';
		arena_trim(a, g.body, g.len + 1);
		r->body = g.body;
		r->body_len = g.len;
	}
	return 0;
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
