/* SPDX-License-Identifier: MIT */
/* auth/cred: lines are X-Session-Token, Authorization, its REDIRECT_ twin
 * and Cookie; what comes out may go into a request header. */
#include "fuzz/fuzz.h"

#include "auth/cred.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "io/fcg.h"

#include <string.h>

static void
check(const struct cred *c)
{
	if (c->kind == CRED_NONE || c->kind == CRED_REFUSED)
		return;
	MUST(c->len > 0 && strlen(c->value) == c->len);
	MUST(str_is_header_safe(c->value));
	MUST(c->len <= (c->kind == CRED_COOKIE ? (size_t)CRED_COOKIE_MAX
					       : (size_t)CRED_TOKEN_MAX));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct conf_list names = { 2,
		{ "ory_kratos_session", "s" } };
	static const enum fcg_param param[] = { FCG_HTTP_X_SESSION_TOKEN,
		FCG_HTTP_AUTHORIZATION, FCG_REDIRECT_HTTP_AUTHORIZATION,
		FCG_HTTP_COOKIE };
	struct arena *a = arena_new(1 << 20);
	struct fcg_request in = { 0 };
	char *text = arena_dupn(a, (const char *)data, n);
	struct cred c;

	for (int i = 0; text != NULL && i < 4; i++) {
		char *end = strchr(text, '\n');

		if (end != NULL)
			*end = '\0';
		in.param[param[i]] = *text == '\0' ? NULL : text;
		text = end == NULL ? NULL : end + 1;
	}
	c = cred_from_headers(&in);
	check(&c);
	if (in.param[FCG_HTTP_COOKIE] != NULL) {
		c = cred_from_cookies(in.param[FCG_HTTP_COOKIE], &names, a);
		check(&c);
		MUST(c.kind != CRED_COOKIE || strchr(c.value, '=') != NULL);
	}
	arena_free(&a);
	return 0;
}
