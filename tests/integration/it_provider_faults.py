#!/usr/bin/env python3
"""An identity provider that is away, slow, limited or lying: 503, never 401, then 200.

Each fault meets the same promises: a good credential gets 503 with Retry-After,
within the deadline, and is never refused; once the fault is over it gets 200,
without a restart.  The names of the rows (ID1 ...) are those of the fault list
in the design.
"""

import datetime
import email.utils
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import (World, events, get, healthy, is_, ok, post, recovery, timed,  # noqa: E402
                         unavailable)
import apidoc                                                   # noqa: E402
from load import Load, params, percentile, profile_of           # noqa: E402
from tap import case, cases, contains, run, wait_for            # noqa: E402

world = World()
idp = world.idp
ada, bob = idp.user(name="Ada Canary"), idp.user()
TIMEOUT = 0.6           # ory.timeout
PATIENCE = 1.0          # above it: the machine's own slowness
FAST = {"ory": {"timeout": "600ms"}}
p = apidoc.watch(world.program(FAST, workers=3))
pids = p.workers()
CREDENTIALS = {
    "X-Session-Token": ("X-Session-Token", ada.token),
    "Bearer": ("Authorization", "Bearer " + ada.token),
    "cookie": ("Cookie", ada.cookie),
}


def each_credential(uri="/user/profile"):
    for name, pair in CREDENTIALS.items():
        yield name, timed(p.client.request, params("GET", uri, [pair]))


def ask():
    return get(p, ada)


def well_again(seconds=6):
    idp.faults()
    took = recovery(ask, seconds)
    healthy(p, pids)
    return took


def date_in(seconds):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return email.utils.format_datetime(when, usegmt=True)


FAULTS = {
    "ID1 connections closed without an answer": {"close": True},
    "ID1 connections reset": {"reset": True},
    "ID3 status 500": {"status": 500, "body": "{}"},
    "ID3 status 502 with HTML": {"status": 502, "body": "<h1>no</h1>", "content_type": "text/html"},
    "ID3 status 503": {"status": 503}, "ID3 status 504": {"status": 504},
    "ID3 status 501": {"status": 501}, "ID3 status 599": {"status": 599},
    "ID5 status 400": {"status": 400, "body": '{"error":{"code":400}}'},
    "ID5 status 404": {"status": 404, "body": '{"error":{"code":404}}'},
    "ID5 status 405": {"status": 405}, "ID5 status 418": {"status": 418},
    "ID5 a 401 that is not Kratos's": {"status": 401, "body": "Unauthorized",
                                       "content_type": "text/plain"},
    "ID5 a 401 in another JSON": {"status": 401, "body": '{"message":"no"}'},
    "ID5 a 401 for an internal failure": {"e2": True},
    "ID5 a 403 that is no second factor": {"status": 403, "body": '{"error":{"code":403}}'},
    "ID6 200 with what is no JSON": {"garbage": True},
    "ID6 200 with HTML": {"status": 200, "body": "<html>", "content_type": "text/html"},
    "ID6 200 with nothing": {"status": 200, "body": ""},
    "ID6 200 with {}": {"status": 200, "body": "{}"},
    "ID6 200 with []": {"status": 200, "body": "[]"},
    "ID6 200 with active as text": {"status": 200, "body":
                                    '{"active":"true","expires_at":"2099-01-01T00:00:00Z"}'},
    "ID6 204": {"status": 204}, "ID6 206": {"status": 206, "body": "{}"},
    "ID6 an answer that is compressed though not asked for": {"gzip": True},
    "ID7 half a body": {"half_body": True},
    "ID7 a body over the limit": {"huge_traits": 400000},
    "ID7 a body without end": {"huge_traits": 30 << 20},
    "ID9 a redirect elsewhere": {"redirect": "https://elsewhere.example/"},
    "ID9 a redirect to itself": {"redirect": "/sessions/whoami"},
    "ID15 200 without an identity": {"status": 200, "body":
                                     '{"active":true,"expires_at":"2099-01-01T00:00:00Z"}'},
    "ID15 200 with an identity without id": {
        "status": 200, "body": '{"active":true,"expires_at":"2099-01-01T00:00:00Z","identity":{}}'},
}
SLOW = {
    "ID1 no answer at all": {"hang": True},
    "ID7 a byte a second": {"drip": True},
    "ID7 a body of a byte a second": {"drip": "body"},
    "ID7 an answer that comes too late": {"latency_ms": 1500},
}


@cases("{0}: 503 for every kind of credential, then 200", [(n,) for n in FAULTS])
def _(name):
    idp.faults(**FAULTS[name])
    for kind, (answer, took) in each_credential():
        unavailable(answer, "provider_unavailable", kind)
        ok(took < PATIENCE, "at once", took)
    unavailable(post(p, ada, '{"theme":"dark"}'), "provider_unavailable", "a write")
    well_again()


@cases("{0}: 503 by the deadline, then 200", [(n,) for n in SLOW])
def _(name):
    idp.faults(**SLOW[name])
    for kind, (answer, took) in each_credential():
        unavailable(answer, "provider_unavailable", kind)
        ok(took < TIMEOUT + PATIENCE, "by the deadline", took)
    well_again()


@case("ID1 connections refused: 503 at once, the other routes do not care, 200 when it is back")
def _():
    idp.stop()
    try:
        for kind, (answer, took) in each_credential():
            unavailable(answer, "provider_unavailable", kind)
            ok(took < PATIENCE, "at once", took)
        for uri in "/healthz", "/auth/login-info":
            answer, took = timed(p.client.request, params("GET", uri))
            is_((uri, answer.status), (uri, 200))
            ok(took < 0.3, "quickly", took)
        is_(p.client.request(params("GET", "/user/profile")).status, 401, "without a credential")
        ready = wait_for(lambda: (a := p.client.request(params("GET", "/readyz"))).json()
                         ["status"] == "degraded" and a, 5, "degraded")
        is_((ready.status, ready.json()["parts"]["providers"]), (200, {"ory": "down"}))
    finally:
        idp.start()
    well_again()


@case("ID2 away at our start: we start, say degraded, and serve when it comes")
def _():
    idp.stop()
    try:
        q = world.program(FAST, workers=2)
        unavailable(get(q, ada), "provider_unavailable")
        answer = q.client.request(params("GET", "/readyz"))
        is_((answer.status, answer.json()["status"]), (200, "degraded"))
    finally:
        idp.start()
    recovery(lambda: get(q, ada), 6)
    wait_for(lambda: q.client.request(params("GET", "/readyz")).json()["status"] == "ok", 5, "ok")
    is_(q.stop(), 0)
    well_again()


LIMITS = {
    "Retry-After in seconds": ({"Retry-After": "2"}, 1, 2),
    "Retry-After as a date": (lambda: {"Retry-After": date_in(3)}, 1, 3),
    "x-ratelimit-reset": ({"x-ratelimit-reset": "2", "Retry-After": "50"}, 1, 2),
    "a fraction of a second": ({"Retry-After": "0.5"}, 1, 2),
    "Retry-After of 0": ({"Retry-After": "0"}, 1, 2),
    "a date in the past": ({"Retry-After": "Mon, 01 Jan 2001 00:00:00 GMT"}, 1, 2),
    "no header": ({}, 1, 2),
    "an absurd number": ({"Retry-After": "99999999999999999999"}, 1, 2),
    "a negative number": ({"Retry-After": "-5"}, 1, 2),
    "words": ({"Retry-After": "soon"}, 1, 2),
}


@cases("ID4 429 with {0}: 503 with a sensible Retry-After, no call before its time", [
    (n,) for n in LIMITS])
def _(name):
    headers, least, most = LIMITS[name]
    headers = headers() if callable(headers) else headers
    wait_for(lambda: ask().status == 200, 10, "the state before")
    idp.faults(status=429, headers=headers, times=1)
    idp.reset_counters()
    started = time.monotonic()
    again = unavailable(ask(), "provider_unavailable")
    ok(least <= again <= most, "Retry-After", again)
    calls, status = 1, 503
    while status == 503:
        ok(time.monotonic() - started < most + 2, "the pause ends")
        status = get(p, bob).status
        calls += status == 200
        contains((200, 503), status, "never 401")
        time.sleep(0.01)
    took = time.monotonic() - started
    is_(idp.counters()["whoami"], calls, "calls to the provider")
    if name in ("Retry-After in seconds", "x-ratelimit-reset"):
        ok(took > 1.95, "not before its time", took)
    if name == "Retry-After as a date":
        ok(took > 1.9, "not before its time, a date has whole seconds", took)
    idp.faults()


@case("ID4 an hour is clamped: Retry-After stays within a minute, and so does our pause")
def _():
    q = world.program(FAST, workers=2)
    idp.faults(status=429, headers={"Retry-After": "3600"}, times=1)
    again = unavailable(get(q, ada), "provider_unavailable")
    ok(25 <= again <= 30, "the cap of a pause", again)
    idp.reset_counters()
    for _ in range(20):
        unavailable(get(q, bob), "provider_unavailable")
    is_(idp.counters()["whoami"], 0, "all workers know")
    is_(q.client.request(params("GET", "/healthz")).status, 200)
    is_(q.stop(), 0)
    idp.faults()


@case("ID3 an outage under load is not hammered: few calls, quick 503s, soon over")
def _():
    users = [idp.user() for _ in range(6)]
    idp.faults(status=503)
    with Load(p.address, profile_of(*users), threads=6) as flow:
        flow.wait_more(50)
        idp.reset_counters()
        moment = time.monotonic()
        wait_for(lambda: time.monotonic() > moment + 2, 5, "two seconds of it")
        calls, answers = idp.counters()["whoami"], len(flow.since(moment))
        idp.faults()
        over = time.monotonic()
        wait_for(lambda: flow.outcomes[-1].status == 200, 6, "recovery")
        took = time.monotonic() - over
        flow.wait_more(50)
    ok(calls <= 10 and answers > 100, "calls for answers", calls, answers)
    is_(set(flow.count()), {200, 503})
    ok(percentile(flow.since(moment), 0.99) < PATIENCE, "quick")
    ok(took < 6, "soon over", took)


@case("ID3 one bad session that makes the provider stumble stops nobody else")
def _():
    for _ in range(5):
        idp.faults(status=500, times=1)
        is_((get(p, bob).status, get(p, ada).status), (503, 200))
    well_again()


@case("ID13 a kept connection that dies between requests costs no answer")
def _():
    idp.faults(idle_close_ms=0)
    for n in range(12):
        is_(ask().status, 200, n)
    idp.faults()
    idp.restart()
    for n in range(6):
        is_(ask().status, 200, f"after its restart {n}")
    well_again()


@case("one kept connection per worker, however many requests")
def _():
    q = world.program(FAST, workers=3)
    idp.reset_counters()
    with Load(q.address, profile_of(ada, bob), threads=6) as flow:
        flow.wait_more(200)
    is_(flow.failed(), [])
    counters = idp.counters()
    # One of them is this test's own call for the counters.
    ok(counters["connections"] - 2 <= 3, "connections", counters)
    # Who asks about the same user at the same moment shares a call.
    ok(counters["whoami"] >= 200 / 6, "calls", counters)
    is_(q.stop(), 0)


@case("ID15 sessions that are over are 401: inactive, expired, deleted, of a disabled user")
def _():
    idp.faults(inactive=True)
    is_(ask().status, 401, "active: false")
    idp.faults()
    for name, end in {
            "expired": lambda u: idp.session(u.session_id, expires_at=time.time() - 5),
            "inactive": lambda u: idp.session(u.session_id, active=False),
            "deleted": lambda u: idp.delete_session(u.session_id),
            "disabled": lambda u: idp.disable(u.id),
            "identity deleted": lambda u: idp.delete_identity(u.id)}.items():
        user = idp.user()
        is_(get(p, user).status, 200, name)
        end(user)
        answer = get(p, user)
        is_((answer.status, answer.json()["message"]), (401, "invalid session token"), name)
    well_again()


@case("ID16 a second factor is missing: 403 with the step-up page, no 503 and no back-off")
def _():
    user = idp.user(aal2=True)
    for _ in range(5):
        answer = get(p, user)
        is_(answer.status, 403)
        is_(answer.json()["details"]["reason"], "second_factor_required")
        is_(ask().status, 200, "others are served")
    idp.session(user.session_id, aal="aal2")
    is_(get(p, user).status, 200)


@case("a slow provider does not hold up 8 workers: /healthz answers, and is quick once it is known")
def _():
    q = world.program({"ory": {"timeout": "1500ms"}}, workers=8)
    idp.faults(latency_ms=3000)
    with Load(q.address, profile_of(*[idp.user() for _ in range(16)]), threads=16,
              on_outcome=lambda o: 0.02) as flow:
        wait_for(lambda: flow.count()[503] >= 8, 6, "it is known to be slow")
        with Load(q.address, threads=1, on_outcome=lambda o: 0.02) as health:
            health.wait_more(80)
    idp.faults()
    is_(health.failed(), [])
    ok(percentile(health.outcomes, 0.97) < 0.2, "p97", percentile(health.outcomes, 0.97))
    is_(set(flow.count()), {503})
    ok(max(o.took for o in flow.outcomes) < 1.5 + PATIENCE, "deadline")
    is_(q.stop(), 0)


@case("an answer that comes late, but in time: most workers wait, one in four stays free")
def _():
    q = world.program({"ory": {"timeout": "2s"}}, workers=8)
    idp.faults(latency_ms=700)
    with Load(q.address, profile_of(*[idp.user() for _ in range(16)]), threads=16,
              on_outcome=lambda o: 0.05) as flow:
        wait_for(lambda: flow.count()[200] >= 8, 6, "it is known to be slow")
        with Load(q.address, threads=1, on_outcome=lambda o: 0.02) as health:
            health.wait_more(80)
    idp.faults()
    is_(health.failed(), [])
    ok(percentile(health.outcomes, 0.97) < 0.2, "p97", percentile(health.outcomes, 0.97))
    is_(set(flow.count()), {200, 503})
    ok(flow.count()[200] >= 20, "users are served all the same", flow.count())
    is_(q.stop(), 0)


@case("nobody was ever refused in all of this, no worker died, and no secret is in a log")
def _():
    healthy(p, pids)
    is_(p.stop(), 0)
    for program in world.programs:
        is_(events(program, "worker died") + events(program, "worker killed"), [])
        text = "".join(program.scratch.tail("gatehouse.log", 1 << 30)) + "".join(program.output())
        for user in ada, bob:
            for secret in (user.token, user.cookie.partition("=")[2], user.email, "Canary"):
                ok(secret not in text, "a log without secrets", secret)


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
