#!/usr/bin/env python3
"""The local identity provider's stand-in for Clerk: webhooks, signed as Svix signs them."""

import base64
import hashlib
import hmac
import json
import time

from idp_clerk_world import about, ada, clerk, last_case
from idp_hook_target import Target
from idp import IdpError
from tap import case, cases, is_, like, ok, raises, run

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


last_case()

if __name__ == "__main__":
    run()
