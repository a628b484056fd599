/* SPDX-License-Identifier: MIT */
/* Names and values; what a client sends under these names never gets here. */
#include "route/export.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "route/request.h"

#include <string.h>

enum { NAME_SIZE = 40 };

/* Values: of a member of auth_ident, or made by a function of its own. */
static const char *
provider(const struct request *rq)
{
	return rq->auth.who.provider;
}

static const char *
user(const struct request *rq)
{
	return rq->auth.who.subject;
}

static const char *
session(const struct request *rq)
{
	return rq->auth.who.session;
}

/* An address that nobody has verified may be anybody's. */
static const char *
email(const struct request *rq)
{
	return rq->auth.who.email_verified ? rq->auth.who.email : NULL;
}

static const char *
name(const struct request *rq)
{
	return rq->auth.who.name;
}

static const char *
org(const struct request *rq)
{
	return rq->auth.who.org;
}

static const char *
aal(const struct request *rq)
{
	return rq->auth.who.aal;
}

static const struct field {
	const char *header;
	const char *variable;
	const char *(*value)(const struct request *rq);
} fields[] = {
	{ "X-Auth-Provider", "Variable-AUTH_PROVIDER", provider },
	{ "X-Auth-Session", "Variable-AUTH_SESSION", session },
	{ "X-Auth-Email", "Variable-AUTH_EMAIL", email },
	{ "X-Auth-Name", "Variable-AUTH_NAME", name },
	{ "X-Auth-Org", "Variable-AUTH_ORG", org },
	{ "X-Auth-Aal", "Variable-AUTH_AAL", aal },
};

/*
 * Appends a value so that it is one word of printable ASCII, and one item of a
 * list: controls, space, "%", "," and all that is not ASCII as %XX.
 */
static void
add_word(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c > ' ' && c < 0x7f && c != '%' && c != ',')
			buf_char(b, *s);
		else
			buf_percent_byte(b, c);
	}
}

static bool
add_field(struct request *rq, const char *field, struct buf *value)
{
	const char *text = buf_text(value);

	return text != NULL && reply_header(&rq->reply, field, text);
}

static bool
add_user(struct request *rq, bool variables)
{
	struct buf b;

	buf_init(&b, rq->arena, 64);
	add_word(&b, user(rq));
	if (!add_field(rq, variables ? "Variable-AUTH_USER" : "X-Auth-User",
		&b))
		return false;
	if (!variables)
		return true;
	/* Equal subjects of two providers are two users. */
	buf_init(&b, rq->arena, 64);
	if (rq->service->conf->providers.n > 1) {
		add_word(&b, provider(rq));
		buf_char(&b, ':');
	}
	add_word(&b, user(rq));
	return add_field(rq, "Variable-REMOTE_USER", &b);
}

/* All roles or none: a part of them could mean something else. */
static bool
add_roles(struct request *rq, bool variables)
{
	const struct auth_names *roles = &rq->auth.who.roles;
	struct buf b;

	if (roles->n == 0)
		return true;
	buf_init(&b, rq->arena, 64);
	for (int i = 0; i < roles->n; i++) {
		if (i > 0)
			buf_char(&b, ',');
		add_word(&b, roles->item[i]);
	}
	return add_field(rq, variables ? "Variable-AUTH_ROLES" : "X-Auth-Roles",
	    &b);
}

static bool
add_all(struct request *rq, bool variables)
{
	if (!add_user(rq, variables) || !add_roles(rq, variables))
		return false;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct field *f = &fields[i];
		const char *value = f->value(rq);
		struct buf b;

		if (value == NULL || value[0] == '\0')
			continue;
		buf_init(&b, rq->arena, 64);
		add_word(&b, value);
		if (!add_field(rq, variables ? f->variable : f->header, &b))
			return false;
	}
	return true;
}

bool
export_identity(struct request *rq, enum export_form form)
{
	size_t before = rq->reply.headers.len;

	if (add_all(rq, form == EXPORT_VARIABLES))
		return true;
	rq->reply.headers.len = before;
	return false;
}
