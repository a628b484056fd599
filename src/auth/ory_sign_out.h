/* SPDX-License-Identifier: MIT */
/* Reading Ory's answer to who wants to sign out: no network, no clock. */
#ifndef AUTH_ORY_SIGN_OUT_H
#define AUTH_ORY_SIGN_OUT_H

struct arena;
struct http_reply;
struct provider_answer;

/* Where Ory is, without final slashes: for us, and for browsers. */
struct ory_places {
	const char *url;
	const char *browser_url;
};

/*
 * The URL in a reply of GET /self-service/logout/browser, for the browser: one
 * that names Ory as we reach it is rewritten, any that leads elsewhere is
 * refused.  Lent from the arena, with AUTH_ALLOW; NULL with AUTH_DENY (there is
 * no session) or AUTH_UNSURE.
 */
const char *ory_judge_sign_out(const struct http_reply *r,
    const struct ory_places *places, struct arena *a,
    struct provider_answer *pa);

#endif
