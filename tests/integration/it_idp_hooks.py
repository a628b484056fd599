#!/usr/bin/env python3
"""The local identity provider: webhooks after login and settings, as Kratos delivers them."""

import json

from idp_hook_target import Target
from idp_world import fresh_email, get, idp, last_case, login, native, registration
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


@case("the event stream: a logout, and what the admin API did to identities; in the background")
def _():
    body = registration(fresh_email()).json()
    id, target = body["identity"]["id"], Target(500, 200)
    pair = {"type": "basic_auth", "config": {"user": "ory", "password": "s"}}
    idp.config(event_stream={"url": target.url, "auth": pair, "backoff": "10ms"})
    is_(get("/self-service/logout/api", ("Content-Type", "application/json"), method="DELETE",
            body=json.dumps({"session_token": body["session_token"]}).encode()).status, 204)
    wait_for(lambda: len(target.seen) == 2, 5, "the event, and again after 500")
    idp.disable(id)
    wait_for(lambda: len(target.seen) == 3, 5, "the second event")
    idp.delete_identity(id)
    wait_for(lambda: len(target.seen) == 4, 5, "the third event")
    idp.config(event_stream=None)
    idp.delete_identity(idp.user().id)
    events = [json.loads(body) for _, body in target.seen]
    is_([e["name"] for e in events],
        ["SessionRevoked", "SessionRevoked", "IdentityUpdated", "IdentityDeleted"])
    is_([e["eventAttributes"] for e in events[1:]],
        [{"IdentityID": id, "SessionID": body["session"]["id"]}, {"IdentityID": id},
         {"IdentityID": id}])
    headers = target.seen[0][0]
    is_((headers["Authorization"], headers.get("Ory-Webhook-Trigger-Id")), ("Basic b3J5OnM=", None))
    target.shutdown()


last_case()

if __name__ == "__main__":
    run()
