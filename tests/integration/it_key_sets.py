#!/usr/bin/env python3
"""Key sets: one fetch for all workers of a host, and what strangers can make us ask.

A flood of key ids that nobody knows costs the provider one forced fetch a
minute, and nobody who is signed in a single answer.
"""

import collections
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from keys_world import (FORCED, FRESH, MANY, MISSED, USABLE, KeysWorld, all_, ask,    # noqa: E402
                        bearer, crowd, later, line_of, no_secrets, of_kid, publish, published,
                        refused, statuses, throughout, told)
from fault_world import healthy, timed, unavailable             # noqa: E402
import fcgi                                                     # noqa: E402
from load import Load, percentile                               # noqa: E402
from tap import case, cases, is_, ok, run, wait_for       # noqa: E402

world = KeysWorld()
idp, clerk, oidc, clock = world.idp, world.clerk, world.oidc, world.clock
CLAIMS = {"email": "ada@example.org"}
good, corp = world.token(claims=CLAIMS), world.token(oidc)
JUNK = 1000


def cold(*changes, workers=4):
    """A program that has asked for nothing yet."""
    idp.clear()
    return world.program(*changes, workers=workers)


def end(*programs):
    for p in programs:
        is_(p.stop(), 0)


def junk(name):
    return of_kid(good, f"ins_{name}")


# -- one fetch ---------------------------------------------------------------------------------

ISSUERS = {"clerk": (good, "clerk_jwks", ["clerk_jwks"]),
           "oidc": (corp, "oidc_jwks", ["oidc_jwks", "oidc_discovery"])}


@cases("{0}: 25 cold requests at once cause one fetch, and all are 200", [(n,) for n in ISSUERS])
def _(name):
    token, _, counts = ISSUERS[name]
    p = cold(workers=MANY)
    idp.faults(latency_ms=80, only=name)
    all_(crowd(p, token), 200)
    for what in counts:
        is_(world.count(what), 1, what)
    end(p)


@case("25 cold requests at once over four single processes cause one fetch, and all are 200")
def _():
    idp.clear()
    all = world.singles(4)
    idp.faults(latency_ms=80, only="jwks")
    all_(crowd(all, good), 200)
    is_(world.count("clerk_jwks"), 1)
    end(*all)


@case("25 cold requests while the provider is slow: one fetch; 200, or 503 at once, never 401")
def _():
    p = cold({"clerk": {"timeout": "1500ms"}})
    idp.faults(latency_ms=500, only="jwks")
    answers, took = timed(crowd, p, good)
    ok(set(statuses(answers)) <= {200, 503}, "never 401", statuses(answers))
    ok(statuses(answers)[200] >= 3, "who waits is served", statuses(answers))
    ok(took < 1.5 + 1, "and not twice", took)
    is_(world.count("clerk_jwks"), 1)
    end(p)


@case("a fetched set serves all workers for 300 s; then one worker refreshes it, once")
def _():
    p = cold()
    throughout(p, good, 200)
    clock.forward(FRESH - 20)
    throughout(p, good, 200)
    is_(world.count("clerk_jwks"), 1, "fresh")
    clock.forward(21)
    throughout(p, good, 200)
    is_(world.count("clerk_jwks"), 2, "refreshed by one")
    end(p)


@case("while one worker refreshes slowly, the others use the old set and do not wait")
def _():
    p = cold()
    throughout(p, good, 200)
    clock.forward(FRESH + 1)
    idp.faults(latency_ms=500, only="jwks")
    with Load(p.address, lambda t, n: bearer(good), threads=4) as flow:
        flow.wait_more(100)
    is_(flow.failed(), [])
    is_([o.took > 0.4 for o in flow.outcomes].count(True), 1, "the one that fetched")
    is_(world.count("clerk_jwks"), 2)
    end(p)


@case("a set past its hour is not used: all wait for the one fetch")
def _():
    p = cold(workers=MANY)
    throughout(p, good, 200)
    clock.forward(USABLE + 1)
    idp.faults(latency_ms=80, only="jwks")
    all_(crowd(p, good), 200)
    is_(world.count("clerk_jwks"), 2)
    end(p)


@case("the set outlives workers: those that come later fetch nothing")
def _():
    p = cold()
    throughout(p, good, 200)
    for pid in p.workers():
        os.kill(pid, 9)
    all_([a for a in crowd(p, good) if a], 200)
    throughout(p, good, 200)
    is_(world.count("clerk_jwks"), 1)
    end(p)


@case("single processes that come later fetch nothing")
def _():
    idp.clear()
    first, *others = world.singles(3)
    is_(ask(first, good).status, 200)
    end(first)
    first.start(env=clock.env)
    all_(crowd([first, *others], good, 12), 200)
    is_(world.count("clerk_jwks"), 1)
    end(first, *others)


@case("a key in the configuration: no fetch at all, not for unknown ids and bad signatures either")
def _():
    p = cold({"clerk": {"jwt_key": clerk.about()["jwt_key"]}})
    throughout(p, good, 200)
    clock.forward(USABLE + 1)
    is_(ask(p, junk("any")).status, 401, "the header is signed, too")
    is_(ask(p, world.token(signer="foreign")).status, 401)
    throughout(p, good, 200)
    is_(world.count("clerk_jwks", "clerk_connections"), [0, 0])
    end(p)


# -- unknown key ids ----------------------------------------------------------------------------

def flood(places, n):
    """That many unknown ids, by eight threads spread over the places: how many of each status."""
    found = collections.Counter()

    def send(thread):
        client = fcgi.Client(places[thread % len(places)].address)
        for i in range(thread, n, 8):
            found[client.request(*bearer(junk(i))).status] += 1
    for thread in [later(send, i) for i in range(8)]:
        thread.result(30)
    return found


def check_flood(places):
    is_(ask(places[0], good).status, 200)
    is_(world.count("clerk_jwks"), 1)
    users = [Load(p.address, lambda t, n: bearer(good), threads=1).start() for p in places]
    found = flood(places, JUNK)
    for load in users:
        load.stop()
    is_(world.count("clerk_jwks"), 2, "fetches: the first and a forced one")
    is_(found, {401: 1, 503: JUNK - 1}, "the one that was asked for is no; throttled is not")
    for load in users:
        is_(load.failed(), [], "users while it goes on")
        ok(len(load) > 10, "users were there", len(load))
        ok(percentile(load.outcomes, 0.9) < 0.25, "p90", percentile(load.outcomes, 0.9))


@case("1,000 unknown key ids in a minute: one forced fetch over all workers, 503, users unaffected")
def _():
    p = cold()
    pids = p.workers()
    check_flood([p])
    healthy(p, pids)
    end(p)


@case("the same over four single processes that share a file: one forced fetch of them all")
def _():
    idp.clear()
    all = world.singles(4)
    check_flood(all)
    end(*all)


@case("an unknown key id that a fetch did not bring: 401 from the list, 300 s long, without a call")
def _():
    p = cold()
    throughout(p, good, 200)
    refused(p, ask(p, junk("one")), "no key of that kid")
    is_(world.count("clerk_jwks"), 2)
    throughout(p, junk("one"), 401, "all workers know it")
    answer = ask(p, junk("two"))
    unavailable(answer, "provider_unavailable", "throttled")
    told(p, answer, "unknown key id, and no newer set to be had", "why")
    is_(world.count("clerk_jwks"), 2, "no call for either")
    end(p)


@case("a minute later another one may be asked for, and the list is kept meanwhile")
def _():
    p = cold()
    throughout(p, good, 200)
    is_(ask(p, junk("one")).status, 401)
    clock.forward(FORCED - 5)
    is_(ask(p, junk("two")).status, 503, "55 s")
    clock.forward(6)
    is_(ask(p, junk("two")).status, 401, "61 s")
    is_(ask(p, junk("three")).status, 503)
    is_([ask(p, junk(n)).status for n in ("one", "two")], [401, 401])
    is_(world.count("clerk_jwks"), 3)
    end(p)


@case("the list forgets after 300 s: then it is asked for again, or 503 while throttled")
def _():
    p = cold()
    throughout(p, good, 200)
    is_(ask(p, junk("one")).status, 401)
    clock.forward(MISSED + 1)
    is_(ask(p, good).status, 200)
    before = world.count("clerk_jwks")
    is_([ask(p, junk(n)).status for n in ("two", "one")], [401, 503])
    is_(world.count("clerk_jwks"), before + 1)
    end(p)


def without_memory():
    """A single process that finds no folder for the memory that processes share."""
    p = world.program({"database": {"migrate": False}}, workers=None, via="spawn-fcgi",
                      name="bin/gatehouse.fcgi", start=False)
    p.isolate("mount -t tmpfs -o ro none /dev/shm")
    nowhere = dict.fromkeys(("RUNTIME_DIRECTORY", "STATE_DIRECTORY", "XDG_STATE_HOME"),
                            "/nonexistent")
    return p.start(env={**clock.env, **nowhere})


NOISE = {"ones": lambda n: b"\xff" * n, "large numbers": lambda n: b"\x7f" * n,
         "zeros": bytes, "noise": os.urandom}


@cases("{0} written over the shared memory: nobody passes by it, and it mends itself",
       [(n,) for n in NOISE])
def _(name):
    idp.clear()
    p, = world.singles(1)
    forged = world.token(claims=CLAIMS, signer="foreign")
    is_([ask(p, good).status, ask(p, corp).status], [200, 200])
    folder = p.scratch / "cache"
    file, = os.listdir(folder)
    with open(os.path.join(folder, file), "r+b") as f:
        size = os.fstat(f.fileno()).st_size
        f.seek(4096)
        f.write(NOISE[name](size - 4096))
    for token in forged, world.token(oidc, signer="foreign"):
        ok(ask(p, token).status in (401, 503), "never 200")
    clock.forward(31)
    for token in good, corp:
        wait_for(lambda: ask(p, token).status == 200, 2, "it mends itself")
        is_(ask(p, token).status, 200)
    clock.forward(FORCED + 1)
    is_([ask(p, forged).status, ask(p, junk("one")).status], [401, 503])
    clock.forward(FORCED + 1)
    is_(ask(p, junk("one")).status, 401)
    end(p)


@case("no memory in common, no throttle in common: nothing is fetched for an unknown id, 503")
def _():
    idp.clear()
    p = without_memory()
    ok("shared memory is private to this process" in str(p.log()), "it is told at the start")
    is_(ask(p, good).status, 200)
    is_([ask(p, junk(n)).status for n in range(5)], [503] * 5)
    is_(ask(p, world.token(claims=CLAIMS, signer="foreign")).status, 401)
    is_(world.count("clerk_jwks"), 1)
    clerk.rotate()
    new = world.token(claims=CLAIMS)
    is_(ask(p, new).status, 503)
    clock.forward(FRESH + 1)
    is_(ask(p, new).status, 200, "by the usual refresh")
    is_(world.count("clerk_jwks"), 2)
    end(p)


@case("a set that changed empties the list: an id that was refused may be a new key now")
def _():
    p = cold()
    late = dict(KEY, kid="ins_late")
    token = world.token(claims=CLAIMS, header={"kid": "ins_late"})
    throughout(p, good, 200)
    is_(ask(p, token).status, 401)
    clock.forward(FORCED + 1)
    is_(ask(p, junk("one")).status, 401)
    throughout(p, token, 401, "listed")
    throughout(p, junk("one"), 401, "listed")
    publish(clerk, [KEY, late])
    clock.forward(FORCED + 1)
    is_(ask(p, junk("other")).status, 401, "somebody else's fetch")
    throughout(p, token, 200, "a key now")
    throughout(p, junk("one"), 503, "may be one, too: who knows")
    end(p)


@case("each provider has its own budget: a flood at one does not close the other")
def _():
    p = cold()
    is_([ask(p, good).status, ask(p, corp).status], [200, 200])
    is_([ask(p, junk("one")).status, ask(p, junk("two")).status], [401, 503])
    is_(ask(p, of_kid(corp, "nobody")).status, 401)
    is_(ask(p, of_kid(corp, "nobody else")).status, 503)
    is_(world.count("clerk_jwks", "oidc_jwks"), [2, 2])
    end(p)


@case("a key of one provider never answers for the other, though both have the same id")
def _():
    p = cold()
    kid = oidc.about()["kid"]
    publish(clerk, [dict(KEY, kid=kid)])
    same = world.token(claims=CLAIMS, header={"kid": kid})
    is_([ask(p, same).status, ask(p, corp).status], [200, 200])
    theirs = world.token(oidc, claims={"iss": clerk.about()["issuer"], "azp": "http://x.example"})
    refused(p, ask(p, theirs), "signature")
    end(p)


# -- what a set may hold ------------------------------------------------------------------------

KEY, OTHER = published(clerk)[0], published(oidc)[0]
EC = {"kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig",
      "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
OKP = {"kty": "OKP", "crv": "Ed25519", "kid": "okp",
       "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
OCT = {"kty": "oct", "kid": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKt"}
BESIDE = {
    "an elliptic key": EC, "an Edwards key": OKP, "a symmetric key": OCT,
    "a certificate alone": {"kty": "RSA", "kid": "x5c", "x5c": ["MIIC"]},
    "a key for encryption": {"kty": "RSA", "kid": "enc", "use": "enc", "n": "AQAB", "e": "AQAB"},
    "a key of a kind that nobody knows": {"kty": "QQQ", "kid": "q"},
    "a key without a kind": {"kid": "none"}, "no object at all": 7, "null": None,
    "a list": [], "a short key": {"kty": "RSA", "kid": "short", "n": "AQAB", "e": "AQAB"},
    "a key with its secret": dict(KEY, kid="private", d="AQAB", p="AQAB", q="AQAB"),
    "the same key again": KEY, "a key with members that nobody knows": {**KEY, "x": [{"y": None}]},
    "an elliptic key under the same id": {**EC, "kid": KEY["kid"]},
}


@cases("{0} in the set beside the good key is passed over", [(n,) for n in BESIDE])
def _(name):
    publish(clerk, [BESIDE[name], KEY, BESIDE[name]])
    clock.forward(USABLE + 40)      # what is published now is what counts
    answer = ask(shared, good)
    is_(answer.status, 200, str(line_of(shared, answer)))
    if name == "a key with its secret":
        is_(ask(shared, world.token(claims=CLAIMS, header={"kid": "private"})).status, 401)


ONE = json.dumps({"keys": [KEY]})
UNUSABLE = {
    "two different keys under one id":
        (json.dumps({"keys": [KEY, dict(OTHER, kid=KEY["kid"])]}), "same kid"),
    "nothing in its list": ('{"keys":[]}', "no key is usable"),
    "no list": ("{}", "no array"),
    "an object for the list": ('{"keys":{"0":1}}', "no array"),
    "only a symmetric key": (json.dumps({"keys": [OCT]}), "no key is usable"),
    "65 keys": (json.dumps({"keys": [dict(KEY, kid=str(n)) for n in range(65)]}), "over 64"),
    "a member twice": (ONE[:-1] + ',"keys":[]}', "key set: "),
    "something behind the object": (ONE + "x", "key set: "),
    "a list for the object": (json.dumps([KEY]), "key set: "),
    "a byte order mark": ("\ufeff" + ONE, "key set: "),
}


@cases("a set with {0} is a fetch that failed: an old set stays in use, without one 503",
       [(n,) for n in UNUSABLE])
def _(name):
    text, words = UNUSABLE[name]
    idp.clear()
    clock.forward(USABLE + 40)
    is_(ask(shared, good).status, 200)
    clerk.keys(text=text)
    clock.forward(FRESH + 1)
    answer = ask(shared, good)
    is_(answer.status, 200, "the old set stays")
    told(shared, answer, words, "trouble")
    clock.forward(USABLE)
    answer = ask(shared, good)
    unavailable(answer, "provider_unavailable")
    told(shared, answer, words, "why")
    clerk.reset_keys()
    clock.forward(40)
    is_(ask(shared, good).status, 200)


shared = world.program(workers=2)


@case("no token and no secret is in a log, and no worker died by itself")
def _():
    end(shared)
    no_secrets(world, good, corp, good.split(".")[1], clerk.about()["secret_key"],
               "ada@example.org")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
