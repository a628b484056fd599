#!/usr/bin/env python3
"""The issuer of the keys is away, limited or lying: known keys go on for an hour,
then 503, never 401; it is asked no more than once a back-off step; no restart.

The names of the rows (ID1 ...) are those of the fault list in the design.
"""

import datetime
import email.utils
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from keys_world import (FRESH, HOUR, KeysWorld, all_, ask, no_secrets, of_kid,        # noqa: E402
                        published, statuses, throughout, told, write)
from fault_world import events, healthy, timed, unavailable     # noqa: E402
from tap import case, cases, is_, ok, run, wait_for             # noqa: E402

world = KeysWorld()
idp, clerk, oidc, clock = world.idp, world.clerk, world.oidc, world.clock
CLAIMS = {"email": "ada@example.org"}
good, corp = world.token(claims=CLAIMS), world.token(oidc)
KEY = published(clerk)[0]
TIMEOUT, PATIENCE = 0.3, 1.0
FAST = {"clerk": {"timeout": "300ms"}, "oidc": [world.issuer(timeout="300ms")]}
p = world.program(FAST, workers=3)
pids = p.workers()
COUNT = {"clerk": "clerk_jwks", "oidc": "oidc_jwks"}
TOKEN = {"clerk": good, "oidc": corp}
STEPS = [1, 2, 4, 8, 16, 30, 30]        # seconds between attempts, while they fail
SLACK = 0.05


def well(name="clerk"):
    """No fault, and a set that is fresh at this moment."""
    idp.clear()
    clock.forward(HOUR + 301)
    throughout(p, TOKEN[name], 200, "well", n=6)
    clock.forward(FRESH + 1)
    throughout(p, TOKEN[name], 200, "well", n=1)
    idp.reset_counters()


def many(name="clerk", n=6):
    """One after the other: enough that a worker which forgot would show."""
    return [ask(p, TOKEN[name]) for _ in range(n)]


def ladder(name, steps, status=200, asked=COUNT):
    """Through the steps of a back-off: exactly one attempt at each, and none before."""
    for i, step in enumerate(steps):
        if step >= 8:
            clock.forward(step - 4)
            before = world.count(asked[name])
            all_(many(name), status, "before its time")
            is_(world.count(asked[name]), before, f"nobody asks before step {i} is over")
            clock.forward(4 + SLACK)
        else:
            clock.forward(step + SLACK)
        before = world.count(asked[name])
        all_(many(name), status, f"step {i}")
        is_(world.count(asked[name]), before + 1, f"one attempt at step {i}")


FAULTS = {
    "ID1 connections closed without an answer": {"close": True},
    "ID1 connections reset": {"reset": True},
    "ID3 status 500": {"status": 500, "body": "{}"},
    "ID3 status 502 with HTML": {"status": 502, "body": "<h1>no</h1>",
                                 "content_type": "text/html"},
    "ID3 status 503": {"status": 503}, "ID3 status 504": {"status": 504},
    "ID4 status 429 that names no time": {"status": 429},
    "ID5 status 401": {"status": 401, "body": "{}"}, "ID5 status 403": {"status": 403},
    "ID5 status 404": {"status": 404},
    "ID6 200 with HTML": {"status": 200, "body": "<html>", "content_type": "text/html"},
    "ID6 200 with nothing": {"status": 200, "body": ""},
    "ID6 200 with {}": {"status": 200, "body": "{}"},
    'ID6 200 with {"keys":[]}': {"status": 200, "body": '{"keys":[]}'},
    "ID6 200 with what is no JSON": {"garbage": True},
    "ID6 204": {"status": 204}, "ID6 206": {"status": 206, "body": "{}"},
    "ID6 an answer that is compressed though not asked for": {"gzip": True},
    "ID7 half a body": {"half_body": True},
    "ID7 a set over 64 KiB": {"huge": 65536},
    "ID7 a set without end": {"huge": 8 << 20},
    "ID9 a redirect elsewhere": {"redirect": "https://elsewhere.example/"},
    "ID9 a redirect to the same place": {"redirect": "/.well-known/jwks.json"},
}
SLOW = {
    "ID1 no answer at all": {"hang": True},
    "ID7 a byte a second": {"drip": True},
    "ID7 a body of a byte a second": {"drip": "body"},
    "ID7 an answer that comes too late": {"latency_ms": 900},
}


def outage(name, faults, steps, patience=PATIENCE):
    well(name)
    token, count = TOKEN[name], COUNT[name]
    idp.faults(only="jwks", **faults)
    all_(many(name), 200, "fresh")
    is_(world.count(count), 0)
    clock.forward(FRESH)
    all_(many(name), 200, "the old set stays in use")
    is_(world.count(count), 1, "one attempt")
    ladder(name, steps)
    clock.forward(HOUR)
    answer, took = timed(ask, p, token)
    unavailable(answer, "provider_unavailable", "after an hour")
    ok(took < patience, "in time", took)
    is_(statuses(many(name)), {503: 6}, "never 401")
    before = world.count(count)
    is_(statuses(many(name)), {503: 6})
    is_(world.count(count), before, "no attempt within the step")
    idp.faults()
    clock.forward(31)
    throughout(p, token, 200, "well again, without a restart", n=6)


@cases("{0}: 200 with known keys for an hour, then 503, then 200", [(n,) for n in FAULTS])
def _(fault):
    outage("clerk", FAULTS[fault], STEPS[:4])


@cases("{0}: 200 with known keys for an hour, then 503 by the deadline, then 200",
       [(n,) for n in SLOW])
def _(fault):
    outage("clerk", SLOW[fault], STEPS[:2], TIMEOUT + PATIENCE)


@cases("{0} at a plain issuer: the same", [(n,) for n in (
    "ID3 status 503", "ID6 200 with {}", "ID7 half a body", "ID9 a redirect elsewhere")])
def _(fault):
    outage("oidc", FAULTS[fault], STEPS[:2])


@case("ID1 connections refused for five minutes: one attempt a step, from 1 s doubling to 30 s")
def _():
    well()
    lines = len(events(p, "request"))
    idp.stop()
    try:
        clock.forward(FRESH)
        throughout(p, good, 200, n=12)
        is_(troubles(lines, 1), 1, "one attempt")
        for n, step in enumerate([*STEPS, *[30] * 7], 2):
            clock.forward(step + SLACK)
            throughout(p, good, 200, n=6)
            is_(troubles(lines, n), n, f"one attempt after {step} s")
            if n > 6:
                clock.forward(-SLACK)
        is_(write(p, good).status, 200)
        healthy(p, pids)
    finally:
        idp.start()
    clock.forward(31)
    throughout(p, good, 200, n=6)
    is_(world.count("clerk_jwks"), 1)


def troubles(since, n):
    """Attempts that failed, as the log counts them, once it has told of n."""
    def count():
        return sum("trouble" in e for e in events(p, "request")[since:])
    wait_for(lambda: count() >= n, 5, f"{n} lines of trouble")
    return count()


@case("the ladder as the provider counts it: 1, 2, 4, 8, 16, 30, 30 seconds")
def _():
    well()
    idp.faults(only="jwks", status=503)
    clock.forward(FRESH)
    all_(many(), 200)
    ladder("clerk", STEPS)
    is_(world.count("clerk_jwks"), 1 + len(STEPS))


@case("the ladder begins anew after a success")
def _():
    well()
    idp.faults(only="jwks", status=503)
    clock.forward(FRESH)
    all_(many(), 200)
    ladder("clerk", STEPS[:4])
    idp.faults()
    clock.forward(STEPS[4] + SLACK)
    all_(many(), 200)
    idp.faults(only="jwks", status=503)
    clock.forward(FRESH + 1)
    all_(many(), 200)
    ladder("clerk", STEPS[:2])


# -- Retry-After ----------------------------------------------------------------------------------

def date_in(seconds):
    when = datetime.datetime.fromtimestamp(clock.now() + seconds, datetime.timezone.utc)
    return email.utils.format_datetime(when, usegmt=True)


LIMITS = {      # headers, seconds in which nobody asks, seconds after which one does
    "429, in seconds": (429, lambda: "40", 38, 41),
    "503, in seconds": (503, lambda: "40", 38, 41),
    "429, as a date": (429, lambda: date_in(60), 57, 61),
    "429, an hour is cut to 300 s": (429, lambda: "3600", 297, 301),
    "429, an absurd number of seconds": (429, lambda: "999999999", 297, 301),
    "429, a date years away": (429, lambda: date_in(10**8), 297, 301),
    "429, shorter than the step": (429, lambda: "0", 0, 1.1),
    "429, a date in the past": (429, lambda: "Mon, 01 Jan 2001 00:00:00 GMT", 0, 1.1),
    "429, a number that no clock has": (429, lambda: "9" * 40, 0, 1.1),
    "429, words": (429, lambda: "soon", 0, 1.1),
    "429, a negative number": (429, lambda: "-9", 0, 1.1),
}


@cases("ID4 Retry-After with {0}: not a call before its time, by any worker", [
    (n,) for n in LIMITS])
def _(name):
    status, after, closed, opened = LIMITS[name]
    well()
    clock.forward(FRESH)
    idp.faults(only="jwks", status=status, headers={"Retry-After": after()}, times=1)
    throughout(p, good, 200, n=6)
    is_(world.count("clerk_jwks"), 1)
    if closed:
        clock.forward(closed)
        throughout(p, good, 200, n=12)
        is_(world.count("clerk_jwks"), 1, "not before its time")
    clock.forward(opened - closed)
    throughout(p, good, 200, n=6)
    is_(world.count("clerk_jwks"), 2, "then one")


@case("ID4 a pause without a set: 503 with a Retry-After that clients can use, no call meanwhile")
def _():
    idp.clear()
    clock.forward(HOUR + 31)
    idp.reset_counters()
    idp.faults(only="jwks", status=429, headers={"Retry-After": "45"}, times=1)
    first = unavailable(ask(p, good), "provider_unavailable")
    clock.forward(20)
    second = unavailable(ask(p, good), "provider_unavailable")
    ok(first > second, "it counts down", first, second)
    unavailable(ask(p, of_kid(good, "ins_new")), "provider_unavailable")
    is_(world.count("clerk_jwks"), 1)
    clock.forward(26)
    throughout(p, good, 200, n=6)


# -- from the start -------------------------------------------------------------------------------

@case("ID2 down since our start: we start, 503 and degraded; 200 when it comes, without a restart")
def _():
    idp.clear()
    idp.stop()
    try:
        q = world.program(FAST, workers=2)
        for token in good, corp:
            unavailable(ask(q, token), "provider_unavailable")
            unavailable(write(q, token), "provider_unavailable")
        for uri in "/healthz", "/auth/login-info":
            is_(q.client.get(uri).status, 200)
        ready = q.client.get("/readyz")
        is_((ready.status, ready.json()["status"]), (200, "degraded"))
        is_(ready.json()["parts"]["providers"], {"clerk": "down", "corp": "down"})
    finally:
        idp.start()
    clock.forward(31)
    is_([ask(q, good).status, ask(q, corp).status], [200, 200])
    # The clock's jump has made the latest reading of revocations an old one, too.
    wait_for(lambda: q.client.get("/readyz").json()["status"] == "ok", 10, "well")
    is_(q.stop(), 0)


@case("ID5 our secret key is refused: 503, and the log says so; the other provider works")
def _():
    idp.clear()
    q = world.program(FAST, {"clerk": {"secret_key": "sk_test_mistyped0"}}, workers=2)
    answer = ask(q, good)
    unavailable(answer, "provider_unavailable")
    told(q, answer, "401: is our secret key right?")
    is_(ask(q, corp).status, 200)
    is_(q.stop(), 0)


@case("ID5 our secret key is revoked meanwhile: 200 with known keys, and the log says so each time")
def _():
    well()
    idp.config(clerk_secret_key="sk_test_another00")
    clock.forward(FRESH)
    answer = ask(p, good)
    is_(answer.status, 200)
    told(p, answer, "401: is our secret key right?", "trouble")
    all_(many(), 200)


@case("readiness tells of an outage while known keys still work, and of its end")
def _():
    well()
    idp.faults(only="jwks", status=500)
    clock.forward(FRESH)
    all_(many(), 200)
    is_(p.client.get("/readyz").json()["parts"]["providers"]["clerk"], "down")
    idp.faults()
    clock.forward(31)
    is_(p.client.get("/readyz").json()["parts"]["providers"]["clerk"], "ok")


@case("one issuer down says nothing about the other")
def _():
    well("oidc")
    well("clerk")
    idp.faults(only="clerk", status=500)
    clock.forward(HOUR + 1)
    is_([ask(p, good).status, ask(p, corp).status], [503, 200])


@case("an unusual answer is used: another Content-Type, white space, a set grown large")
def _():
    for text in (json.dumps({"keys": [KEY]}, indent=8),
                 json.dumps({"keys": [KEY, *[{"kty": "oct", "pad": "x" * 900}] * 63]})):
        idp.clear()
        clerk.keys(text=text)
        idp.faults(only="jwks", headers={"Content-Type": "text/plain"})
        clock.forward(HOUR + 1)
        throughout(p, good, 200, n=6)


@case("nobody was ever refused in all of this, no worker died, and no secret is in a log")
def _():
    healthy(p, pids)
    is_([e for e in events(p, "request") if e["status"] == 401], [])
    is_(events(p, "worker died") + events(p, "worker killed"), [])
    is_(p.stop(), 0)
    no_secrets(world, clerk.about()["secret_key"], "sk_test_mistyped0", "eyJhbGciOi",
               "ada@example.org")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
