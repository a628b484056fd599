#!/usr/bin/env python3
"""Looking up Clerk users: who has which address, who is gone, how often is asked.

A look-up decorates an identity that a token has proved: routes that need neither
address nor name make none.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clerk_users_world import (CANARY, LOOKED_UP, SECRET, TTL, Who, calls, clerk,     # noqa: E402
                               clock, fresh, idp, known, p, pids, shown, world)
from keys_world import (MANY, PREFERENCES, PROFILE, all_, ask, at_once, bearer,       # noqa: E402
                        crowd, no_secrets, refused, throughout, write)
from fault_world import events, healthy                         # noqa: E402
from load import Load                                           # noqa: E402
from tap import case, cases, is_, like, ok, run                 # noqa: E402

# -- whose address -------------------------------------------------------------------------------

def address(id, text, status="verified"):
    return {"id": id, "object": "email_address", "email_address": text,
            "verification": status and {"status": status, "strategy": "email_code"}}


ONE = [address("idn_1", "one@example.org")]
TWO = [address("idn_0", "zero@example.org"), *ONE]
ADDRESSES = {   # members of the User object; what the profile says, None: their address
    "the primary verified address, of two": ({}, None),
    "the primary one, though it is not the first":
        ({"email_addresses": TWO, "primary_email_address_id": "idn_1"}, "one@example.org"),
    "none, when no address is primary":
        ({"email_addresses": ONE, "primary_email_address_id": None}, ""),
    "none, when the primary one is not in the list":
        ({"email_addresses": ONE, "primary_email_address_id": "idn_9"}, ""),
    "none, when the list is empty": ({"email_addresses": []}, ""),
    "none, when there is no list": ({"email_addresses": None}, ""),
    "none, when the primary id is no string":
        ({"email_addresses": ONE, "primary_email_address_id": 1}, ""),
    "none, when the address is no string":
        ({"email_addresses": [{**ONE[0], "email_address": ["x@example.org"]}],
          "primary_email_address_id": "idn_1"}, ""),
    "none, when an address is longer than any mail system takes":
        ({"email_addresses": [address("idn_1", "x" * 310 + "@example.org")],
          "primary_email_address_id": "idn_1"}, ""),
    "the primary one among things that are no addresses":
        ({"email_addresses": [None, 7, "x", [], {}, {"id": 1}, *ONE],
          "primary_email_address_id": "idn_1"}, "one@example.org"),
    **{f"none, when its verification is {status or 'null'}": (
        {"email_addresses": [address("idn_0", "zero@example.org"),
                             address("idn_1", "one@example.org", status)],
         "primary_email_address_id": "idn_1"}, "")
       for status in (None, "unverified", "failed", "expired", "transferable", "Verified", "")},
}


@cases("the profile has {0}", [(n,) for n in ADDRESSES])
def _(name):
    members, wanted = ADDRESSES[name]
    who = fresh(user=members)
    is_(shown(who)[0], who.email if wanted is None else wanted)


NAMES = {("Ada", "Lovelace"): "Ada Lovelace", ("Ada", None): "Ada", (None, "Lovelace"): "Lovelace",
         (None, None): None, ("", ""): None, ("  Ada ", "\t"): "Ada", ("Zoë", "Ümit"): "Zoë Ümit",
         ("Ada", 7): "Ada"}


@cases("first name {0!r} and last name {1!r}: joined, blanks dropped", list(NAMES))
def _(first, last):
    who = fresh(user={"first_name": first, "last_name": last})
    is_(shown(who)[1], NAMES[first, last])


# -- who is gone -------------------------------------------------------------------------------

@cases("a user who is {0}: refused, though the token is good", [("banned",), ("deprovisioned",)])
def _(what):
    who = fresh(user={what: True})
    refused(p, ask(p, who.token), "the user is gone or banned")


@case("a user who is locked: only new sign-ins are stopped")
def _():
    who = fresh(user={"locked": True})
    is_(shown(who)[0], who.email)


@case("a user who does not exist: refused, and asked for again after 2 s at most")
def _():
    idp.clear()
    token = world.token(user_id="user_nobody")
    refused(p, ask(p, token), "the user is gone or banned")
    throughout(p, token, 401, n=12)
    is_(calls(), 1, "kept for a moment")
    clock.forward(2.1)
    is_(ask(p, token).status, 401)
    is_(calls(), 2, "but no longer")


@case("a ban that was lifted: 200 after 2 s at most")
def _():
    who = fresh(banned=True)
    throughout(p, who.token, 401, n=6)
    who.edit(banned=False)
    clock.forward(2.1)
    throughout(p, who.token, 200, n=6)


@case("a ban is seen when the entry has aged, by all workers")
def _():
    who = known()
    who.edit(banned=True)
    is_(shown(who)[0], who.email, "not yet")
    clock.forward(TTL + 1)
    is_(ask(p, who.token).status, 401)
    throughout(p, who.token, 401, n=12)


# -- how often ---------------------------------------------------------------------------------

@case("25 first requests of one user at once: one call, all 200 with the address")
def _():
    who = fresh()
    many = world.program(LOOKED_UP, workers=MANY)
    is_(write(many, who.token).status, 200, "keys are there")
    idp.faults(latency_ms=80, only="users")
    answers = crowd(many, who.token)
    all_(answers, 200)
    is_({a.json()["email"] for a in answers}, {who.email})
    is_(calls(), 1)
    is_(many.stop(), 0)


@case("the same over four single processes that share a file: one call")
def _():
    idp.clear()
    all = world.singles(4, LOOKED_UP)
    who = Who()
    idp.faults(latency_ms=80, only="users")
    all_(crowd(all, who.token), 200)
    is_(calls(), 1)
    for single in all:
        is_(single.stop(), 0)


@case("eight users at once: a call each, and nobody gets the address of another")
def _():
    fresh()
    users = [Who() for _ in range(8)]
    many = world.program(LOOKED_UP, workers=MANY)
    is_(write(many, users[0].token).status, 200, "keys are there")
    answers = at_once([many], [bearer(users[i % 8].token) for i in range(24)])
    all_(answers, 200)
    is_([(a.json()["userId"], a.json()["email"]) for a in answers],
        [(users[i % 8].id, users[i % 8].email) for i in range(24)])
    is_(calls(), 8)
    is_(many.stop(), 0)


@case("an entry is fresh for user_ttl; then one worker asks while the others use it")
def _():
    who = known(first_name="Ada")
    clock.forward(TTL - 20)
    throughout(p, who.token, 200)
    is_(calls(), 0)
    who.edit(first_name="Grace")
    clock.forward(21)
    idp.faults(latency_ms=400, only="users")
    with Load(p.address, lambda t, n: bearer(who.token), threads=3) as flow:
        flow.wait_more(60)
    is_(flow.failed(), [])
    is_([o.took > 0.3 for o in flow.outcomes].count(True), 1, "the one that asked")
    is_(calls(), 1)
    is_(shown(who)[1], "Grace")


@case("user_ttl = 0: asked each time, and what was known still serves an outage")
def _():
    who = fresh()
    r = world.program(LOOKED_UP, {"clerk": {"user_ttl": "0s"}}, workers=2)
    for n in range(1, 4):
        is_(shown(who, r)[0], who.email)
        is_(calls(), n)
    idp.faults(only="users", status=500)
    is_(shown(who, r)[0], who.email)
    is_(r.stop(), 0)


@case("only what needs an address asks: preferences do not, unknown routes do not")
def _():
    who = fresh()
    is_(write(p, who.token).status, 200)
    is_(write(p, who.token, '{"theme":"no such"}').status, 400)
    is_(ask(p, who.token, uri="/user/none").status, 404)
    is_(ask(p, who.token, uri="/auth/login-info").status, 200)
    is_(calls(), 0)
    is_(shown(who)[0], who.email)
    is_(calls(), 1)


@case("email_claim: the address comes with the token, nobody is asked, a ban is not seen")
def _():
    who = fresh(banned=True)
    r = world.program({"clerk": {"email_claim": "email"}}, workers=2)
    answer = ask(r, world.token(user_id=who.id, claims={"email": "claimed@example.org"}))
    is_((answer.status, answer.json()["email"]), (200, "claimed@example.org"))
    is_(ask(r, who.token).status, 200, "without the claim")
    is_(calls(), 0)
    is_(r.stop(), 0)


@case("a key in the configuration and no secret: nobody is asked, the address is unknown")
def _():
    who = fresh()
    r = world.program(LOOKED_UP, {"clerk": {"secret_key": "",
                                            "jwt_key": clerk.about()["jwt_key"]}}, workers=1)
    is_(ask(r, who.token).status, 200)
    is_(world.count("clerk_connections"), 0)
    is_(r.stop(), 0)


@case("what is sent: the secret, the API version, no token and nothing of the client's")
def _():
    who = fresh()
    idp.reset_requests()
    is_(ask(p, who.token, extra=[("Cookie", "a=canary"), ("User-Agent", "canary"),
                                 ("X-Forwarded-For", "1.2.3.4")]).status, 200)
    seen, = idp.requests("/v1/users/" + who.id)
    is_((seen.method, seen.get("Authorization")), ("GET", "Bearer " + SECRET))
    like(seen.get("Clerk-API-Version"), r"^\d{4}-\d\d-\d\d$")
    is_(sorted(k.lower() for k, _ in seen.headers),
        ["accept", "authorization", "clerk-api-version", "host", "traceparent",
         "user-agent"])
    ok("canary" not in str(seen.headers), "nothing of the client's")


# -- secrets ---------------------------------------------------------------------------------

@case("private_metadata, secret and tokens are in no answer, no log and not in the shared file")
def _():
    who = fresh(first_name="Ada", last_name="Lovelace")
    text = b""
    p.scratch.mkdir("cache", 0o700)
    q = world.program(LOOKED_UP, {"cache": {"path": p.scratch / "cache"}}, workers=2)
    for place in p, q:
        for uri in PROFILE, PREFERENCES, "/auth/login-info", "/readyz":
            text += ask(place, who.token, uri=uri).body
        text += write(place, who.token).body
    ok(CANARY.encode() not in text and SECRET.encode() not in text, "no answer has them")
    folder = p.scratch / "cache"
    file, = [os.path.join(folder, name) for name in os.listdir(folder)]
    is_(os.stat(file).st_mode & 0o777, 0o600)
    no_secrets(world, CANARY, SECRET, who.token, who.token.split(".")[2], "eyJhbGciOi",
               files=[file])
    no_secrets(world, who.email, "Lovelace")
    with open(file, "rb") as f:
        ok(who.email.encode() in f.read(), "while addresses are kept there, by design")


@case("whoever was refused is gone, and no worker died")
def _():
    healthy(p, pids)
    for line in events(p, "request"):
        if line["status"] == 401:
            is_(line["why"], "the user is gone or banned")
    is_(events(p, "worker died") + events(p, "worker killed"), [])
    is_([program.stop() for program in world.programs if program.proc.poll() is None], [0, 0])
    no_secrets(world, CANARY, SECRET, "eyJhbGciOi", "@example.org", "Lovelace")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
