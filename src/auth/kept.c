/* SPDX-License-Identifier: MIT */
/* One table of texts: what is packed is what is unpacked. */
#include "auth/kept.h"

#include "auth/life.h"
#include "auth/roles.h"
#include "base/arena.h"
#include "base/str.h"

#include <string.h>

_Static_assert(offsetof(struct kept, text) == KEPT_HEAD, "the head is full");
_Static_assert(sizeof(struct kept) <= SLOTS_VALUE_MAX, "fits into a slot");

/* Members of struct auth_answer; their order is that of the bits. */
static const size_t texts[] = {
	offsetof(struct auth_answer, why),
	offsetof(struct auth_answer, step_up_url),
	offsetof(struct auth_answer, who.subject),
	offsetof(struct auth_answer, who.session),
	offsetof(struct auth_answer, who.email),
	offsetof(struct auth_answer, who.name),
	offsetof(struct auth_answer, who.org),
	offsetof(struct auth_answer, who.org_slug),
	offsetof(struct auth_answer, who.actor),
	offsetof(struct auth_answer, who.aal),
};
/* The year 9999 is over by then. */
#define EXPIRES_MAX_S INT64_C(1000000000000)

enum { TEXTS = sizeof(texts) / sizeof(texts[0]), SUBJECT = 2, EMAIL = 4 };

static const char **
member(struct auth_answer *answer, int i)
{
	return (const char **)(void *)((char *)answer + texts[i]);
}

static bool
has(const struct kept *k, int i)
{
	return (k->texts >> i & 1) != 0;
}

/* The verdicts that are kept, and what belongs to each. */
static bool
is_complete(int verdict, bool subject, bool email, int roles)
{
	if (verdict == AUTH_ALLOW)
		return subject && email && roles >= 0 && roles <= ROLES_MAX;
	return (verdict == AUTH_DENY || verdict == AUTH_STEPUP) && !subject &&
	       roles == 0;
}

/* What 32 bits do not hold, until the year 2106, is not known. */
static uint32_t
seconds(int64_t s)
{
	return s < 0 || s > UINT32_MAX ? 0 : (uint32_t)s;
}

/* Behind the others; NULL is no text, but no failure.  False: no room. */
static bool
add_text(struct kept *k, const char *text)
{
	size_t n = text == NULL ? 0 : strlen(text) + 1;

	if (n > KEPT_TEXT_MAX - (size_t)k->len)
		return false;
	if (n > 0)
		memcpy(k->text + k->len, text, n);
	k->len = (uint16_t)(k->len + n);
	return true;
}

size_t
kept_pack(struct kept *k, const struct auth_answer *answer)
{
	struct auth_answer from = *answer;

	if (from.verdict != AUTH_ALLOW) /* what was read on the way to it */
		from.who = (struct auth_ident){ 0 };
	if (!is_complete(from.verdict, from.who.subject != NULL,
		from.who.email != NULL, from.who.roles.n) ||
	    from.who.permissions.n > 0)
		return 0;
	k->verdict = (unsigned char)from.verdict;
	k->verified = from.who.email_verified;
	k->expires_s = from.who.expires_s;
	k->issued_s = from.who.issued_s;
	k->first_s = seconds(from.who.first_factor_s);
	k->second_s = seconds(from.who.second_factor_s);
	k->roles = (unsigned char)from.who.roles.n;
	k->texts = k->len = k->unused = 0;
	for (int i = 0; i < TEXTS; i++) {
		if (!add_text(k, *member(&from, i)))
			return 0;
		if (*member(&from, i) != NULL)
			k->texts |= (uint16_t)(1U << i);
	}
	for (int i = 0; i < k->roles; i++)
		if (!add_text(k, from.who.roles.item[i]))
			return 0;
	return KEPT_HEAD + (size_t)k->len;
}

/* Where the text that begins at `at` ends; NULL: not in here. */
static const char *
end_of(const struct kept *k, const char *at)
{
	return memchr(at, '\0', (size_t)(k->text + k->len - at));
}

/* As many texts as there are bits and roles, all fit for a header or a log
 * line. */
static bool
has_sound_texts(const struct kept *k)
{
	const char *at = k->text;

	for (int i = 0; i < TEXTS + k->roles; i++) {
		const char *end;

		if (i < TEXTS && !has(k, i))
			continue;
		end = end_of(k, at);
		if (end == NULL || !str_is_header_safe(at) ||
		    ((i == SUBJECT || i >= TEXTS) && end == at))
			return false;
		at = end + 1;
	}
	return k->texts >> TEXTS == 0 && at == k->text + k->len;
}

bool
kept_is_sound(const struct kept *k, size_t len, int64_t now_us)
{
	return len >= KEPT_HEAD && len <= sizeof(*k) &&
	       k->len == len - KEPT_HEAD && k->began_us > 0 &&
	       k->began_us <= k->ended_us && k->ended_us <= now_us &&
	       k->fresh_us >= k->began_us &&
	       k->fresh_us - k->began_us <= LIFE_MAX_MS * 1000 &&
	       k->expires_s >= 0 && k->expires_s < EXPIRES_MAX_S &&
	       is_complete(k->verdict, has(k, SUBJECT), has(k, EMAIL),
		   k->roles) &&
	       has_sound_texts(k);
}

bool
kept_unpack(const struct kept *k, struct arena *a, struct auth_answer *answer)
{
	const char **role = arena_alloc(a, k->roles * sizeof(*role));
	char *at = arena_alloc(a, k->len);

	if (at == NULL || role == NULL)
		return false;
	memcpy(at, k->text, k->len);
	for (int i = 0; i < TEXTS; i++) {
		if (!has(k, i))
			continue;
		*member(answer, i) = at;
		at += strlen(at) + 1;
	}
	answer->who.roles = (struct auth_names){ k->roles, role };
	for (int i = 0; i < k->roles; i++, at += strlen(at) + 1)
		role[i] = at;
	answer->verdict = (enum auth_verdict)k->verdict;
	answer->who.email_verified = k->verified != 0;
	answer->who.expires_s = k->expires_s;
	answer->who.issued_s = k->issued_s;
	answer->who.first_factor_s = k->first_s;
	answer->who.second_factor_s = k->second_s;
	return true;
}
