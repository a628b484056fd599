/* SPDX-License-Identifier: MIT */
/* auth/ory_session: the first byte chooses the status, the rest is the body.
 * Nothing but a well-formed 200 lets anybody in. */
#include "fuzz/fuzz.h"

#include "auth/ory_session.h"
#include "base/arena.h"
#include "base/str.h"
#include "io/http.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int statuses[] = { 200, 401, 403, 429, 500, 200, 200,
		302 };
	const struct ory_paths paths = { "traits.email", "traits.name",
	"metadata_public.roles" };
	struct arena *a = arena_new(1 << 20);
	struct http_reply r = { .body = "" };
	struct auth_answer answer = { .verdict = AUTH_DENY };
	struct provider_answer pa = { .answer = &answer };

	if (n > 0) {
		r.status = statuses[data[0] & 7];
		r.body = arena_dupn(a, (const char *)data + 1, n - 1);
		r.body_len = n - 1;
	}
	if (r.body != NULL) {
		ory_judge(&r, &paths, 1785426082, a, &pa);
		MUST(answer.verdict != AUTH_ALLOW || r.status == 200);
		MUST(answer.verdict != AUTH_STEPUP || r.status == 403);
		MUST(answer.verdict != AUTH_ANON);
		/* only a strange 4xx says nothing about the provider */
		MUST(pa.outcome != CALL_NONE ||
		    (answer.verdict == AUTH_UNSURE && r.status / 100 == 4));
		MUST(!pa.doubtful || r.status == 401);
	}
	if (answer.verdict == AUTH_ALLOW) {
		MUST(str_is_uuid(answer.who.subject));
		MUST(answer.who.email != NULL);
		MUST(str_is_header_safe(answer.who.email));
		MUST(answer.who.name == NULL ||
		    str_is_header_safe(answer.who.name));
		MUST(answer.who.expires_s > 1785426082);
	}
	arena_free(&a);
	return 0;
}
