#!/usr/bin/env python3
"""The local identity provider: webhooks after login and settings, as Kratos delivers them."""

import json

from idp_hook_target import Target
from idp_world import fresh_email, idp, last_case, login, native, registration
from tap import case, cases, is_, ok, run, wait_for


def hooked(flow, target, **hook):
    key = {"type": "api_key",
           "config": {"name": "Authorization", "value": "Bearer s", "in": "header"}}
    idp.config(hooks={flow: [{"url": target.url, "auth": key, "backoff": "10ms", **hook}]})


@case("a hook after login: fixed body, nil session id, auth header, trigger and request id")
def _():
    email, target = fresh_email(), Target(200)
    id = registration(email).json()["identity"]["id"]
    hooked("login", target)
    is_(login(email).status, 200)
    idp.config(hooks={})
    headers, body = target.seen[0]
    is_(body, json.dumps({"event": "login.after", "identity_id": id, "session_id":
                          "00000000-0000-0000-0000-000000000000"}, separators=(",", ":")).encode())
    is_(headers["Authorization"], "Bearer s")
    ok(headers["Ory-Webhook-Trigger-Id"] != headers["Ory-Webhook-Request-Id"], "two ids")
    target.shutdown()


@cases("a hook answered {0}: the flow is {1} after {2} attempts", [
    ([204], 200, 1), ([503, 429, 200], 200, 3), ([500], 502, 3), ([401], 502, 1)])
def _(statuses, flow_status, attempts):
    email, target = fresh_email(), Target(*statuses)
    registration(email)
    hooked("login", target)
    answer = login(email)
    idp.config(hooks={})
    is_((answer.status, len(target.seen)), (flow_status, attempts))
    is_(len({h["Ory-Webhook-Trigger-Id"] for h, _ in target.seen}), 1, "one trigger")
    is_(len({h["Ory-Webhook-Request-Id"] for h, _ in target.seen}), attempts, "own request ids")
    target.shutdown()


@case("response.ignore: the flow succeeds at once, delivery goes on; settings carry the session")
def _():
    body = registration(fresh_email()).json()
    target = Target(500, 500, 200)
    hooked("settings", target, response={"ignore": True})
    header = ("X-Session-Token", body["session_token"])
    answer = native("settings", {"method": "profile", "traits": {"name": "N"}}, header,
                    init=[header])
    is_((answer.status, answer.json()["state"]), (200, "success"))
    wait_for(lambda: len(target.seen) == 3, 3, "three attempts")
    idp.config(hooks={})
    is_(json.loads(target.seen[0][1])["session_id"], body["session"]["id"])
    target.shutdown()


@case("a hook that nobody takes fails a blocking flow, and no session is made")
def _():
    email, target = fresh_email(), Target(200)
    target.server_close()
    registration(email)
    hooked("login", target, retries=0)
    answer = login(email)
    idp.config(hooks={})
    is_(answer.status, 500)
    target.shutdown()


last_case()

if __name__ == "__main__":
    run()
