/* SPDX-License-Identifier: MIT */
/* Only text that every parser of URLs reads as we do is taken. */
#include "route/return_to.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"
#include "conf/conf.h"
#include "route/cors.h"
#include "route/request.h"

#include <string.h>

/* Browsers drop tabs and line ends, and read a backslash as a slash. */
static bool
is_plain(const char *url)
{
	for (; *url != '\0'; url++)
		if ((unsigned char)*url <= ' ' || *url == 0x7f || *url == '\\')
			return false;
	return true;
}

/* "//host" is somewhere else. */
static bool
is_path(const char *url)
{
	return url[0] == '/' && url[1] != '/';
}

static bool
is_allowed(const struct conf *c, const char *url, struct arena *a)
{
	size_t n = str_url_origin(url);
	const char *origin = n == 0 ? NULL : arena_dupn(a, url, n);

	return origin != NULL &&
	       (strcmp(origin, c->public_url) == 0 || cors_allows(c, origin));
}

/* In ASCII, as it may stand in a header field. */
static void
add_ascii(struct buf *b, const char *url)
{
	for (; *url != '\0'; url++)
		if ((unsigned char)*url < 0x80)
			buf_char(b, *url);
		else
			buf_percent_byte(b, (unsigned char)*url);
}

static bool
fits(const char *url)
{
	size_t n = 0;

	for (; *url != '\0' && n <= RETURN_TO_MAX; url++)
		n += strchr(STR_ALNUM "-._~", *url) == NULL ? 3 : 1;
	return n <= RETURN_TO_MAX;
}

const char *
return_to_check(const struct conf *c, const char *wanted, struct arena *a)
{
	struct buf b;

	if (wanted == NULL || !fits(wanted) || !is_plain(wanted) ||
	    str_utf8_count(wanted, strlen(wanted)) == -1)
		return NULL;
	buf_init(&b, a, 256);
	if (is_path(wanted) && c->public_url[0] != '\0')
		buf_str(&b, c->public_url);
	else if (!is_allowed(c, wanted, a))
		return NULL;
	add_ascii(&b, wanted);
	return buf_text(&b) != NULL && fits(b.data) ? b.data : NULL;
}

const char *
return_to_asked(struct request *rq)
{
	return return_to_check(rq->service->conf,
	    path_query(rq->query, "return_to", rq->arena), rq->arena);
}

const char *
return_to_or_home(struct request *rq)
{
	const char *url = return_to_asked(rq);

	return url != NULL ? url
			   : return_to_check(rq->service->conf, "/", rq->arena);
}
