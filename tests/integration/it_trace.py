#!/usr/bin/env python3
"""Traces: what a request's spans say, whose trace it is, and which are kept."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import events, get, post                       # noqa: E402
from hosts_world import alone                                   # noqa: E402
from keys_world import at_once                                  # noqa: E402
from load import Load, params                                   # noqa: E402
import otlp                                                     # noqa: E402
from tap import case, cases, is_, isnt, ok, run, wait_for       # noqa: E402
from trace_world import (KEPT, TraceWorld, ids, request_of, spans,      # noqa: E402
                         trace_of)

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
world = TraceWorld()
idp = world.idp
ada = idp.user("ada@example.org", name="Ada")
shared = world.program(workers=2)


def named(found, name):
    return [s for s in found if s.name == name]


def one(found, name):
    hits = named(found, name)
    is_(len(hits), 1, f"spans named {name}: {found}")
    return hits[0]


def health(p, *headers, client=None):
    return (client or p.client).request(params("GET", "/healthz", headers))


# -- what it says --------------------------------------------------------------------------

@case("a request's trace: authentication, cache, provider and SQL, each within its parent")
def _():
    root, found = trace_of(shared, get(shared, ada))
    otlp.whole(found)
    is_((root.name, root.parent), ("GET /user/profile", None))
    is_({k: root[k] for k in ("http.request.method", "http.route", "http.response.status_code",
                              "gatehouse.route", "gatehouse.verdict", "gatehouse.provider")},
        {"http.request.method": "GET", "http.route": "/user/profile",
         "http.response.status_code": 200, "gatehouse.route": "profile",
         "gatehouse.verdict": "allowed", "gatehouse.provider": "ory"})
    who = one(found, "authenticate")
    is_((who.parent, who.kind, who["gatehouse.credential"]),
        (root.id, otlp.INTERNAL, "session_token"))
    is_(one(found, "cache")["gatehouse.cache"], "miss")
    asked = one(found, "ory whoami")
    is_((asked.kind, asked["http.response.status_code"], asked["server.address"]),
        (otlp.CLIENT, 200, "127.0.0.1"))
    up = asked
    while up.id != who.id:
        up = next(s for s in found if s.id == up.parent)
    row = one(found, "profile_get")
    is_((row.parent, row.kind, row["db.system.name"]), (root.id, otlp.CLIENT, "postgresql"))
    ok(who.end <= row.start, "one after the other")
    below = otlp.below(found, root)
    ok(sum(s.end - s.start for s in below) <= root.end - root.start, "their times add up", below)


def cache_of(p, answer):
    """What the cache's span says that it did."""
    is_(answer.status, 200)
    return one(trace_of(p, answer)[1], "cache")["gatehouse.cache"]


@case("what the cache did: asked for one and for who came meanwhile, then knew")
def _():
    p = world.program({"ory": {"cache_ttl": "30s", "timeout": "5s"}}, workers=4)
    alone(p)
    bob = idp.user()
    idp.faults(latency_ms=1000)
    try:
        asked = params("GET", "/user/profile", [("X-Session-Token", bob.token)]), b""
        answers = at_once([p], [asked] * 2)
    finally:
        idp.faults()
    is_(sorted(cache_of(p, a) for a in answers), ["joined", "miss"])
    is_(cache_of(p, get(p, bob)), "hit")
    is_(p.stop(), 0)


@case("what the cache did: a verdict past its life, while the provider is down")
def _():
    p = world.program({"ory": {"cache_ttl": "0s", "stale_if_error": "60s"}}, workers=1)
    alone(p)
    is_(cache_of(p, get(p, ada)), "miss")
    idp.faults(status=500)
    try:
        answer = get(p, ada)
    finally:
        idp.faults()
    is_(cache_of(p, answer), "stale")
    is_(p.stop(), 0)


@case("its log line has the same trace id, and times that agree with the spans")
def _():
    answer = get(shared, ada)
    root, found = trace_of(shared, answer)
    line = next(e for e in events(shared, "request")
                if e["request_id"] == answer.get("X-Request-Id"))
    is_(line["trace_id"], root.trace)
    asked = one(found, "ory whoami")
    near = abs(line["took_us"] - (root.end - root.start) / 1000)
    ok(near < line["took_us"] / 2 + 20000, "took_us", line["took_us"], root.end - root.start)
    ok((asked.end - asked.start) / 1000 <= line["took_us"], "the provider's part")


@case("a save, a refusal and a path that does not exist are spans too")
def _():
    root, found = trace_of(shared, post(shared, ada, '{"theme":"dark"}'))
    is_((root.name, root["http.response.status_code"]), ("POST /user/preferences", 200))
    ok(any(s["db.system.name"] for s in found), "its SQL", found)
    root, found = trace_of(shared, get(shared, None))
    is_((root["http.response.status_code"], root["gatehouse.verdict"], root.failed),
        (401, "anonymous", False))
    is_([s.name for s in found if s.kind == otlp.CLIENT], [])
    root, _found = trace_of(shared, shared.client.request(params("GET", "/secret-path-7")))
    is_((root.name, root["http.route"]), ("GET", None), "no text of the client's")
    root, _found = trace_of(shared, shared.client.request(params("SPY-method", "/healthz")))
    is_(root["http.request.method"], "_OTHER")


@case("a provider that fails is an error of its span and of the request's, which is 503")
def _():
    idp.faults(status=500)
    try:
        answer = get(shared, idp.user())
    finally:
        idp.faults()
    root, found = trace_of(shared, answer)
    is_((answer.status, root.failed, root["error.type"]), (503, True, "503"))
    asked = named(found, "ory whoami")[0]
    is_((asked.failed, asked["error.type"]), (True, "500"))


@case("no token, no address, no name, no subject is in the file; a user has a digest")
def _():
    answers = [get(shared, ada), get(shared, ada, "/user/profile?token=hunter2")]
    roots = [trace_of(shared, a)[0] for a in answers]
    with open(shared.scratch / "trace.json") as f:
        text = f.read()
    for secret in (ada.token, ada.email, "Ada", ada.id, ada.session_id, "hunter2"):
        ok(secret not in text, "not in the file", secret[:8])
    isnt(roots[0]["user.hash"], None)
    is_(roots[0]["user.hash"], roots[1]["user.hash"])
    other, _found = trace_of(shared, get(shared, idp.user()))
    isnt(other["user.hash"], roots[0]["user.hash"])


# -- whose trace it is ---------------------------------------------------------------------

@cases("traceparent {0!r} is taken over", [
    (f"00-{TRACE}-{PARENT}-01",), (f"00-{TRACE}-{PARENT}-00",), (f"00-{TRACE}-{PARENT}-ff",),
    (f"01-{TRACE}-{PARENT}-01-what-will-be",), (f"cc-{TRACE}-{PARENT}-01",)])
def _(value):
    root, _found = trace_of(shared, health(shared, ("traceparent", value)))
    is_((root.trace, root.parent), (TRACE, PARENT))


BAD = {
    "empty": [""], "words": ["hello"], "upper case": [f"00-{TRACE.upper()}-{PARENT}-01"],
    "version ff": [f"ff-{TRACE}-{PARENT}-01"], "a trace of zeros": [f"00-{'0' * 32}-{PARENT}-01"],
    "a parent of zeros": [f"00-{TRACE}-{'0' * 16}-01"], "no flags": [f"00-{TRACE}-{PARENT}"],
    "more behind version 00": [f"00-{TRACE}-{PARENT}-01-more"],
    "a digit too few": [f"00-{TRACE[1:]}-{PARENT}-01"],
    "other separators": [f"00_{TRACE}_{PARENT}_01"],
    "one twice": [f"00-{TRACE}-{PARENT}-01"] * 2,
    "two different": [f"00-{TRACE}-{PARENT}-01", f"00-{TRACE[::-1]}-{PARENT}-01"],
    "a list": [f"00-{TRACE}-{PARENT}-01, 00-{TRACE[::-1]}-{PARENT}-01"],
    "a flag that is none": [f"00-{TRACE}-{PARENT}-0g"],
}


@cases("a traceparent that is not valid counts as absent: {0}", [(name,) for name in BAD])
def _(name):
    headers = [("traceparent", value) for value in BAD[name]]
    answer = health(shared, *headers)
    is_(answer.status, 200)
    root, _found = trace_of(shared, answer)
    ok(root.trace not in (TRACE, TRACE[::-1]), "a trace of its own", root.trace)
    is_(root.parent, None)


@case("the provider is told the trace, with the span of that very call as parent")
def _():
    idp.reset_requests()
    root, found = trace_of(shared, get(shared, ada, extra=[
        ("traceparent", f"00-{TRACE}-{PARENT}-00"), ("tracestate", "rojo=1,congo=2")]))
    is_((root.trace, root.parent), (TRACE, PARENT))
    asked = [s for s in named(found, "ory whoami") if s.start >= root.start][-1]
    seen = idp.whoami_requests()[-1]
    is_(seen.all("traceparent"), [f"00-{TRACE}-{asked.id}-01"])
    is_(seen.all("tracestate"), [], "it is not passed on")


# -- which are kept ------------------------------------------------------------------------

@case("with sample = 0.0 errors and slow requests are kept, and nothing else")
def _():
    p = world.program({"trace": {"sample": 0.0}, "log": {"slow": "200ms"}}, workers=1)
    plain = [get(p, ada), get(p, None), health(p)]
    idp.reset_requests()
    get(p, ada)
    ok(idp.whoami_requests()[-1].get("traceparent").endswith("-00"), "told: not sampled")
    idp.faults(latency_ms=300)
    slow = get(p, ada)
    idp.faults(status=500)
    failed = get(p, idp.user())
    idp.faults()
    is_((slow.status, failed.status), (200, 503))
    wait_for(lambda: request_of(spans(p), failed), KEPT, "the error")
    is_(ids(spans(p)), {slow.get("X-Request-Id"), failed.get("X-Request-Id")})
    is_([a.status for a in plain], [200, 401, 200])
    is_(p.stop(), 0)


@case("sample = 0.25 keeps about a quarter, and all of a trace or none of it")
def _():
    p = world.program({"trace": {"sample": 0.25}, "database": {"migrate": False}}, workers=2)
    client, n = p.client, 600
    for i in range(n):
        health(p, ("traceparent", f"00-{os.urandom(16).hex()}-{PARENT}-00"), client=client)
    many = health(p, ("traceparent", f"00-{'1' * 18}{'0' * 14}-{PARENT}-00"))
    wait_for(lambda: request_of(spans(p), many), KEPT, "one with a low id")
    kept = len(otlp.requests(spans(p)))
    # five standard deviations of a binomial distribution around 150
    ok(150 - 54 < kept < 150 + 54, "about a quarter", kept)
    high = f"00-{'1' * 18}{'f' * 14}-{PARENT}-01"
    for _ in range(8):
        health(p, ("traceparent", high))
    is_(p.stop(), 0)
    is_([s for s in spans(p) if s.trace == high[3:35]], [], "whatever its flag says")


@case("a thousand requests at once are a thousand traces, every line whole")
def _():
    p = world.program({"ory": {"cache_ttl": "30s"}}, workers=4)
    users = [idp.user() for _ in range(4)]

    def make(thread, _n):
        return params("GET", "/user/profile", [("X-Session-Token", users[thread].token)]), b""

    with Load(p.address, make, threads=4) as flow:
        flow.wait_more(1000, seconds=60)
    is_(flow.failed(), [])
    is_(p.stop(), 0)
    found = spans(p)
    otlp.whole(found)
    wanted = {o.id for o in flow.outcomes}
    is_(wanted - ids(found), set(), "requests without a trace")
    is_(len({s.trace for s in otlp.requests(found)}), len(otlp.requests(found)))
    with open(p.scratch / "trace.json") as f:
        longest = max(map(len, f))
    ok(longest <= 61440, "a line's length", longest)


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
