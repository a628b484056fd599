/* SPDX-License-Identifier: MIT */
/* Append-only text with sticky failure. */
#include "base/buf.h"

#include "base/arena.h"
#include "base/str.h"

#include <string.h>

void
buf_init(struct buf *b, struct arena *a, size_t first)
{
	*b = (struct buf){ .arena = a, .data = arena_alloc(a, first) };
	b->cap = b->data == NULL ? 0 : first;
	b->failed = b->data == NULL;
}

void
buf_init_fixed(struct buf *b, char *mem, size_t cap)
{
	*b = (struct buf){ .data = mem, .cap = cap };
}

/* When there is no more memory the room that is left goes, too. */
static bool
grow(struct buf *b, size_t n)
{
	size_t cap = b->cap;
	char *bigger = NULL;

	if (b->arena != NULL && !b->failed) {
		while (cap - b->len < n)
			cap *= 2;
		bigger = arena_alloc(b->arena, cap);
	}
	if (bigger == NULL) {
		b->failed = true;
		b->cap = b->len;
		return false;
	}
	memcpy(bigger, b->data, b->len);
	b->data = bigger;
	b->cap = cap;
	return true;
}

/* Failed buffers have no room left, so one comparison serves most calls. */
static bool
room(struct buf *b, size_t n)
{
	return n <= b->cap - b->len || grow(b, n);
}

void
buf_add(struct buf *b, const char *data, size_t n)
{
	if (n == 0 || !room(b, n)) /* memcpy() takes no NULL, even for 0 */
		return;
	memcpy(b->data + b->len, data, n);
	b->len += n;
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_char(struct buf *b, char c)
{
	if (room(b, 1))
		b->data[b->len++] = c;
}

void
buf_int(struct buf *b, int64_t value)
{
	char text[24], *end = text + sizeof(text), *p = end;
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (value < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(end - p));
}

void
buf_hex(struct buf *b, uint64_t value)
{
	char text[16];

	for (int i = 15; i >= 0; i--, value >>= 4)
		text[i] = "0123456789abcdef"[value & 15];
	buf_add(b, text, sizeof(text));
}

static void
json_escape(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char u[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	switch (c) {
	case '"':
		buf_add(b, "\\\"", 2);
		return;
	case '\\':
		buf_add(b, "\\\\", 2);
		return;
	case '\n':
		buf_add(b, "\\n", 2);
		return;
	case '\t':
		buf_add(b, "\\t", 2);
		return;
	default:
		buf_add(b, u, sizeof(u));
	}
}

/* ASCII that stands for itself in a JSON string: nearly all there is. */
static bool
is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

void
buf_jsonn(struct buf *b, const char *s, size_t n)
{
	size_t start = 0, i = 0;

	buf_char(b, '"');
	for (;;) {
		unsigned char c;
		size_t width;

		while (i < n && is_plain((unsigned char)s[i]))
			i++;
		if (i == n)
			break;
		c = (unsigned char)s[i];
		width = c < 0x80 ? 1 : str_utf8_width(s + i, n - i);
		if (c == 0xc2 && width == 2 && (unsigned char)s[i + 1] < 0xa0) {
			/* C1 controls steer terminals that read our log */
			buf_add(b, s + start, i - start);
			json_escape(b, (unsigned char)s[i + 1]);
			start = i += 2;
			continue;
		}
		if (c >= 0x80 && width > 0) {
			i += width;
			continue;
		}
		buf_add(b, s + start, i - start);
		if (width == 0)
			buf_str(b, "\xef\xbf\xbd");
		else
			json_escape(b, c);
		start = ++i;
	}
	buf_add(b, s + start, i - start);
	buf_char(b, '"');
}

void
buf_json(struct buf *b, const char *s)
{
	buf_jsonn(b, s, strlen(s));
}

void
buf_percent_byte(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";
	char enc[3] = { '%', hex[c >> 4], hex[c & 15] };

	buf_add(b, enc, sizeof(enc));
}

void
buf_percent(struct buf *b, const char *s)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-._~";

	for (; *s != '\0'; s++)
		if (strchr(plain, *s) != NULL)
			buf_char(b, *s);
		else
			buf_percent_byte(b, (unsigned char)*s);
}

const char *
buf_text(struct buf *b)
{
	buf_char(b, '\0');
	if (b->failed)
		return NULL;
	b->len--;
	return b->data;
}
