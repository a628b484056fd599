/* SPDX-License-Identifier: MIT */
/* As worker.c does, of a text. */
#include "unit/site.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "unit/files.h"
#include "unit/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! site: %s\n", what);
	exit(1);
}

/* The text with the stub's URL for each "@". */
static const char *
filled(struct site *s, const char *text)
{
	struct buf b;

	buf_init(&b, s->arena, 4096);
	for (; *text != '\0'; text++)
		if (*text == '@')
			buf_str(&b, stub_url(s->stub));
		else
			buf_char(&b, *text);
	must(buf_text(&b) != NULL, "memory");
	return b.data;
}

void
site_open(struct site *s, const char *conf)
{
	struct err e = { 0 };
	int slot;

	*s = (struct site){ .stub = stub_start() };
	s->arena = arena_new(8 << 20);
	must(s->arena != NULL, "memory");
	s->conf = files_conf(filled(s, conf));
	must(s->conf != NULL, files_problem(0));
	s->shared = memory_new();
	atomic_store(&s->shared->board->limit, 1);
	slot = board_take(s->shared->board, 1);
	board_set(s->shared->board, slot, BOARD_BUSY, clock_mono_ms());
	s->auth = auth_new(s->conf, s->shared, slot, &e);
	must(s->auth != NULL, e.text);
}

void
site_close(struct site *s)
{
	auth_free(&s->auth);
	conf_free(&s->conf);
	arena_free(&s->arena);
	stub_stop(&s->stub);
}

bool
site_is_nobody(const struct auth_ident *who)
{
	return who->provider == NULL && who->subject == NULL &&
	       who->session == NULL && who->email == NULL &&
	       !who->email_verified && who->name == NULL &&
	       who->org == NULL && who->org_slug == NULL &&
	       who->roles.n == 0 && who->permissions.n == 0 &&
	       who->actor == NULL && who->aal == NULL && who->expires_s == 0;
}

struct auth_answer
site_check(struct site *s, enum cred_kind kind, const char *value,
    bool wants_contact)
{
	const struct auth_request rq = {
		.cred = { .kind = kind, .value = value, .len = strlen(value) },
		.request_id = "unit-test",
		.deadline = clock_mono_ms() + 2000,
		.wants_contact = wants_contact,
		.arena = s->arena,
	};
	struct auth_answer answer;

	auth_check(s->auth, &rq, &answer);
	INTEQ(answer.why == NULL, answer.verdict == AUTH_ALLOW);
	INTEQ(answer.who.provider != NULL, answer.verdict == AUTH_ALLOW);
	CHECK(answer.verdict == AUTH_ALLOW || site_is_nobody(&answer.who));
	return answer;
}

const char *
site_token(struct site *s, enum signer_key k, const char *issuer,
    const char *claims)
{
	int64_t now = clock_wall_ms() / 1000;

	return token_signed(s->arena, k, KEY_RS256, "k1",
	    arena_printf(s->arena,
		"{\"iss\":\"%s\",\"iat\":%lld,\"exp\":%lld%s%s}",
		filled(s, issuer), (long long)now, (long long)now + 60,
		claims[0] == '\0' ? "" : ",", claims));
}

/* Closed behind it: the stub serves one connection after the other. */
void
site_serve(struct site *s, const char *path, enum signer_key k)
{
	const char *set = token_set(s->arena, "k1", k, NULL, k);
	const char *text = arena_printf(s->arena,
	    "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    strlen(set), set);

	must(text != NULL, "memory");
	stub_raw(s->stub, path, STUB_CLOSE, text);
}

const char *
site_info(struct site *s, int i, const char *return_to)
{
	struct buf b;

	buf_init(&b, s->arena, 4096);
	buf_char(&b, '{');
	auth_login_info(s->auth, i, return_to, &b);
	buf_char(&b, '}');
	must(buf_text(&b) != NULL, "memory");
	return b.data;
}
