#!/usr/bin/env python3
"""The local identity provider's stand-in for Clerk: webhooks, signed as Svix signs them."""

import base64
import hashlib
import hmac
import json
import time

from idp_clerk_world import SECRET as SECRET_KEY
from idp_clerk_world import about, ada, api, clerk, idp, last_case
from idp_hook_target import Target
from idp import IdpError
from tap import case, cases, is_, like, ok, raises, run, wait_for

# The pair that the scheme's own documentation gives.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of ours").decode()


def expected(secret, headers, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['svix-id']}.{headers['svix-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@case("a signed event, as the scheme's documentation computes it")
def _():
    known = {"svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "svix-timestamp": "1614265330"}
    is_(expected(SECRET, known, b'{"test": 2432232314}'),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "this test's own sum")
    target = Target(200)
    sent = clerk.hook(target.url, "user.updated", SECRET, user_id=ada.id)
    is_(sent["statuses"], [200])
    headers, body = target.seen[0]
    is_(headers["svix-signature"], expected(SECRET, headers, body))
    like(headers["svix-id"], r"^msg_\w{27}$")
    ok(abs(int(headers["svix-timestamp"]) - time.time()) < 5, "now", headers)
    event = json.loads(body)
    is_(sorted(event), ["data", "instance_id", "object", "timestamp", "type"])
    is_((event["object"], event["type"], event["instance_id"], event["data"]["id"]),
        ("event", "user.updated", about["kid"], ada.id))
    ok(event["timestamp"] > 1e12, "milliseconds", event)


@case("two secrets: both signatures, the current one last")
def _():
    target = Target(200)
    clerk.hook(target.url, "user.created", SECRET, second_secret=OTHER, data={"id": "user_x"})
    headers, body = target.seen[0]
    is_(headers["svix-signature"].split(" "),
        [expected(OTHER, headers, body), expected(SECRET, headers, body)])
    is_(json.loads(body)["data"], {"id": "user_x"})


@case("a retry has the same id and bytes; each answer is told, none is 0")
def _():
    target = Target(503, 200)
    sent = clerk.hook(target.url, "session.revoked", SECRET, session_id=ada.session_id, times=3,
                      id="msg_same")
    is_((sent["statuses"], sent["id"]), ([503, 200, 200], "msg_same"))
    is_(len({(h["svix-id"], h["svix-signature"], body) for h, body in target.seen}), 1)
    event = json.loads(target.seen[0][1])
    is_((event["data"]["id"], event["data"]["user_id"]), (ada.session_id, ada.id))
    ok(event["timestamp"] < 1e11, "seconds", event)
    is_(clerk.hook("http://127.0.0.1:1/", "user.created", SECRET)["statuses"], [0])


@case("old and coming timestamps, any body, any header")
def _():
    target = Target(200)
    for skew in (-301, 301):
        clerk.hook(target.url, "user.deleted", SECRET, user_id="user_gone", timestamp_skew_s=skew,
                   event_timestamp=1)
        headers, body = target.seen[-1]
        ok(abs(int(headers["svix-timestamp"]) - time.time() - skew) < 5, "skewed", headers)
        is_(headers["svix-signature"], expected(SECRET, headers, body))
        is_(json.loads(body)["data"], {"object": "user", "id": "user_gone", "deleted": True})
        is_(json.loads(body)["timestamp"], 1)
    clerk.hook(target.url, "x", SECRET, body='{"a":\udcff', headers={
        "svix-id": None, "svix-signature": "v1a,AAAA", "Content-Type": "text/plain"})
    headers, body = target.seen[-1]
    is_((body, headers.get("svix-id"), headers["svix-signature"], headers["Content-Type"]),
        (b'{"a":\xff', None, "v1a,AAAA", "text/plain"))


@cases("a webhook with {0} is refused", [
    ({"secret": "whsec_!"},), ({"secret": "whsec_"},), ({"second_secret": "x*"},), ({"type": ""},),
    ({"url": "nowhere"},), ({"times": 1001},), ({"times": "2"},), ({"user_id": "user_none"},),
    ({"nonsense": 1},)])
def _(fields):
    given = {"url": "http://127.0.0.1:1/", "type": "user.updated", "secret": SECRET, **fields}
    like(raises(IdpError, clerk.hook, **given), "400")


# -- by itself ---------------------------------------------------------------------------------

class Told:
    """An endpoint that the instance tells what happens."""

    def __init__(self, *statuses):
        self.target = Target(*statuses)
        idp.config(clerk_webhook={"url": self.target.url, "secret": SECRET})

    def events(self, n):
        """The types of the first n, sorted: they come in any order."""
        wait_for(lambda: len(self.target.seen) >= n, 10, f"{n} webhooks")
        for headers, body in self.target.seen:
            is_(headers["svix-signature"], expected(SECRET, headers, body))
        return sorted((event["type"], event["data"]["id"]) for event in
                      (json.loads(body) for _, body in self.target.seen))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        idp.config(clerk_webhook=None)
        self.target.shutdown()


ENDS = {
    "revoked by the Backend API": ("revoked", lambda who: api(
        f"/v1/sessions/{who.session_id}/revoke", SECRET_KEY, method="POST")),
    "ended by control": ("ended", lambda who: clerk.end_session(who, "ended")),
    "signed out by its browser": ("ended", lambda who: api(
        "/client/sign-out", ("Cookie", "__client=" + client_of(who)), method="POST", body=b"")),
}


def client_of(who):
    with open(idp.dir + "/state.json", encoding="utf-8") as file:
        rows = json.load(file)["clerk"]["sessions"]
    return next((row["client"] for row in rows if row["id"] == who.session_id), None)


@cases("a session {0} is told of once", [(how,) for how in ENDS])
def _(how):
    status, end = ENDS[how]
    who = clerk.user()
    wait_for(lambda: client_of(who), 5, "the session is saved")
    with Told(200) as told:
        end(who)
        is_(told.events(1), [("session." + status, who.session_id)])
        is_(json.loads(told.target.seen[0][1])["data"]["status"], status)
        clerk.end_session(who, "revoked")
        clerk.edit(who, first_name="Last")
        is_(told.events(2)[1], ("user.updated", who.id), "no second end of it before this")


@case("a ban tells of each session, a deletion of the user, a change of the change")
def _():
    who, other = clerk.user(), clerk.user()
    with Told(204) as told:
        clerk.edit(who, banned=True)
        is_(told.events(2), [("session.revoked", who.session_id), ("user.updated", who.id)])
    with Told(204) as told:
        api("/v1/users/" + other.id, SECRET_KEY, method="DELETE")
        is_(told.events(2), [("session.removed", other.session_id), ("user.deleted", other.id)])
        gone = next(event for event in (json.loads(body) for _, body in told.target.seen)
                    if event["type"] == "user.deleted")
        is_(gone["data"], {"object": "user", "id": other.id, "deleted": True})


@case("the answer does not wait for the endpoint, which is tried again with the same id and body")
def _():
    who = clerk.user()
    with Told(500, 302, 200) as told:
        is_(clerk.edit(who, first_name="Once")["id"], who.id)
        told.events(3)
        is_(len({(h["svix-id"], body) for h, body in told.target.seen}), 1)


@case("without an endpoint nothing is sent; one that makes no sense is refused")
def _():
    target = Target(200)
    clerk.edit(clerk.user(), first_name="Quiet")
    for wrong in ({"url": target.url}, {"url": target.url, "secret": "whsec_!"},
                  {"url": "nowhere", "secret": SECRET},
                  {"url": target.url, "secret": SECRET, "x": 1}):
        like(raises(IdpError, idp.config, clerk_webhook=wrong), "400")
    is_(target.seen, [])
    target.shutdown()


last_case()

if __name__ == "__main__":
    run()
