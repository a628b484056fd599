/* SPDX-License-Identifier: MIT */
/* A URL with the way back, and four of them in JSON. */
#include "auth/pages.h"

#include "auth/provider.h"
#include "base/buf.h"

#include <string.h>

void
pages_add_return(struct buf *b, const char *parameter, const char *return_to)
{
	if (return_to == NULL || b->failed || b->len == 0)
		return;
	if (b->data[b->len - 1] != '=') {
		buf_char(b, memchr(b->data, '?', b->len) == NULL ? '?' : '&');
		buf_str(b, parameter);
		buf_char(b, '=');
	}
	buf_percent(b, return_to);
}

void
pages_add_members(const struct auth_provider *p, const void *state,
    const char *return_to, struct buf *b)
{
	static const char *const members[AUTH_PAGES] = {
		[AUTH_PAGE_LOGIN] = ",\"loginUrl\":",
		[AUTH_PAGE_REGISTRATION] = ",\"registrationUrl\":",
		[AUTH_PAGE_LOGOUT] = ",\"logoutUrl\":",
		[AUTH_PAGE_STEPUP] = ",\"stepUpUrl\":",
	};

	for (int i = 0; i < AUTH_PAGES; i++) {
		struct buf url;

		if (members[i] == NULL)
			continue;
		buf_init(&url, b->arena, 256);
		p->page(state, (enum auth_page)i, return_to, &url);
		if (i == AUTH_PAGE_STEPUP && url.len == 0 && !url.failed)
			continue;
		buf_str(b, members[i]);
		if (buf_text(&url) == NULL)
			b->failed = true;
		else
			buf_json(b, url.data);
	}
}
