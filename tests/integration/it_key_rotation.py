#!/usr/bin/env python3
"""Keys that are replaced, workers that die or stop while they fetch, configurations
that change: no good token is refused, and no key outlives its issuer's word.
"""

import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from keys_world import (FORCED, FRESH, MANY, KeysWorld, all_, ask, bearer, crowd,     # noqa: E402
                        later, links_to, no_secrets, of_kid, refused, statuses, throughout, told,
                        write)
from fault_world import events, timed, unavailable              # noqa: E402
from load import Load                                           # noqa: E402
from tap import case, cases, is_, ok, run, wait_for             # noqa: E402

world = KeysWorld()
idp, clerk, oidc, clock = world.idp, world.clerk, world.oidc, world.clock
CLAIMS = {"email": "ada@example.org"}
PATIENCE = 1.0      # above a timeout: the slowness of the machine


def running(*changes, workers=3, faults=None, **how):
    """A program whose workers know the first key, that key's token, and zero counters."""
    idp.clear()
    idp.faults(**(faults or {}))
    p = world.program(*changes, workers=workers, **how)
    token = world.token(claims=CLAIMS)
    throughout(p, token, 200, n=12)
    idp.reset_counters()
    return p, token


def end(p):
    is_(p.stop(), 0)


def tokens_of(*tokens):
    return lambda thread, n: bearer(tokens[(thread + n) % len(tokens)])


# -- rotation --------------------------------------------------------------------------------

@cases("ID10 {0}: a new key under a new id: none of the 100 requests around it fails",
       [("clerk",), ("oidc",)])
def _(name):
    issuer = getattr(world, name)
    p, _ = running(workers=8)
    old = world.token(issuer, claims=CLAIMS)
    is_(ask(p, old).status, 200)
    idp.reset_counters()
    at = {"token": old}
    with Load(p.address, lambda thread, n: bearer(at["token"]), threads=4) as flow:
        flow.wait_more(50)
        issuer.rotate("new_kid")
        at["token"] = world.token(issuer, claims=CLAIMS)
        flow.wait_more(50)
        flow.make = tokens_of(old, at["token"])
        flow.wait_more(20)
    is_(flow.failed(), [])
    is_(world.count(name + "_jwks"), 1, "one shared refetch")
    end(p)


@case("ID10 25 requests at once with the new key: one refetch, all 200")
def _():
    p, _ = running(workers=MANY)
    clerk.rotate()
    idp.faults(latency_ms=80, only="jwks")
    all_(crowd(p, world.token(claims=CLAIMS)), 200)
    is_(world.count("clerk_jwks"), 1)
    end(p)


@case("ID11 a new key under the same id: 200 after the one refetch; the old key is refused")
def _():
    p, old = running()
    clerk.rotate("same_kid")
    throughout(p, world.token(claims=CLAIMS), 200)
    is_(world.count("clerk_jwks"), 1)
    refused(p, ask(p, old), "signature")
    is_(world.count("clerk_jwks"), 1)
    end(p)


@case("ID11 the same while somebody used up the budget: refused until the next refresh, then 200")
def _():
    p, old = running()
    is_(ask(p, of_kid(old, "ins_junk")).status, 401)
    clerk.rotate("same_kid")
    new = world.token(claims=CLAIMS)
    is_(ask(p, new).status, 401, "throttled")
    is_(world.count("clerk_jwks"), 1)
    clock.forward(FORCED + 1)
    throughout(p, new, 200)
    is_(world.count("clerk_jwks"), 2, "a minute later")
    end(p)


@case("a bad signature costs one refetch a minute, however many there are")
def _():
    p, good = running()
    forged = world.token(claims=CLAIMS, signer="foreign")
    throughout(p, forged, 401)
    throughout(p, forged, 401)
    throughout(p, good, 200)
    is_(world.count("clerk_jwks"), 1)
    clock.forward(FORCED + 1)
    throughout(p, forged, 401)
    is_(world.count("clerk_jwks"), 2)
    end(p)


@case("a flood of junk does not sign out who has the new key: 503, and 200 a minute later")
def _():
    p, old = running()
    is_(ask(p, of_kid(old, "ins_junk0")).status, 401)
    clerk.rotate()
    new = world.token(claims=CLAIMS)
    for n in range(1, 20):
        unavailable(ask(p, new), "provider_unavailable")
        is_(ask(p, of_kid(old, f"ins_junk{n}")).status, 503)
    clock.forward(FORCED + 1)
    is_(ask(p, of_kid(old, "ins_junk20")).status, 401, "junk may trigger the fetch")
    throughout(p, new, 200)
    throughout(p, old, 200)
    is_(world.count("clerk_jwks"), 2)
    end(p)


@case("a key that was removed is refused after the next refresh: sets are replaced, not merged")
def _():
    p, old = running()
    was = next(key["signer"] for key in clerk.keys()["keys"] if key["current"])
    clerk.rotate()
    new = world.token(claims=CLAIMS)
    throughout(p, new, 200)
    throughout(p, old, 200)
    clerk.keys(remove=was)
    clock.forward(FRESH - 10)
    throughout(p, old, 200, "nobody looked since")
    clock.forward(11)
    is_(ask(p, new).status, 200)
    refused(p, ask(p, old), "no key of that kid")
    throughout(p, old, 401)
    throughout(p, new, 200)
    clock.forward(FRESH + 1)
    is_(ask(p, old).status, 401, "looked for again")
    throughout(p, old, 401, "for ever")
    end(p)


@case("a key that was replaced under its id is refused after the next refresh, without a bad token")
def _():
    p, old = running()
    clerk.rotate("same_kid")
    clock.forward(FRESH + 1)
    throughout(p, world.token(claims=CLAIMS), 200)
    is_(world.count("clerk_jwks"), 1)
    throughout(p, old, 401)
    end(p)


@case("ID12 rotation while the issuer is down: 503 for the new id, 200 for the known, then 200")
def _():
    p, old = running()
    clerk.rotate()
    new = world.token(claims=CLAIMS)
    idp.stop()
    try:
        for _ in range(10):
            unavailable(ask(p, new), "provider_unavailable")
            is_(ask(p, old).status, 200)
    finally:
        idp.start()
    clock.forward(FORCED + 1)
    throughout(p, new, 200)
    throughout(p, old, 200)
    end(p)


@case("rotations on and on under load: no good token is refused, no forged one passes")
def _():
    p, old = running(workers=8)
    forged = world.token(claims=CLAIMS, signer="foreign")
    for _ in range(6):
        clerk.rotate()
        new = world.token(claims=CLAIMS)
        with Load(p.address, tokens_of(old, new), threads=3) as flow, \
                Load(p.address, tokens_of(forged), threads=1) as bad:
            flow.wait_more(40)
        ok(set(flow.count()) <= {200, 503}, "never 401", flow.count())
        ok(flow.count()[200] >= 20, "the known key at least is served", flow.count())
        ok(set(bad.count()) <= {401, 503}, "never 200", bad.count())
        clock.forward(FORCED + 1)       # between requests: none of them took that long
        throughout(p, new, 200)
    end(p)


# -- workers that die or stop in the middle of a fetch ------------------------------------------

def fetching(p, port):
    """The worker that waits for the provider: the one with a connection to it."""
    def one():
        found = [pid for pid in p.workers() if links_to(pid, port)]
        return found if len(found) == 1 else None
    return wait_for(one, 5, "a worker that asks")[0]


# Long enough to find the worker that waits, also on a slow machine.
PATIENT, WAITS = {"clerk": {"timeout": "2s"}}, 2.0


def cold():
    """A program, one of whose workers waits for the first set for ever."""
    idp.clear()
    p = world.program(PATIENT, workers=8)
    idp.faults(only="jwks", hang=True, times=1)
    token = world.token(claims=CLAIMS)
    first = later(crowd, p, token, 1)
    return p, token, first, fetching(p, clerk.port)


@case("kill -9 of the worker that fetches the first set: the others fetch it and are 200")
def _():
    p, token, first, pid = cold()
    waiting = later(crowd, p, token, 2)
    wait_for(lambda: world.count("clerk_jwks") == 1, 5, "it asks")
    os.kill(pid, signal.SIGKILL)
    is_(statuses(first.result()), {None: 1}, "its own request is lost")
    all_(waiting.result(), 200)
    is_(world.count("clerk_jwks"), 2)
    throughout(p, token, 200)
    end(p)


@case("a worker stopped in the fetch of the first set: the others give up in time, 503, never 401")
def _():
    p, token, first, pid = cold()
    os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(2):
            answers, took = timed(crowd, p, token, 2)
            is_(statuses(answers), {503: 2})
            ok(took < WAITS + PATIENCE, "bounded by the timeout", took)
    finally:
        os.kill(pid, signal.SIGCONT)
    first.result()
    wait_for(lambda: statuses(crowd(p, token, 6)) == {200: 6}, 5, "well again")
    end(p)


def refreshing():
    """A program with a set, and one of its workers that waits for the next one for ever."""
    p, token = running(PATIENT, faults={"only": "jwks", "idle_close_ms": 1})
    wait_for(lambda: not any(links_to(pid, clerk.port) for pid in p.workers()), 5, "no links")
    clock.forward(FRESH + 1)
    idp.faults(only="jwks", hang=True, times=1)
    first = later(crowd, p, token, 1)
    return p, token, first, fetching(p, clerk.port)


@case("a worker stopped in a refresh: the others use the old set, at once")
def _():
    p, token, first, pid = refreshing()
    os.kill(pid, signal.SIGSTOP)
    try:
        answers, took = timed(crowd, p, token, 12)
        ok(set(statuses(answers)) <= {200}, "200", statuses(answers))
        ok(took < WAITS, "at once", took)
        is_(world.count("clerk_jwks"), 1)
        unknown, took = timed(ask, p, of_kid(token, "ins_new"))
        unavailable(unknown, "provider_unavailable", "an unknown id cannot be looked for")
        ok(took < WAITS + PATIENCE, "bounded by the timeout", took)
    finally:
        os.kill(pid, signal.SIGCONT)
    first.result()
    end(p)


@case("a worker killed in a refresh: the old set stays, the next one refreshes")
def _():
    p, token, first, pid = refreshing()
    os.kill(pid, signal.SIGKILL)
    first.result()
    throughout(p, token, 200)
    is_(world.count("clerk_jwks"), 2)
    end(p)


@case("workers killed again and again under load of good and bad tokens: no wrong answer")
def _():
    p, good = running(workers=4)
    bad = [world.token(claims=CLAIMS, signer="foreign"), of_kid(good, "ins_junk"),
           world.token(expires_in_seconds=-100), good[:-8] + "AAAAAAAA"]
    for n in range(12):
        with Load(p.address, tokens_of(good), threads=4) as fine, \
                Load(p.address, tokens_of(*bad), threads=2) as wrong:
            fine.wait_more(20)
            for pid in p.workers()[:1 + n % 3]:
                os.kill(pid, signal.SIGKILL)
            fine.wait_more(20)
        is_({o.status for o in fine.outcomes if o.status} - {200, 503}, set(), "never 401")
        ok(fine.count()[200] > 10, "served", fine.count())
        is_({o.status for o in wrong.outcomes if o.status} - {401, 503}, set(), "never 200")
        wait_for(lambda: len(p.workers()) == 4, 5, "the pool")
        clock.forward(FRESH / 2)        # between requests
    throughout(p, good, 200)
    end(p)


# -- configurations ------------------------------------------------------------------------------

def reload(p, *changes):
    n = len(events(p, "configuration reloaded"))
    was = set(p.workers())
    p.configure(world.conf(*changes))
    p.reload()
    wait_for(lambda: len(events(p, "configuration reloaded")) > n, 5, "reloaded")
    wait_for(lambda: not was & set(p.workers()), 10, "only new workers")


@case("K16 SIGHUP with another issuer: tokens of the old one are refused, its keys are of no use")
def _():
    p, old = running()
    corp = world.token(oidc)
    is_(ask(p, corp).status, 200)
    reload(p, {"clerk": {"issuer": "https://other.example"},
               "oidc": [world.issuer(issuer=oidc.url + "/tenant")]})
    is_([ask(p, old).status, ask(p, corp).status], [401, 401])
    other = world.token(claims={**CLAIMS, "iss": "https://other.example"})
    tenant = world.token(oidc, claims={"iss": oidc.url + "/tenant"})
    idp.reset_counters()
    is_([ask(p, other).status, ask(p, tenant).status], [200, 200])
    is_(world.count("clerk_jwks", "oidc_jwks"), [1, 1], "keys of their own")
    end(p)


@case("K16 SIGHUP with another address of the keys: those of the old one are of no use")
def _():
    p, _ = running()
    corp = world.token(oidc)
    is_(ask(p, corp).status, 200)
    reload(p, {"oidc": [world.issuer(jwks_url=clerk.url + "/.well-known/jwks.json")]})
    is_(ask(p, corp).status, 401)
    mixed = world.token(claims={"iss": oidc.about()["issuer"],
                                "aud": oidc.about()["audience"]})
    is_(ask(p, mixed).status, 200, "signed by the other key set")
    end(p)


@case("two secrets never share a set: with a wrong one 503, with the right one 200 again")
def _():
    p, token = running()
    reload(p, {"clerk": {"secret_key": "sk_test_wrong0000"}})
    for _ in range(6):
        unavailable(ask(p, token), "provider_unavailable", "the set of another secret")
    answer = ask(p, token)
    unavailable(answer, "provider_unavailable")
    reload(p)
    throughout(p, token, 200)
    end(p)


@case("two configurations in one cache folder never share a set")
def _():
    idp.clear()
    token = world.token(claims=CLAIMS)
    right, = world.singles(1)
    is_(ask(right, token).status, 200)
    wrong, = world.singles(1, {"cache": {"path": right.scratch / "cache"},
                               "clerk": {"secret_key": "sk_test_wrong0000"}})
    answer = ask(wrong, token)
    unavailable(answer, "provider_unavailable")
    told(wrong, answer, "secret key")
    is_(ask(right, token).status, 200)
    end(right), end(wrong)


@case("forty reloads, each with another configuration: each has keys of its own, none lacks them")
def _():
    p, token = running(workers=2)
    for n in range(40):
        p.configure(world.conf({"clerk": {"clock_skew": f"{n + 10}s"}}))
        was = set(p.workers())
        p.reload()
        wait_for(lambda: not was & set(p.workers()), 10, "only new workers")
        throughout(p, token, 200, n, n=6)
        is_(world.count("clerk_jwks"), n + 1, "one fetch for both workers")
    end(p)


@case("SIGHUP under load, configuration unchanged: keys are kept, nobody fetches, nobody fails")
def _():
    p, token = running()
    with Load(p.address, tokens_of(token), threads=3) as flow:
        for _ in range(3):
            flow.wait_more(20)
            reload(p)
    is_(flow.failed(), [])
    is_(world.count("clerk_jwks"), 0)
    end(p)


@case("SIGUSR2: the new program fetches its own set once; writes go on")
def _():
    p, token = running()
    was = set(p.workers())
    p.send(signal.SIGUSR2)
    wait_for(lambda: len(p.workers()) == 3 and not was & set(p.workers()), 10, "new workers")
    throughout(p, token, 200)
    is_(world.count("clerk_jwks"), 1)
    is_(write(p, token).status, 200)
    end(p)


@case("no token and no secret is in a log")
def _():
    no_secrets(world, clerk.about()["secret_key"], "sk_test_wrong0000", "ada@example.org",
               "eyJhbGciOi")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
