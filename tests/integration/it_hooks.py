#!/usr/bin/env python3
"""Clerk's webhooks, through a real web server: what is heard, what it does, what changes nothing.

The sender is contrib/idp, or tests/lib/webhook.py where a delivery has to be held back,
repeated or forged.
"""

import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import events                                  # noqa: E402
from hosts_world import (ClerkPerson, HostsWorld, PREFERENCES, PROFILE, alone,  # noqa: E402
                         everybody)
import child                                                    # noqa: E402
from keys_world import at_once, statuses                        # noqa: E402
from load import params                                         # noqa: E402
import mounts                                                   # noqa: E402
from tap import case, cases, is_, ok, run, skip_all, wait_for   # noqa: E402
import webhook                                                  # noqa: E402

OTHER_SECRET = "whsec_b3RoZXIgc2VjcmV0IG9mIG91cnM="
BODY_MAX = 256 << 10
ROUNDS = 25
world = HostsWorld()
pg = world.pg
try:
    front = mounts.make("lighttpd_socket", workers=3)
    front.start(world.conf({"clerk": {"webhook_secret": [OTHER_SECRET, webhook.SECRET],
                                      "email_claim": "", "user_ttl": "5m"}}))
except child.Missing as missing:
    skip_all(str(missing))
p = front.backend
alone(p)


class Web:
    """The web server as a place that deliveries go to."""

    @staticmethod
    def http(method, target, headers=(), body=None):
        return front.request(method, target, headers, body)


def tell(delivery, status=204):
    answer = delivery.to(Web)
    is_(answer.status, status, repr(answer))
    return answer


def known():
    """Somebody whom every worker lets in."""
    person = ClerkPerson(world)
    everybody(p, person, 200)
    return person


def lines(hook_id, n=1):
    """The log's lines of this message; each is written after its answer was sent."""
    def found():
        return [e for e in events(p, "request") if e.get("hook_id") == hook_id]
    wait_for(lambda: len(found()) >= n, 5, "the lines of a webhook")
    return found()


def rows(id):
    """(kind, effect, gone) of what is stored about a session or user."""
    return pg.psql(f"SELECT kind, effect, gone FROM revocation WHERE id = '{id}' "
                   "ORDER BY row").split("\n")


def seen(hook_id):
    return int(pg.psql(f"SELECT count(*) FROM webhook WHERE id = '{hook_id}'"))


def profile_of(person):
    return pg.psql(f"SELECT theme FROM user_profile WHERE user_id = '{person.id}'")


def write(person, text='{"theme":"dark"}'):
    return p.client.request(person.params("POST", PREFERENCES, str(len(text))), text.encode())


# -- what is heard -----------------------------------------------------------------------------

@case("a session that Clerk revokes is refused by every worker from our 2xx on")
def _():
    person, bystander = known(), known()
    sent = world.idp.clerk.hook(front.base_url + "/hooks/clerk", "session.revoked",
                                webhook.SECRET, session_id=person.session)
    is_(sent["statuses"], [204])
    everybody(p, person, 401)
    is_(write(person).status, 401)
    is_(rows(person.session), ["session|all|f"])
    everybody(p, bystander, 200)
    line, = lines(sent["id"])
    is_((line["provider"], line["hook_type"], line["hook_outcome"], line["status"]),
        ("clerk", "session.revoked", "applied", 204))
    wait_for(lambda: [e for e in events(p, "request") if e["status"] == 401
                      and "revoked" in e["why"]], 5, "the log tells why")


@cases("{0} refuses the session", [("session.ended",), ("session.removed",)])
def _(type):
    person = known()
    tell(world.clerk.session_ended(person.session, person.id, type))
    everybody(p, person, 401)


@case("another session of the same user goes on")
def _():
    person = known()
    other = world.idp.clerk.new_session(person.user)
    token = world.idp.clerk.token(user_id=person.id, session_id=other.session_id,
                                  expires_in_seconds=3600)
    tell(world.clerk.session_ended(person.session, person.id))
    everybody(p, person, 401)
    is_(p.client.request(params("GET", PROFILE, [("Authorization", "Bearer " + token)])).status,
        200)


@case("user.updated: the next request asks for the user anew, on every worker")
def _():
    person = known()
    world.idp.clerk.edit(person.user, first_name="Grace", last_name="Hopper")
    ok("Hopper" not in person.get(p).body.decode(), "what is cached holds until then")
    tell(world.clerk.delivery("user.updated", {"object": "user", "id": person.id}))
    answers = at_once([p], [(person.params(), b"")] * 9)
    is_({a.json().get("name") for a in answers}, {"Grace Hopper"})
    is_(rows(person.id), ["user|recheck|f"])


@case("user.deleted: refused, the profile is gone, and nothing brings either back")
def _():
    person = known()
    is_(write(person).status, 200)
    is_(profile_of(person), "dark")
    deleted = world.clerk.user_deleted(person.id)
    tell(deleted)
    is_(profile_of(person), "", "the row is gone")
    everybody(p, person, 401)
    # later events that Clerk sent before, and that come in the wrong order
    for type in "user.created", "user.updated", "session.created":
        tell(world.clerk.delivery(type, {"object": "user", "id": person.id}))
    tell(deleted)
    # a token that was made after, of another session
    later = ClerkPerson(world)
    token = world.idp.clerk.token(user_id=person.id, session_id=later.session,
                                  expires_in_seconds=3600)
    for method, uri, text in (("GET", PROFILE, ""), ("HEAD", PROFILE, ""),
                              ("POST", PREFERENCES, "{}")):
        is_(p.client.request(params(method, uri, [("Authorization", "Bearer " + token)],
                                    str(len(text)) if text else ""), text.encode()).status,
            401, uri)
    everybody(p, person, 401)
    is_(profile_of(person), "", "nor is it made again")
    is_(rows(person.id), ["user|all|t", "user|recheck|f"])


@cases("{0} changes nothing and is acknowledged", [
    ("user.created",), ("session.created",), ("session.pending",), ("organization.deleted",),
    ("user.deleted",), ("an.event.of.next.year",)])
def _(type):
    made = world.clerk.delivery(type, {"object": "x"} if type == "user.deleted" else
                                {"object": "x", "id": "x_" + type})
    tell(made)
    is_(rows("x_" + type), [""])
    line, = lines(made.id)
    is_((line["hook_type"], line["hook_outcome"]), (type, "unused"))


@case("both of two secrets are accepted, alone and as two signatures")
def _():
    for secrets in ((OTHER_SECRET, None), (webhook.SECRET, OTHER_SECRET),
                    (OTHER_SECRET, "whsec_bm9uZSBvZiBvdXJz"), ("whsec_bm9uZSBvZiBvdXJz", None)):
        person = known()
        more = {"second_secret": secrets[1]} if secrets[1] else {}
        sent = world.idp.clerk.hook(front.base_url + "/hooks/clerk", "session.ended", secrets[0],
                                    session_id=person.session, **more)
        good = {OTHER_SECRET, webhook.SECRET} & set(secrets)
        is_(sent["statuses"], [204 if good else 401], str(secrets))
        everybody(p, person, 401 if good else 200)


# -- once --------------------------------------------------------------------------------------

@case("a delivery that is repeated has its effect once, and 2xx each time")
def _():
    person = known()
    delivery = world.clerk.session_ended(person.session, person.id)
    for _ in range(5):
        tell(delivery)
    is_((rows(person.session), seen(delivery.id)), (["session|all|f"], 1))
    is_([line["hook_outcome"] for line in lines(delivery.id, 5)],
        ["applied"] + 4 * ["duplicate"])


@case("the same id at once on several workers: one row, each of %d times" % ROUNDS)
def _():
    workers = set()
    for n in range(ROUNDS):
        delivery = world.clerk.session_ended(f"sess_at_once_{n}", "user_x")
        request = ([("REQUEST_METHOD", "POST"), ("REQUEST_URI", delivery.path),
                    ("CONTENT_LENGTH", str(len(delivery.body))),
                    *(("HTTP_" + k.upper().replace("-", "_"), v) for k, v in delivery.headers)],
                   delivery.body)
        answers = at_once([p], [request] * 3)
        is_(statuses(answers), {204: 3})
        # of requests that bring none, the id begins with the worker's own random bits
        workers |= {a.get("X-Request-Id").partition("-")[0] for a in answers}
    is_(pg.psql("SELECT count(*), count(DISTINCT id) FROM revocation "
                "WHERE id LIKE 'sess_at_once_%'"), f"{ROUNDS}|{ROUNDS}")
    ok(len(workers) > 1, "several workers had a part in it", workers)


@case("a captured delivery, sent again with another id or later: refused")
def _():
    person = known()
    delivery = world.clerk.session_ended(person.session, person.id)
    headers = dict(delivery.headers)
    for change in ({"svix-id": "msg_other"}, {"svix-timestamp": str(int(time.time()) + 1)},
                   {"svix-signature": headers["svix-signature"].swapcase()}):
        answer = Web.http("POST", "/hooks/clerk", list({**headers, **change}.items()),
                          delivery.body)
        is_(answer.status, 401, str(change))
    answer = Web.http("POST", "/hooks/clerk", delivery.headers,
                      delivery.body.replace(person.session.encode(), b"sess_x"))
    is_(answer.status, 401, "another body")
    for skew, status in ((-310, 401), (310, 401), (-290, 204)):
        tell(world.clerk.session_ended("sess_skew", "user_x", stamp=time.time() + skew), status)
    is_(rows(person.session), [""])
    everybody(p, person, 200)


# -- the order of checks -----------------------------------------------------------------------

def signed(body, **how):
    made = world.clerk.delivery("x", {}, **how)
    headers = dict(made.headers)
    headers["svix-signature"] = world.clerk.sign(headers["svix-id"], headers["svix-timestamp"],
                                                 body)
    return webhook.Delivery(made.path, list(headers.items()), body)


@cases("without {0}: 401, though it is blank only", [
    (h,) for h in ("svix-id", "svix-timestamp", "svix-signature")])
def _(name):
    whole = world.clerk.delivery("user.created", {})
    for value in (None, "", "   "):
        headers = [(k, v) for k, v in whole.headers if k != name]
        answer = Web.http("POST", whole.path,
                          headers + ([] if value is None else [(name, value)]), whole.body)
        is_((answer.status, answer.json()["message"]), (401, "missing webhook signature"))
        is_(answer.get("WWW-Authenticate"), "Bearer")


@case("256 KiB are taken, a byte more is 413, forged or not; before it 401 without headers")
def _():
    body = json.dumps({"type": "user.created", "data": {}}).encode().ljust(BODY_MAX - 1)
    for more, status in ((0, 204), (1, 204), (2, 413)):
        delivery = signed(body + b" " * more)
        tell(delivery, status)
        headers = [(k, "v1,x" if k == "svix-signature" else v) for k, v in delivery.headers]
        is_(Web.http("POST", delivery.path, headers, delivery.body).status,
            413 if status == 413 else 401, f"forged, {more} more")
        is_(Web.http("POST", delivery.path, [], delivery.body).status, 401, "without headers")


@cases("signed nonsense is 400: {0}", [
    ("[]",), ("{",), ('{"type":1}',), ('{"type":"user.updated","data":{}}',), ("",),
    ('{"type":"user.updated","data":{"id":"a b"}}',), ('{"type":"x","type":"y"}',)])
def _(text):
    answer = tell(signed(text.encode()), 400)
    is_(answer.json()["code"], "invalid_argument")


@case("GET is 405, OPTIONS 204; what a site has not configured is 404")
def _():
    is_(Web.http("GET", "/hooks/clerk").status, 405)
    is_(Web.http("OPTIONS", "/hooks/clerk").get("Allow"), "POST, OPTIONS")
    is_(Web.http("POST", "/hooks/none", [], b"{}").status, 404)
    off = world.program({"clerk": {"webhook_secret": []}}, workers=1)
    for method in "GET", "POST", "OPTIONS":
        is_(off.client.http(method, "/hooks/clerk", [], b"").status, 404, method)
    is_(world.clerk.user_deleted("user_x").to(off.client).status, 404)
    is_(off.stop(), 0)


@case("no secret, no signature and no body is in the log")
def _():
    text = "\n".join(front.scratch.tail("gatehouse.log", 1 << 30))
    for secret in (OTHER_SECRET, webhook.SECRET, "v1,", "sess_", "Bearer"):
        ok(secret not in text, "in the log", secret)
    is_(front.complaints(), [])
    is_(front.stop(), 0)


if __name__ == "__main__":
    try:
        run()
    finally:
        front.close()
        world.close()
