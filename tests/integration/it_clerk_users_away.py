#!/usr/bin/env python3
"""Clerk's users cannot be looked up: who is known is served for an hour, others get
503 where an address is needed, nobody a 401; and Clerk is not hammered.
"""

import datetime
import email.utils
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clerk_users_world import (CANARY, LOOKED_UP, PATIENCE, SECRET, TIMEOUT, TTL,     # noqa: E402
                               Who, calls, clerk, clock, fresh, idp, known, p, pids, shown, world)
from keys_world import (HOUR, all_, ask, at_once, bearer, crowd, later, line_of,      # noqa: E402
                        links_to, no_secrets, statuses, told, write)
from fault_world import events, healthy, timed, unavailable     # noqa: E402
from load import Load                                           # noqa: E402
from tap import case, cases, is_, ok, run, wait_for             # noqa: E402

# -- nobody can be asked -----------------------------------------------------------------------

TOLD = '{"errors":[{"message":"x","code":"%s"}],"clerk_trace_id":"t"}'
FAULTS = {      # faults, what the log says
    "status 500": ({"status": 500, "body": "{}"}, "tells nothing"),
    "status 502 with HTML": ({"status": 502, "body": "<h1>no</h1>",
                              "content_type": "text/html"}, "tells nothing"),
    "status 503": ({"status": 503}, "tells nothing"), "status 522": ({"status": 522}, "nothing"),
    "status 404 without its code": ({"status": 404, "body": "{}"}, "tells nothing"),
    "status 404 with HTML": ({"status": 404, "body": "<h1>no</h1>"}, "tells nothing"),
    "status 404 with another code": ({"status": 404, "body": TOLD % "not_here"}, "nothing"),
    "status 500 with the code of a user who is gone":
        ({"status": 500, "body": TOLD % "resource_not_found"}, "tells nothing"),
    "status 400": ({"status": 400, "body": "{}"}, "tells nothing"),
    "status 410": ({"status": 410}, "tells nothing"),
    "status 204": ({"status": 204}, "tells nothing"),
    "200 with HTML": ({"status": 200, "body": "<html>"}, "no JSON object"),
    "200 with nothing": ({"status": 200, "body": ""}, "no JSON object"),
    "200 with {}": ({"status": 200, "body": "{}"}, "somebody else"),
    "200 with a list": ({"status": 200, "body": "[]"}, "no JSON object"),
    "200 about somebody else": ({"status": 200, "body": '{"id":"user_other"}'}, "somebody else"),
    "200 about a user whose id is no string": ({"status": 200, "body": '{"id":1}'}, "somebody"),
    "a user over 256 KiB": ({"huge": 256 << 10}, "answer over"),
    "a user without end": ({"huge": 30 << 20}, "answer over"),
    "half a body": ({"half_body": True}, "users: "),
    "a compressed answer": ({"gzip": True}, "no JSON object"),
    "a redirect": ({"redirect": "https://elsewhere.example/"}, "tells nothing"),
    "a closed connection": ({"close": True}, "users: "),
    "a reset connection": ({"reset": True}, "users: "),
    "no answer at all": ({"hang": True}, "users: "),
    "a byte a second": ({"drip": True}, "users: "),
    # our own configuration: an alert
    "401 clerk_key_invalid": ({"status": 401, "body": TOLD % "clerk_key_invalid"},
                              "our secret key was refused"),
    "401 authentication_invalid": ({"status": 401, "body": TOLD % "authentication_invalid"},
                                   "our secret key was refused"),
    "403": ({"status": 403, "body": TOLD % "forbidden"}, "our secret key was refused"),
    "400 api_version_invalid": ({"status": 400, "body": TOLD % "api_version_invalid"},
                                "our API version was refused"),
}


@cases("{0}: who is known is served for an hour, others 503, preferences 200, never 401",
       [(n,) for n in FAULTS])
def _(name):
    faults, words = FAULTS[name]
    who, new = known(), Who()
    clock.forward(TTL + 1)
    idp.faults(only="users", **faults)
    answer, took = timed(ask, p, who.token)
    is_((answer.status, answer.json().get("email")), (200, who.email), "known")
    told(p, answer, words, "trouble")
    is_(line_of(p, answer)["level"], "warn")
    ok(took < TIMEOUT + PATIENCE, "in time", took)
    clock.forward(31)
    answer = ask(p, new.token)
    unavailable(answer, "provider_unavailable", "nobody knows them")
    told(p, answer, words)
    is_([write(p, u.token).status for u in (who, new)], [200, 200], "no address is needed")
    clock.forward(HOUR - TTL)
    unavailable(ask(p, who.token), "provider_unavailable", "after an hour")
    idp.faults()
    clock.forward(31)
    is_([shown(u)[0] for u in (who, new)], [who.email, new.email], "well again")


@case("connections refused: the same, and the keys of a running program still do")
def _():
    who, new = known(), Who()
    idp.stop()
    try:
        clock.forward(TTL + 1)
        is_(shown(who)[0], who.email)
        unavailable(ask(p, new.token), "provider_unavailable")
        is_(write(p, new.token).status, 200)
        healthy(p, pids)
    finally:
        idp.start()
    clock.forward(31)
    is_(shown(new)[0], new.email)


def date_in(seconds):
    when = datetime.datetime.fromtimestamp(clock.now() + seconds, datetime.timezone.utc)
    return email.utils.format_datetime(when, usegmt=True)


LIMITS = {"in seconds": (lambda: "7", 6, 8), "as a date": (lambda: date_in(10), 8, 11),
          "an hour, which is cut": (lambda: "3600", 28, 31), "nothing": (lambda: "", 0, 6)}


@cases("429 with Retry-After {0}: all workers pause for all users, then ask again",
       [(n,) for n in LIMITS])
def _(name):
    after, closed, opened = LIMITS[name]
    who, others = fresh(), [Who() for _ in range(4)]
    idp.faults(only="users", status=429, headers={"Retry-After": after()}, times=1)
    again = unavailable(ask(p, who.token), "provider_unavailable")
    if closed:
        ok(closed - 1 <= again <= opened, "Retry-After", again)
        clock.forward(closed)
        found = at_once([p], [bearer(u.token) for u in [who, *others] * 4])
        all_(found, 503)
        is_(calls(), 1, "not a call before its time")
    all_([write(p, u.token) for u in others], 200)
    clock.forward(opened - closed)
    is_(shown(others[0])[0], others[0].email)
    is_(calls(), 2)


@case("429 while 25 requests wait for one call: they do not call, too")
def _():
    who = fresh()
    idp.faults(only="users", status=429, headers={"Retry-After": "7"}, latency_ms=100)
    all_(crowd(p, who.token), 503)
    is_(calls(), 1)
    clock.forward(8)


@case("no answer while several wait for one call: one timeout for all, not one after the other")
def _():
    who = fresh()
    idp.faults(only="users", hang=True)
    answers, took = timed(crowd, p, who.token, 2)
    all_(answers, 503)
    ok(took < 2 * TIMEOUT, "one timeout", took)
    is_(calls(), 1)


@case("an outage of many users is not hammered: few calls, quick answers")
def _():
    fresh()
    users = [Who() for _ in range(12)]
    idp.faults(only="users", status=503)
    with Load(p.address, lambda t, n: bearer(users[(t + n) % 12].token), threads=4) as flow:
        flow.wait_more(400)
    is_(set(flow.count()), {503})
    lasted = flow.outcomes[-1].ended - flow.outcomes[0].started
    ok(calls() <= 10 + 4 * lasted, "calls: some at first, then two a second", calls(), lasted)


# -- processes -----------------------------------------------------------------------------------

def asking(place):
    def one():
        found = [pid for pid in place.workers() if links_to(pid, clerk.port)]
        return found if len(found) == 1 else None
    return wait_for(one, 5, "a worker that asks")[0]


# Long enough to find the worker that waits, also on a slow machine.
PATIENT, WAITS = {"clerk": {"timeout": "2s"}}, 2.0


def hanging():
    """A program without links, one of whose workers waits for a look-up."""
    idp.clear()
    idp.faults(only="clerk", idle_close_ms=1)
    r = world.program(LOOKED_UP, PATIENT, workers=8)
    who = Who()
    is_(write(r, who.token).status, 200, "keys are there")
    wait_for(lambda: not any(links_to(pid, clerk.port) for pid in r.workers()), 5, "no links")
    idp.faults(only="users", hang=True, times=1)
    first = later(crowd, r, who.token, 1)
    return r, who, first, asking(r)


@case("kill -9 of the worker that asks: another asks, who waited gets 200")
def _():
    r, who, first, pid = hanging()
    waiting = later(crowd, r, who.token, 2)
    os.kill(pid, signal.SIGKILL)
    is_(statuses(first.result()), {None: 1})
    all_(waiting.result(), 200)
    is_(calls(), 2)
    is_(r.stop(), 0)


@case("a stopped worker that asks: the others are bounded by the timeout; other users are served")
def _():
    r, who, first, pid = hanging()
    os.kill(pid, signal.SIGSTOP)
    try:
        answers, took = timed(crowd, r, who.token, 1)
        is_(statuses(answers), {503: 1})
        ok(took < WAITS + PATIENCE, "bounded", took)
        other = Who()
        is_(statuses([ask(r, other.token)]), {200: 1})
    finally:
        os.kill(pid, signal.SIGCONT)
    first.result()
    is_(r.stop(), 0)


@case("workers that are killed lose no entry; a reload with another secret uses none of the old")
def _():
    who = fresh()
    r = world.program(LOOKED_UP, workers=2)
    is_(shown(who, r)[0], who.email)
    for pid in r.workers():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(r.workers()) == 2, 5, "new workers")
    is_((shown(who, r)[0], calls()), (who.email, 1))
    was = set(r.workers())
    r.configure(world.conf(LOOKED_UP, {"clerk": {"clock_skew": "6s"}}))
    r.reload()
    wait_for(lambda: not was & set(r.workers()), 10, "new workers")
    is_((shown(who, r)[0], calls()), (who.email, 2))
    is_(r.stop(), 0)


@case("nobody was refused in all of this, and no worker died by itself")
def _():
    healthy(p, pids)
    is_([e for e in events(p, "request") if e["status"] == 401], [])
    is_(events(p, "worker died") + events(p, "worker killed"), [])
    is_(p.stop(), 0)
    no_secrets(world, CANARY, SECRET, "eyJhbGciOi", "@example.org", "Lovelace")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
