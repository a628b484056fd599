#!/usr/bin/env python3
"""Ory's webhooks: who may send them, and that cached verdicts are asked for again."""

import base64
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import events                                  # noqa: E402
import apidoc                                                   # noqa: E402
from hosts_world import HostsWorld, OryPerson, alone, everybody        # noqa: E402
from tap import case, cases, is_, ok, run, wait_for             # noqa: E402
from webhook import ORY_SECRET, Delivery                        # noqa: E402

OLD_SECRET = "the-secret-that-we-had-before"
NO_SESSION = "00000000-0000-0000-0000-000000000000"
world = HostsWorld()
pg = world.pg
p = apidoc.watch(world.host({"ory": {"webhook_secret": [ORY_SECRET, OLD_SECRET]}}))
alone(p)


def hook(event, authorization=f"Bearer {ORY_SECRET}", trigger=None):
    headers = [("Content-Type", "application/json")]
    if authorization:
        headers.append(("Authorization", authorization))
    if trigger:
        headers.append(("Ory-Webhook-Trigger-Id", trigger))
    return Delivery("/hooks/ory", headers, json.dumps(event).encode())


def flow(name="settings.after", **ids):
    return {"event": name, **ids}


def stream(name, **ids):
    return {"name": name, "version": "1", "timestamp": "2025-05-16 11:18:56",
            "projectId": "p", "eventAttributes": ids}


def cached():
    """Somebody whose verdict every worker has from the shared memory."""
    person = OryPerson(world)
    everybody(p, person, 200)
    is_(person.calls(), 1)
    return person


EVENTS = {
    "our template's, of a user": lambda u: flow(identity_id=u.id, session_id=u.session),
    "our template's, of a session alone": lambda u: flow(identity_id=None, session_id=u.session),
    "an event stream's SessionRevoked": lambda u: stream("SessionRevoked", SessionID=u.session),
    "an event stream's IdentityDeleted": lambda u: stream("IdentityDeleted", IdentityID=u.id),
    "an event stream's IdentityUpdated": lambda u: stream("IdentityUpdated", IdentityID=u.id),
}


@cases("{0}: who was signed out meanwhile is refused", [(n,) for n in EVENTS])
def _(name):
    person, bystander = cached(), cached()
    person.sign_out()
    everybody(p, person, 200)
    is_(hook(EVENTS[name](person)).to(p.client).status, 204)
    everybody(p, person, 401)
    everybody(p, bystander, 200)
    is_(bystander.calls(), 1, "nobody else is asked about")


@case("an event about somebody who is still signed in costs one call")
def _():
    person = cached()
    is_(hook(flow(identity_id=person.id)).to(p.client).status, 204)
    everybody(p, person, 200)
    everybody(p, person, 200)
    is_(person.calls(), 2)


@case("it only evicts: a deleted identity keeps its profile, which reconcile removes")
def _():
    person = cached()
    is_(hook(stream("IdentityDeleted", IdentityID=person.id)).to(p.client).status, 204)
    everybody(p, person, 200)
    is_(pg.psql(f"SELECT count(*) FROM user_profile WHERE user_id = '{person.id}'"), "1")
    is_(pg.psql(f"SELECT effect, gone FROM revocation WHERE id = '{person.id}'"), "recheck|f")


NOTHING = {
    "an event that means nothing": stream("LoginSucceeded", IdentityID="x"),
    "an event of next year": stream("Unheard", Of=1),
    "a session that is not there yet": flow("login.after", session_id=NO_SESSION),
    "a flow without anybody": flow("registration.before"),
}


@cases("{0}: acknowledged, nothing is stored", [(n,) for n in NOTHING])
def _(name):
    before = pg.psql("SELECT count(*) FROM revocation")
    is_(hook(NOTHING[name]).to(p.client).status, 204)
    is_(pg.psql("SELECT count(*) FROM revocation"), before)


@case("retries of one trigger are one row; without a trigger each is its own")
def _():
    person = cached()
    for _ in range(3):
        is_(hook(flow(identity_id=person.id), trigger="trigger-1").to(p.client).status, 204)
    count = f"SELECT count(*) FROM revocation WHERE id = '{person.id}'"
    is_(pg.psql(count), "1")
    is_(hook(flow(identity_id=person.id)).to(p.client).status, 204)
    is_(hook(flow(identity_id=person.id), trigger="trigger-2").to(p.client).status, 204)
    is_(pg.psql(count), "3")
    everybody(p, person, 200)


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


@cases("{0}: {1}", [
    ("Bearer " + ORY_SECRET, 204), ("bearer " + OLD_SECRET, 204), (basic("ory:" + ORY_SECRET), 204),
    (basic(":" + OLD_SECRET), 204), (None, 401), ("Bearer", 401), ("Bearer x", 401),
    ("Bearer " + ORY_SECRET[:-1], 401), ("Bearer " + ORY_SECRET + "x", 401), (ORY_SECRET, 401),
    (basic(ORY_SECRET + ":"), 401), (basic("ory"), 401), ("Basic " + ORY_SECRET, 401)])
def _(authorization, status):
    answer = hook(stream("Unheard"), authorization).to(p.client)
    is_(answer.status, status)
    if status == 401:
        is_(answer.json()["message"],
            "invalid webhook secret" if authorization else "missing webhook secret")


@case("a forged event evicts nobody")
def _():
    person = cached()
    is_(hook(flow(identity_id=person.id), "Bearer x").to(p.client).status, 401)
    everybody(p, person, 200)
    is_(person.calls(), 1)


@case("nonsense of a proved sender is 400; no secret and nobody's id is in the log")
def _():
    for event in ([], {}, flow(identity_id=7), {"event": None}, stream("SessionRevoked",
                                                                      SessionID="a b")):
        is_(hook(event).to(p.client).status, 400, str(event))
    person = cached()
    is_(hook(flow(identity_id=person.id), trigger="trigger-9").to(p.client).status, 204)

    def line():
        return [e for e in events(p, "request") if e.get("hook_id") == "trigger-9"]
    found, = wait_for(line, 5, "the webhook's line")
    is_((found["provider"], found["hook_type"], found["hook_outcome"]),
        ("ory", "settings.after", "applied"))
    text = "\n".join(p.scratch.tail("gatehouse.log", 1 << 30) + p.output())
    for secret in (ORY_SECRET, OLD_SECRET, person.id, person.session):
        ok(secret not in text, "in the log", secret)
    is_(p.stop(), 0)


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
