/* SPDX-License-Identifier: MIT */
/* route/cors: an exact list of origins, and nothing for anybody else. */
#include "tap.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "route/cors.h"
#include "route/request.h"
#include "unit/files.h"

#include <string.h>

static void
origins(void)
{
	static const struct {
		const char *origin;
		bool allowed;
	} t[] = {
		{ "https://app.x", true }, { "http://localhost:3000", true },
		{ "https://app.x/", false }, { "https://APP.x", false },
		{ "http://app.x", false }, { "https://app.x:443", false },
		{ "https://app.x.evil", false }, { "https://evil", false },
		{ "null", false }, { "", false }, { "*", false },
		{ "https://app.x https://evil", false },
	};
	struct conf *c = files_good_conf("https://a.x",
	    "cors: { allow_origins = [ \"https://app.x\", "
	    "\"http://localhost:3000\" ]; max_age = \"10m\"; };");
	struct service service = { .conf = c };
	struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < ROWS(t); i++) {
		struct fcg_request in = { 0 };
		struct request rq = { .service = &service, .in = &in,
			.arena = a };
		const char *headers;

		tap_row("%s", t[i].origin);
		INTEQ(cors_allows(c, t[i].origin), t[i].allowed);
		in.param[FCG_HTTP_ORIGIN] = t[i].origin;
		in.param[FCG_HTTP_ACCESS_CONTROL_REQUEST_METHOD] = "POST";
		reply_init(&rq.reply, a);
		cors_answer(&rq);
		cors_options(&rq, "POST, OPTIONS");
		headers = buf_text(&rq.reply.headers);
		INTEQ(rq.reply.status, 204);
		CHECK(strstr(headers, "Allow: POST, OPTIONS\r\n") != NULL);
		INTEQ(strstr(headers, "Access-Control") != NULL,
		    t[i].allowed);
		if (!t[i].allowed)
			continue;
		CHECK(strstr(headers, t[i].origin) != NULL);
		CHECK(strstr(headers, "Max-Age: 600\r\n") != NULL);
		CHECK(strstr(headers, "Allow-Methods: POST, OPTIONS") != NULL);
		CHECK(strstr(headers, "Allow-Headers: Authorization, ") !=
		    NULL);
	}
	arena_free(&a);
	conf_free(&c);
}

static void
no_preflight(void)
{
	struct conf *c = files_good_conf("https://a.x",
	    "cors: { allow_origins = [ \"https://app.x\" ]; };");
	struct service service = { .conf = c };
	struct arena *a = arena_new(1 << 20);
	struct fcg_request in = { 0 };
	struct request rq = { .service = &service, .in = &in, .arena = a };

	in.param[FCG_HTTP_ORIGIN] = "https://app.x";
	reply_init(&rq.reply, a);
	cors_options(&rq, "GET, HEAD, OPTIONS");
	CHECK(strstr(buf_text(&rq.reply.headers), "Allow-Methods") == NULL);
	cors_answer(&rq);
	CHECK(strstr(buf_text(&rq.reply.headers), "Expose-Headers: "
	    "X-Request-Id, Retry-After, WWW-Authenticate, Allow\r\n") != NULL);
	arena_free(&a);
	conf_free(&c);
}

static void
doubtful(void)
{
	struct conf *c = files_good_conf("https://a.x",
	    "cors: { allow_origins = [ \"https://app.x\" ]; };");
	struct service service = { .conf = c };
	struct arena *a = arena_new(1 << 20);
	struct fcg_request in = { .fault = FCG_BAD };
	struct request rq = { .service = &service, .in = &in, .arena = a };

	in.param[FCG_HTTP_ORIGIN] = "https://app.x";
	reply_init(&rq.reply, a);
	cors_answer(&rq);
	INTEQ((int)rq.reply.headers.len, 0);
	/* Two credentials are no doubt about the page that sent them. */
	in.fault = FCG_TWO_KEYS;
	cors_answer(&rq);
	CHECK(strstr(buf_text(&rq.reply.headers), "https://app.x") != NULL);
	arena_free(&a);
	conf_free(&c);
}

static const struct tap_case cases[] = {
	{ "an origin is allowed byte for byte", origins },
	{ "an OPTIONS that is no preflight gets no permissions",
	    no_preflight },
	{ "of two origins none may read, of one refused all can read why",
	    doubtful },
};
TAP_MAIN(cases)
