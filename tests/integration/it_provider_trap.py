#!/usr/bin/env python3
"""Refusals that are outages in disguise, and what may reach the provider at all.

Kratos answers 401 for sessions it does not know and for trouble with its own
database alike.  A credential that was good lately is refused only when the
provider says that it is ready.
"""

import contextlib
import os
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import (World, events, get, healthy, post, recovery, timed,   # noqa: E402
                         unavailable)
from load import Load, params, percentile, profile_of           # noqa: E402
from tap import case, cases, contains, is_, ok, run, wait_for   # noqa: E402

world = World()
idp = world.idp
PATIENCE = 1.0
p = world.program({"public_url": "https://www.gate.example"}, workers=3)


def known(n=1):
    """Users whose credential was good a moment ago."""
    users = [idp.user() for _ in range(n)]
    for user in users:
        is_(get(p, user).status, 200)
    return users


@contextlib.contextmanager
def trouble(**faults):
    idp.faults(**faults)
    try:
        yield
    finally:
        idp.faults()


def settled():
    """Until the provider's readiness is asked anew, and found good."""
    idp.faults()
    recovery(lambda: get(p, idp.user()), 6)
    revoked = known()[0]
    idp.delete_session(revoked.session_id)
    wait_for(lambda: get(p, revoked).status == 401, 5, "a good probe", every=0.2)
    time.sleep(1.05)    # a probe counts for a second: let it grow old


# -- the 401 trap --------------------------------------------------------------------------

@case("a known credential refused while the provider is not ready: 503; ready again: 200")
def _():
    ada, bob = known(2)
    with trouble(e1=True):
        for _ in range(10):
            for user in ada, bob:
                unavailable(get(p, user), "provider_unavailable")
        unavailable(post(p, ada, "{}"), "provider_unavailable")
    is_([get(p, ada).status, get(p, bob).status], [200, 200])


@case("a known credential refused while the provider is ready: it is 401, at once and from then on")
def _():
    settled()
    ada, = known()
    with trouble(e1_ready=True):
        is_([get(p, ada).status for _ in range(4)], [401] * 4)
    is_(get(p, ada).status, 200, "and good again when the provider says so")


@case("signed out at the provider: the next request is 401")
def _():
    settled()
    for _ in range(3):
        ada, = known()
        idp.delete_session(ada.session_id)
        answer = get(p, ada)
        is_((answer.status, answer.json()["message"]), (401, "invalid session token"))
        healthy(p)


@case("a credential that was never good: 401 while the provider seems well, 503 while it does not")
def _():
    settled()
    stranger = idp.user()
    ada, = known()
    with trouble(e1=True):
        contains((401, 503), get(p, stranger).status, "nothing is known yet")
        unavailable(get(p, ada), "provider_unavailable")        # the probe finds it bad
        unavailable(get(p, stranger), "provider_unavailable", "now it is")
    is_(get(p, stranger).status, 200)
    settled()
    with trouble(e1_ready=True):
        is_(get(p, idp.user()).status, 401)


@case("the readiness probe is asked once a second, however many are refused")
def _():
    users = known(6)
    with trouble(e1=True):
        idp.reset_counters()
        with Load(p.address, profile_of(*users), threads=6) as flow:
            end = time.monotonic() + 3
            wait_for(lambda: time.monotonic() > end, 5)
        probes = idp.counters()["ready"]
    is_(set(flow.count()), {503})
    ok(2 <= probes <= 5, "probes in three seconds", probes, len(flow))


@case("an outage that begins just after somebody signed out refuses nobody who is signed in")
def _():
    refused = []
    for _ in range(2):
        settled()
        gone, ada, bob = known(3)
        idp.delete_session(gone.session_id)
        is_(get(p, gone).status, 401, "a good probe")
        with trouble(e1=True):
            for _ in range(15):
                refused += [a.status for a in (get(p, ada), get(p, bob)) if a.status != 503]
                time.sleep(0.1)
        is_([get(p, ada).status, get(p, bob).status], [200, 200])
    is_(refused, [])


@case("hundreds of good credentials at once in an outage: not one is refused")
def _():
    users = known(100)
    with Load(p.address, profile_of(*users), threads=8) as flow:
        flow.make = lambda t, n: profile_of(users[(n * 8 + t) % 100])(0, 0)
        for _ in range(3):
            with trouble(e1=True):
                flow.wait_more(150)
            wait_for(lambda: flow.outcomes[-1].status == 200, 5, "recovery")
            flow.wait_more(50)
    is_(set(flow.count()), {200, 503})


@case("the memory of good credentials outlives workers, though not a reload's configuration")
def _():
    ada, = known()
    for pid in p.workers():
        os.kill(pid, 9)
    wait_for(lambda: len(p.workers()) == 3, 5)
    with trouble(e1=True):
        unavailable(get(p, ada), "provider_unavailable")
    recovery(lambda: get(p, ada), 5)


# -- what reaches the provider -------------------------------------------------------------

def forwarded(p, headers):
    """The provider's view of one request with these headers."""
    idp.reset_requests()
    answer = p.client.request(params("GET", "/user/profile", headers))
    seen = idp.whoami_requests()
    is_(len(seen), 1, "one call")
    return answer, seen[0]


@case("exactly one credential is forwarded, and no other cookie or header of the client")
def _():
    ada, bob = known(2)
    noise = [("Cookie", f"a=1; {ada.cookie}; theme=dark; csrf_token=x"),
             ("X-Forwarded-For", "1.2.3.4"), ("User-Agent", "canary-agent"),
             ("Referer", "https://canary.example/"),
             ("Accept-Encoding", "gzip"), ("X-Forwarded-User", "root"), ("Proxy", "http://evil")]
    ways = {
        "a token before a cookie": ([("X-Session-Token", bob.token), *noise], bob,
                                    "X-Session-Token"),
        "a bearer token before a cookie": ([("Authorization", "Bearer " + bob.token), *noise], bob,
                                           "X-Session-Token"),
        "both headers": ([("Authorization", "Bearer " + ada.token), ("X-Session-Token", bob.token),
                          *noise], bob, "X-Session-Token"),
        "a cookie alone": (noise, ada, "Cookie"),
    }
    for what, (headers, who, name) in ways.items():
        answer, seen = forwarded(p, headers)
        is_((answer.status, answer.json()["userId"]), (200, who.id), what)
        value = who.cookie if name == "Cookie" else who.token
        is_([pair for pair in seen.headers if pair[0].lower() in
             ("cookie", "x-session-token", "authorization")], [(name, value)], what)
        is_(sorted(k.lower() for k, _ in seen.headers), sorted(
            ["host", "user-agent", "accept", "traceparent", "x-request-id", name.lower()]), what)
        ok("canary" not in str(seen.headers), what)


@case("a refused header credential never falls back to the cookie")
def _():
    settled()
    ada, = known()
    for bad in ("X-Session-Token", "ory_st_" + "x" * 32), ("Authorization", "Bearer " + "y" * 39):
        is_(get(p, None, extra=[bad, ("Cookie", ada.cookie)]).status, 401)


@cases("{0} in the environment has no effect on calls to the provider", [
    ("HTTP_PROXY",), ("http_proxy",), ("ALL_PROXY",), ("https_proxy",)])
def _(name):
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.2)
        proxy = f"http://127.0.0.1:{trap.getsockname()[1]}"
        q = world.program(workers=1, env={name: proxy, "NO_PROXY": ""})
        is_(get(q, idp.user()).status, 200)
        is_(get(q, idp.user(), extra=[("Proxy", proxy)]).status, 200)
        is_(q.stop(), 0)
        try:
            trap.accept()
        except TimeoutError:
            return
        ok(False, "the proxy was asked")


# -- names -------------------------------------------------------------------------------

@case("ID1 a name that does not exist: 503 in time, others are not held up")
def _():
    q = world.program({"ory": {"url": "https://nowhere.invalid"}}, workers=2)
    names_cannot_block(q)


class SilentResolver:
    """Takes questions on port 53 of a loopback address of its own and answers none."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for last in range(2, 250):
            self.address = f"127.{os.getpid() >> 8 & 255}.{os.getpid() & 255}.{last}"
            with contextlib.suppress(OSError):
                self.sock.bind((self.address, 53))
                break
        self.asked = 0
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self):
        with contextlib.suppress(OSError):
            while self.sock.recv(4096):
                self.asked += 1


def resolve_with(q, resolver):
    """q will see resolver in /etc/resolv.conf: a mount namespace of its own."""
    conf = q.scratch.write("resolv.conf", f"nameserver {resolver.address}\n"
                           "options timeout:5 attempts:2\n")
    nss = q.scratch.write("nsswitch.conf", "hosts: files dns\n")
    q.isolate(f"mount --bind {conf} /etc/resolv.conf", f"mount --bind {nss} /etc/nsswitch.conf")


def names_cannot_block(q):
    ada = idp.user()
    answer, took = timed(get, q, ada)
    unavailable(answer, "provider_unavailable")
    ok(took < 1.5 + PATIENCE, "by the deadline", took)
    with Load(q.address, profile_of(ada), threads=4, on_outcome=lambda o: 0.02) as flow:
        flow.wait_more(10)
        with Load(q.address, threads=1, on_outcome=lambda o: 0.02) as health:
            health.wait_more(60)
    is_(set(flow.count()), {503})
    ok(max(o.took for o in flow.outcomes) < 1.5 + PATIENCE, "deadline",
       max(o.took for o in flow.outcomes))
    is_(health.failed(), [])
    # Until the slowness is known all workers may wait once.
    ok(percentile(health.outcomes, 0.95) < 0.3, "p95", percentile(health.outcomes, 0.95))
    is_(q.client.request(params("GET", "/auth/login-info")).status, 200)
    is_(q.stop(), 0)


@case("ID1 a resolver that never answers: 503 in time, others are not held up")
def _():
    resolver = SilentResolver()
    q = world.program({"ory": {"url": "https://nowhere.example.org"}}, workers=4, start=False)
    resolve_with(q, resolver)
    q.start()
    names_cannot_block(q)
    ok(resolver.asked > 0, "the resolver was asked")


@case("no worker died by itself, and no secret is in a log")
def _():
    is_(p.stop(), 0)
    for program in world.programs:
        text = "".join(program.scratch.tail("gatehouse.log", 1 << 30)) + "".join(program.output())
        for canary in "ory_st_", "ory_kratos_session=", "@example.org", "canary":
            ok(canary not in text, "a log without secrets", canary)
    is_({e.get("signal") for e in events(p, "worker died")} - {"Killed"}, set())


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
