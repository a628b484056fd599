/* SPDX-License-Identifier: MIT */
/* io/js: the scan and json-c agree, and what is read is text. */
#include "fuzz/fuzz.h"

#include "base/str.h"
#include "io/js.h"
#include "io/js_scan.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const paths[] = { "a", "b", "a.b", "bio", "theme",
		"identity.traits.email" };
	const char *text = (const char *)data;
	struct err e = { 0 }, scan = { 0 };
	struct js_shape shape = { false, 0, 0 };
	int rc = js_scan(text, n, JS_DEPTH_MAX, &shape, &scan);
	struct json_object *doc = js_parse(text, n, &e);

	MUST((rc == -1) == (scan.kind != ERR_NONE));
	MUST(doc != NULL || e.kind != ERR_NONE);
	MUST(doc == NULL || rc == 0);
	/* what the scan lets through fails for our reasons, not json-c's */
	if (rc == 0 && doc == NULL)
		MUST(strcmp(e.text, "a member name appears twice") == 0 ||
		    strcmp(e.text, "must be a JSON object") == 0);
	for (size_t i = 0; doc != NULL && i < 6; i++) {
		struct js_value v = js_get(doc, paths[i]);

		if (v.kind != JS_STRING)
			continue;
		MUST(strlen(v.str) == v.len);
		MUST(str_utf8_count(v.str, v.len) >= 0);
	}
	if (rc == 0)
		MUST((strcmp(e.text, "must be a JSON object") == 0) ==
		    !shape.object);
	js_free(&doc);
	return 0;
}
