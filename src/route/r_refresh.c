/* SPDX-License-Identifier: MIT */
/*
 * GET /auth/refresh: Clerk's session cookie lasts a minute, and on a guarded
 * page that runs none of Clerk's script nobody renews it.  This page does, and
 * returns.
 */
#include "route/handlers.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/publishable.h"
#include "route/html.h"
#include "route/page.h"
#include "route/r_refresh.h"
#include "route/request.h"
#include "route/return_to.h"

#include <string.h>

#define CLERK_JS "npm/@clerk/clerk-js@6/dist/clerk.browser.js"

/*
 * Whoever comes back to the same place within AGAIN_MS was not let in with the
 * fresh cookie: then it takes a click to try again, so that no browser goes in
 * circles.  Its hash is REFRESH_SCRIPT_HASH: t_r_refresh.c tells the new one.
 */
static const char script[] =
    "(async () => {\n"
    "  const KEY = \"gatehouse.refresh\", AGAIN_MS = 10000;\n"
    "  const LOADING_MS = 15000;\n"
    "  const at = document.getElementById(\"wait\").dataset;\n"
    "  const show = (id) => {\n"
    "    document.getElementById(\"wait\").hidden = true;\n"
    "    document.getElementById(id).hidden = false;\n"
    "  };\n"
    "  const isAgain = () => {\n"
    "    try {\n"
    "      const last = JSON.parse(sessionStorage.getItem(KEY)) ?? {};\n"
    "      const now = Date.now();\n"
    "      if (last.to === at.to && Math.abs(now - last.ms) < AGAIN_MS)\n"
    "        return true;\n"
    "      sessionStorage.setItem(KEY,\n"
    "        JSON.stringify({ to: at.to, ms: now }));\n"
    "      return false;\n"
    "    } catch {\n"
    "      return true;\n"
    "    }\n"
    "  };\n"
    "  const load = () => new Promise((resolve, reject) => {\n"
    "    const script = document.createElement(\"script\");\n"
    "    script.src = at.script;\n"
    "    script.async = true;\n"
    "    script.crossOrigin = \"anonymous\";\n"
    "    script.dataset.clerkPublishableKey = at.key;\n"
    "    script.onload = resolve;\n"
    "    script.onerror = reject;\n"
    "    document.head.append(script);\n"
    "  });\n"
    "  const renew = async () => {\n"
    "    await load();\n"
    "    await window.Clerk.load({ telemetry: false });\n"
    "    return window.Clerk.session?.getToken({ skipCache: true });\n"
    "  };\n"
    "  const late = new Promise((_, reject) =>\n"
    "    setTimeout(reject, LOADING_MS));\n"
    "  try {\n"
    "    if (!(await Promise.race([renew(), late])))\n"
    "      at.signIn ? location.replace(at.signIn) : show(\"out\");\n"
    "    else if (isAgain()) show(\"again\");\n"
    "    else location.replace(at.to);\n"
    "  } catch {\n"
    "    show(\"away\");\n"
    "  }\n"
    "})();\n";

bool
r_refresh_on(const struct conf *c)
{
	return conf_list_has(&c->providers, "clerk") && c->clerk.cookies &&
	       c->clerk.publishable_key[0] != '\0' && c->public_url[0] != '\0';
}

int
r_refresh_for(struct request *rq)
{
	const struct auth *auth = rq->service->auth;

	if (!r_refresh_on(rq->service->conf))
		return -1;
	for (int i = 0; auth_provider_name(auth, i) != NULL; i++)
		if (auth_is_renewable(auth, i, rq->in, rq->arena))
			return i;
	return -1;
}

static bool
is_loopback(const char *host)
{
	static const char *const names[] = { "127.0.0.1", "localhost" };

	for (size_t i = 0; i < 2; i++) {
		const char *rest = str_after(host, names[i]);

		if (rest != NULL && (rest[0] == '\0' || rest[0] == ':'))
			return true;
	}
	return false;
}

/*
 * The Frontend API, with a final slash: the host in the publishable key.  A
 * stand-in on this machine is reached as its sign-in page is, beside it.
 */
static const char *
frontend(const struct conf *c, struct arena *a)
{
	const char *page = c->clerk.sign_in_url;
	char host[PUBLISHABLE_HOST_MAX + 1];
	struct err e = { 0 };
	size_t n;

	if (publishable_host(c->clerk.publishable_key, host, &e) == -1)
		return NULL;
	if (!is_loopback(host))
		return arena_printf(a, "https://%s/", host);
	if (page[0] == '\0')
		return arena_printf(a, "http://%s/", host);
	n = strcspn(page, "?");
	while (n > str_url_origin(page) && page[n - 1] != '/')
		n--;
	return arena_printf(a, "%.*s%s", (int)n, page,
	    page[n - 1] == '/' ? "" : "/");
}

/* clerk-js comes from the Frontend API, calls it, and counts time in a worker
 * of its own making. */
static const char *
policy(const char *from, struct arena *a)
{
	int n = (int)str_url_origin(from);

	return arena_printf(a,
	    HTML_CSP "; script-src '" REFRESH_SCRIPT_HASH "' %.*s; "
		     "connect-src %.*s; worker-src blob:",
	    n, from, n, from);
}

static void
add_data(struct buf *b, const char *name, const char *value)
{
	buf_str(b, " data-");
	buf_str(b, name);
	buf_str(b, "=\"");
	html_text(b, value);
	buf_char(b, '"');
}

/* What the script shows instead of going anywhere; links may be NULL. */
static void
add_notice(struct buf *b, const char *id, const char *text, const char *again,
    const char *sign_out)
{
	buf_str(b, "<div id=\"");
	buf_str(b, id);
	buf_str(b, "\" role=\"status\" hidden>\n<p>");
	html_text(b, text);
	buf_str(b, "</p>\n");
	if (again != NULL)
		html_button(b, again, "Try again");
	if (sign_out != NULL)
		html_button(b, sign_out, "Sign out");
	buf_str(b, "</div>\n");
}

static void
add_body(struct request *rq, const char *clerk_js, const char *to,
    const char *sign_in)
{
	const char *key = rq->service->conf->clerk.publishable_key;
	struct buf *b = &rq->reply.body;

	buf_str(b, "<p id=\"wait\"");
	add_data(b, "script", clerk_js);
	add_data(b, "key", key);
	add_data(b, "to", to);
	add_data(b, "sign-in", sign_in == NULL ? "" : sign_in);
	buf_str(b, ">Your sign-in is being renewed.</p>\n");
	add_notice(b, "again",
	    "Your sign-in has just been renewed, and still you were sent back "
	    "here. If that goes on, sign out and in again.",
	    to, page_own_url(rq, "/auth/logout", to));
	add_notice(b, "away",
	    "Your sign-in could not be renewed: the sign-in service cannot be "
	    "reached from here. You have not been signed out.",
	    to, NULL);
	add_notice(b, "out", "You are signed out.", NULL, NULL);
	buf_str(b, "<noscript><p>This page needs JavaScript to renew your "
		   "sign-in.</p></noscript>\n<script>");
	buf_str(b, script);
	buf_str(b, "</script>\n");
}

void
r_refresh(struct request *rq)
{
	const struct auth *auth = rq->service->auth;
	int clerk = auth_provider_index(auth, "clerk");
	const char *to = return_to_or_home(rq);
	const char *sign_in =
	    auth_page_url(auth, clerk, AUTH_PAGE_LOGIN, to, rq->arena);
	const char *from = frontend(rq->service->conf, rq->arena);
	const char *clerk_js = NULL, *csp = NULL;

	if (from != NULL) {
		clerk_js = arena_printf(rq->arena, "%s" CLERK_JS, from);
		csp = policy(from, rq->arena);
	}
	if (clerk_js == NULL || csp == NULL || to == NULL) {
		reply_problem(&rq->reply, PROBLEM_INTERNAL, NULL, NULL);
		return;
	}
	rq->reply.status = 200;
	html_begin(&rq->reply, "One moment");
	rq->reply.csp = csp;
	add_body(rq, clerk_js, to, sign_in);
	html_end(&rq->reply, rq->id);
}
