#!/usr/bin/env python3
"""Rate limits through real servers: one bucket for all workers and processes of a host."""

import collections
import os
import socket
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import events                                  # noqa: E402
from hosts_world import ClerkPerson, HostsWorld, OryPerson, PROFILE     # noqa: E402
from load import params                                         # noqa: E402
import mounts                                                   # noqa: E402
import rawhttp                                                  # noqa: E402
from tap import case, cases, is_, like, ok, run, wait_for       # noqa: E402

BURST, AT_ONCE = 12, 30
INFO = "/auth/login-info"
SLOWLY = f"1/h burst {BURST}"       # none comes back while a test runs
ORIGIN = ("Origin", "https://app.example.com")
world = HostsWorld()
up = {}


def server(name):
    """That mount with SLOWLY for every address, started once."""
    if name not in up:
        up[name] = mounts.make(name)
        # its first answers are /readyz, which is not limited
        up[name].start(world.conf({"rate": {"per_address": SLOWLY},
                                   "database": {"migrate": name != "fcgid"},
                                   "cors": {"allow_origins": [ORIGIN[1]]}}), ready="/healthz")
    return up[name]


def ask(m, target=INFO, source="127.0.0.1", headers=()):
    """From that address of this machine."""
    with socket.create_connection(m.address, 15, (source, 0)) as sock:
        sock.sendall(rawhttp.message("GET", target, headers))
        return rawhttp.read_response(sock, "GET")


def together(n, function):
    """What n calls at the same moment gave."""
    start, found = threading.Barrier(n), [None] * n

    def one(i):
        start.wait(30)
        found[i] = function(i)
    threads = [threading.Thread(target=one, args=(i,), daemon=True) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    ok(None not in found, "all were answered", found)
    return found


def refused(answer, what=""):
    """The whole of a 429; gives its Retry-After."""
    is_((answer.status, answer.json()["code"], answer.json()["details"]),
        (429, "resource_exhausted", {"reason": "rate_limited"}), what)
    like(answer.get("Retry-After"), r"^([1-9]|[1-5]\d|60)$")
    return int(answer.get("Retry-After"))


SERVERS = ["lighttpd_spawn", "fcgid"]


@cases("{0}: of 30 requests at once the burst is answered, by several processes",
       [(name,) for name in SERVERS])
def _(name):
    m = server(name)
    answers = together(AT_ONCE, lambda i: ask(m, headers=[ORIGIN]))
    is_(collections.Counter(a.status for a in answers), {200: BURST, 429: AT_ONCE - BURST})
    for answer in answers:
        if answer.status != 200:
            refused(answer)
            is_(answer.get("Access-Control-Allow-Origin"), ORIGIN[1])
    # without an id of the client's it begins with the worker's own random bits
    workers = set()

    def several():
        workers.update(a.get("X-Request-Id").partition("-")[0] for a in answers)
        answers[:] = together(AT_ONCE, lambda i: ask(m))
        for answer in answers:
            refused(answer, "by whomever")
        return len(workers) > 1
    wait_for(several, 20, "several processes answered")


@cases("{0}: the same address is refused everywhere but where machines ask",
       [(name,) for name in SERVERS])
def _(name):
    m = server(name)
    for target in INFO, PROFILE:
        refused(ask(m, target), target)
    refused(ask(m, PROFILE, headers=[("X-Session-Token", "whatever")]))
    is_(ask(m, "/healthz").status, 200)
    ok(ask(m, "/readyz").status in (200, 503), "readiness")
    is_(ask(m, "/none").status, 404)
    is_(m.request("OPTIONS", INFO).status, 204)
    is_(m.request("DELETE", INFO).status, 405)


@cases("{0}: another address is not affected", [(name,) for name in SERVERS])
def _(name):
    m = server(name)
    for _ in range(BURST):
        is_(ask(m, source="127.0.0.2").status, 200)
    refused(ask(m, source="127.0.0.2"))
    is_(ask(m, source="127.0.0.3").status, 200)


@case("a webhook is taken from an address that has used up its requests")
def _():
    m = server("lighttpd_spawn")
    made = world.clerk.delivery("user.created", {})
    refused(ask(m))
    is_(m.request("POST", made.path, made.headers, made.body).status, 204)


def get(p, person, address):
    headers = params("GET", PROFILE, [person.header])
    return p.client.request([(k, address if k == "REMOTE_ADDR" else v) for k, v in headers])


@cases("{0}: tokens of one user share a bucket, from any address, on all workers", [
    (OryPerson.provider, OryPerson), (ClerkPerson.provider, ClerkPerson)])
def _(_, kind):
    p = world.host({"rate": {"per_subject": SLOWLY}})
    one, other = kind(world), kind(world)
    again = kind(world)         # the same user by another token
    if kind is OryPerson:
        again.header = ("X-Session-Token", world.idp.new_session(one.id).token)
    else:
        session = world.idp.clerk.new_session(one.user).session_id
        again.header = ("Authorization", "Bearer " + world.idp.clerk.token(
            user_id=one.id, session_id=session, expires_in_seconds=3600,
            claims={"email": one.email}))
    for person in one, again:
        is_(get(p, person, "192.0.2.1").status, 200)
    answers = together(AT_ONCE, lambda i: get(p, (one, again)[i % 2], f"192.0.2.{i}"))
    is_([a.status for a in answers].count(200), BURST - 2)
    refused(get(p, again, "2001:db8::1"))
    is_(get(p, other, "192.0.2.1").status, 200, "another user")
    is_(p.client.get(INFO).status, 200, "what needs no identity")
    line = wait_for(lambda: [e for e in events(p, "request") if e["status"] == 429], 5,
                    "a line")[0]
    is_((line["verdict"], line["why"]), ("allowed", "too often by this user"))
    is_(p.stop(), 0)


@case("who waits as long as it says is answered; a limit that a reload removes is gone")
def _():
    p = world.host({"rate": {"per_address": "1/s burst 2"}})

    def info():
        return p.client.get(INFO)
    wait_for(lambda: info().status == 429, 10, "more than two in a second")
    is_(refused(wait_for(lambda: (a := info()).status == 429 and a, 10, "429")), 1)
    wait_for(lambda: info().status == 200, 5, "the next second")
    p.configure(world.conf())
    p.reload()
    wait_for(lambda: {info().status for _ in range(20)} == {200}, 20, "no limit")
    is_(p.stop(), 0)


if __name__ == "__main__":
    try:
        run()
    finally:
        for one in up.values():
            one.close()
        world.close()
