/* SPDX-License-Identifier: MIT */
/* Commas are put by what stands before: callers need not count. */
#include "route/openapi_doc.h"

#include "base/buf.h"

#include <string.h>

void
doc_part(struct buf *b)
{
	if (b->len > 0 && strchr("{[:", b->data[b->len - 1]) == NULL)
		buf_char(b, ',');
}

void
doc_member(struct buf *b, const char *name)
{
	doc_part(b);
	buf_json(b, name);
	buf_char(b, ':');
}

void
doc_text(struct buf *b, const char *name, const char *text)
{
	if (text == NULL)
		return;
	doc_member(b, name);
	buf_json(b, text);
}

void
doc_ref(struct buf *b, const char *kind, const char *name)
{
	buf_str(b, "{\"$ref\":\"#/components/");
	buf_str(b, kind);
	buf_char(b, '/');
	buf_str(b, name);
	buf_str(b, "\"}");
}

const char *
doc_string_end(const char *text)
{
	text++;
	while (*text != '"' && *text != '\0')
		text += *text == '\\' && text[1] != '\0' ? 2 : 1;
	return text + (*text == '"');
}
