#!/usr/bin/env python3
"""Where an issuer's keys are: what its document may say, and what nobody can make us fetch.

A document that is wrong is an outage (503), never a refusal (401).  The `iss`
and the headers of a token never lead anywhere.
"""

import contextlib
import json
import os
import socket
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from keys_world import (FRESH, HOUR, MANY, KeysWorld, all_, ask, crowd, line_of,      # noqa: E402
                        no_secrets, published, refused, throughout, told)
from fault_world import timed, unavailable                      # noqa: E402
from tap import case, cases, is_, ok, run, wait_for             # noqa: E402

world = KeysWorld()
idp, oidc, clock = world.idp, world.oidc, world.clock
about = world.about["oidc"]
ISSUER, PORT = about["issuer"], oidc.port
token = world.token(oidc)
TIMEOUT, PATIENCE = 0.4, 1.0
DISCOVERY, KEYS = "oidc_discovery", "oidc_jwks"


class Trap:
    """Listens on loopback, and remembers who came."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.seen = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                self.seen += 1
                peer.close()


trap = Trap()


def program(workers=1, **issuer):
    """A program that has asked for nothing yet."""
    return world.program({"providers": ["corp"],
                          "oidc": [world.issuer(timeout="400ms", **issuer)]}, workers=workers)


def end(p):
    is_(p.stop(), 0)


# -- documents -----------------------------------------------------------------------------------

def uri(value):
    return {"jwks_uri": value}


JWKS = f"127.0.0.1:{PORT}/jwks"
REFUSED = {     # members of the document, what the log says
    "names another issuer": ({"issuer": "https://elsewhere.example"}, "another issuer"),
    "names our issuer with a slash behind it": ({"issuer": ISSUER + "/"}, "another issuer"),
    "names our issuer in capitals": ({"issuer": ISSUER.upper()}, "another issuer"),
    "names a path of our issuer": ({"issuer": ISSUER + "/tenant"}, "another issuer"),
    "names no issuer": ({"issuer": None}, "another issuer"),
    "has a list as issuer": ({"issuer": [ISSUER]}, "another issuer"),
    "names no jwks_uri": (uri(None), "no jwks_uri"),
    "has a number as jwks_uri": (uri(7), "no jwks_uri"),
    "has a list as jwks_uri": (uri(["http://" + JWKS]), "no jwks_uri"),
    "has an empty jwks_uri": (uri(""), "jwks_uri"),
    "leads to plain http elsewhere": (uri("http://192.0.2.1/jwks"), "plain http"),
    "leads to plain http by a name": (uri("http://keys.example/jwks"), "plain http"),
    "leads to a name that begins like loopback":
        (uri("http://localhost.example/jwks"), "plain http"),
    "leads to an address that begins like loopback":
        (uri("http://127.0.0.1.example/jwks"), "plain http"),
    "leads to the cloud's metadata": (uri("http://169.254.169.254/latest"), "plain http"),
    "leads to a link-local address": (uri("http://[fe80::1]/jwks"), "plain http"),
    "leads to any address of this machine": (uri(f"http://0.0.0.0:{PORT}/jwks"), "plain http"),
    "leads to a file": (uri("file:///etc/passwd"), "absolute https"),
    "leads to ftp": (uri("ftp://127.0.0.1/jwks"), "absolute https"),
    "leads to gopher": (uri(f"gopher://127.0.0.1:{PORT}/_GET"), "absolute https"),
    "leads to a scheme in capitals": (uri("FILE:///etc/passwd"), "absolute https"),
    "has a jwks_uri that is relative": (uri("/jwks"), "absolute https"),
    "has a jwks_uri without a scheme": (uri("//" + JWKS), "absolute https"),
    "has user information": (uri("http://user:word@" + JWKS), "absolute https"),
    "has a user that looks like a host": (uri("http://127.0.0.1@evil.example/jwks"), "https"),
    "has a fragment": (uri(f"http://{JWKS}#x"), "fragment"),
    "has an empty fragment": (uri(f"http://{JWKS}#"), "fragment"),
    "has a line break in its jwks_uri": (uri(f"http://{JWKS}\r\nX-Evil: 1"), "jwks_uri"),
    "has a space before its jwks_uri": (uri(f" http://{JWKS}"), "https"),
    "has a jwks_uri of 3,000 characters": (uri(f"http://{JWKS}?{'x' * 3000}"), "no jwks_uri"),
}


@cases("a document that {0}: 503, told in the log, no key is fetched; 200 when it is mended",
       [(n,) for n in REFUSED])
def _(name):
    members, words = REFUSED[name]
    idp.clear()
    p = program()
    oidc.discovery(**members)
    answer = ask(p, token)
    unavailable(answer, "provider_unavailable")
    told(p, answer, words)
    told(p, answer, "discovery: ")
    again = [ask(p, token) for _ in range(4)]
    all_(again, 503, "never 401")
    ok(not any(words in str(line_of(p, a)) for a in again), "told once an attempt")
    is_(world.count(KEYS), 0, "no key is fetched")
    oidc.discovery()
    clock.forward(1.1)
    is_(ask(p, token).status, 200)
    end(p)


TEXTS = {
    "no JSON": "hello", "nothing": "", "HTML": "<html></html>", "a list": "[]",
    "half a document": '{"issuer":"', "null": "null",
    "a member twice": json.dumps({"issuer": ISSUER})[:-1] + f',"jwks_uri":"http://{JWKS}",'
                      f'"issuer":"{ISSUER}"}}',
    "something behind the document":
        json.dumps({"issuer": ISSUER, "jwks_uri": "http://" + JWKS}) + "{}",
    "a document over 64 KiB": json.dumps({"issuer": ISSUER, "jwks_uri": "http://" + JWKS,
                                          "x": "x" * 65536}),
}
FAULTS = {
    "status 404": {"status": 404}, "status 500": {"status": 500}, "status 401": {"status": 401},
    "a redirect": {"redirect": f"http://127.0.0.1:{PORT}/.well-known/openid-configuration"},
    "a redirect into a trap": {"redirect": trap.url},
    "a closed connection": {"close": True}, "half a body": {"half_body": True},
    "no answer at all": {"hang": True}, "a byte a second": {"drip": True},
    "a compressed answer": {"gzip": True},
}
BROKEN = {**{n: {"text": t} for n, t in TEXTS.items()}, **FAULTS}


def spoil(name):
    if name in TEXTS:
        oidc.discovery(text=TEXTS[name])
    else:
        idp.faults(only="discovery", **FAULTS[name])


def mend():
    idp.faults()
    oidc.discovery()


@case("whatever comes instead of a document: the older document stays in use, and is asked for once")
def _():
    idp.clear()
    old, checked = program(), 0
    is_(ask(old, token).status, 200)
    for name in BROKEN:
        idp.clear()
        clock.forward(HOUR + 301)
        is_(ask(old, token).status, 200, "well before " + name)
        spoil(name)
        idp.reset_counters()
        clock.forward(HOUR + 1)
        answer = ask(old, token)
        is_(answer.status, 200, f"{name}: {line_of(old, answer)}")
        is_(world.count(DISCOVERY, KEYS), [1, 1], name)
        mend()
        checked += 1
    is_(checked, len(BROKEN))
    end(old)


@cases("{0} instead of a document, and none before: 503 by the deadline, then 200",
       [(n,) for n in BROKEN])
def _(name):
    idp.clear()
    p = program()
    spoil(name)
    answer, took = timed(ask, p, token)
    unavailable(answer, "provider_unavailable")
    told(p, answer, "discovery: ")
    ok(took < TIMEOUT + PATIENCE, "by the deadline", took)
    is_(world.count(KEYS), 0)
    mend()
    clock.forward(1.1)
    is_(ask(p, token).status, 200)
    end(p)


@case("a redirect of the key set itself is not followed either")
def _():
    idp.clear()
    p = program()
    idp.faults(only="jwks", redirect=trap.url)
    answer = ask(p, token)
    unavailable(answer, "provider_unavailable")
    told(p, answer, "status 302")
    is_(trap.seen, 0)
    end(p)


# -- what is legal ---------------------------------------------------------------------------------

@cases("a jwks_uri {0} is legal", [("with a query", f"http://{JWKS}?tenant=a&x=%20"),
                                  ("by the name localhost", f"http://localhost:{PORT}/jwks"),
                                  ("at another port", None)])
def _(what, url):
    idp.clear()
    other = world.clerk.url + "/.well-known/jwks.json"
    p = program()
    oidc.discovery(jwks_uri=url or other)
    mine = token if url else world.token(claims={"iss": ISSUER, "aud": about["audience"]})
    answer = ask(p, mine)
    is_(answer.status, 200, str(line_of(p, answer)))
    is_(world.count(KEYS), 1 if url else 0)
    end(p)


@case("the document is fresh for an hour; then it is asked for with the next key set")
def _():
    idp.clear()
    p = program(workers=3)
    throughout(p, token, 200, n=12)
    for _ in range(11):
        clock.forward(FRESH + 1)
        throughout(p, token, 200, n=6)
    is_(world.count(DISCOVERY, KEYS), [1, 12])
    clock.forward(FRESH + 1)
    throughout(p, token, 200, n=6)
    is_(world.count(DISCOVERY, KEYS), [2, 13])
    end(p)


@case("a key set that moved is found within the hour")
def _():
    idp.clear()
    p = program()
    is_(ask(p, token).status, 200)
    oidc.discovery(jwks_uri=world.clerk.url + "/.well-known/jwks.json")
    moved = world.token(claims={"iss": ISSUER, "aud": about["audience"]})
    is_(ask(p, moved).status, 401)
    clock.forward(HOUR + 1)
    is_([ask(p, moved).status, ask(p, token).status], [200, 401])
    end(p)


@case("jwks_url replaces discovery: the document is never asked for")
def _():
    idp.clear()
    p = program(workers=2, jwks_url=about["jwks_url"])
    oidc.discovery(issuer="https://elsewhere.example", jwks_uri=trap.url)
    throughout(p, token, 200, n=12)
    clock.forward(HOUR + 1)
    throughout(p, token, 200, n=12)
    is_(world.count(DISCOVERY, KEYS), [0, 2])
    end(p)


@case("25 cold requests at once: one document, one key set, all 200")
def _():
    idp.clear()
    p = program(workers=MANY)
    idp.faults(only="discovery", latency_ms=60)
    all_(crowd(p, token), 200)
    is_(world.count(DISCOVERY, KEYS), [1, 1])
    end(p)


@case("429 for the document: its Retry-After is obeyed")
def _():
    idp.clear()
    p = program(workers=2)
    idp.faults(only="discovery", status=429, headers={"Retry-After": "40"}, times=1)
    ok(30 <= unavailable(ask(p, token), "provider_unavailable") <= 40, "told to clients")
    clock.forward(38)
    all_([ask(p, token) for _ in range(6)], 503)
    is_(world.count(DISCOVERY, KEYS), [1, 0])
    clock.forward(3)
    is_(ask(p, token).status, 200)
    end(p)


# -- the name of an issuer -------------------------------------------------------------------------

@case("an issuer with a slash at its end: part of its name, not of the place of its document")
def _():
    idp.clear()
    name = ISSUER + "/tenant/"
    p = program(issuer=name)
    mine = world.token(oidc, claims={"iss": name})
    unavailable(ask(p, mine), "provider_unavailable", "the document says /tenant")
    seen, = [r for r in idp.requests() if r.listener == "oidc"]
    is_(seen.path, "/tenant/.well-known/openid-configuration")
    oidc.discovery(issuer=name)
    clock.forward(1.1)
    is_(ask(p, mine).status, 200)
    refused(p, ask(p, world.token(oidc, claims={"iss": name[:-1]})), "issuer is not configured")
    end(p)


@case("an issuer with a path: the document is below it")
def _():
    idp.clear()
    name = ISSUER + "/a/b"
    p = program(issuer=name)
    is_(ask(p, world.token(oidc, claims={"iss": name})).status, 200)
    is_(idp.requests("/a/b/.well-known/openid-configuration") != [], True)
    refused(p, ask(p, token), "issuer is not configured")
    end(p)


# -- S03: nothing in a token leads anywhere --------------------------------------------------------

LURES = {
    "iss": {"claims": {"iss": trap.url}},
    "iss, as one below ours": {"claims": {"iss": ISSUER + ".evil.example"}},
    "iss, with our issuer as user": {"claims": {"iss": ISSUER + "@" + trap.url[7:]}},
    "jku": {"header": {"jku": trap.url}, "signer": "foreign"},
    "x5u": {"header": {"x5u": trap.url}, "signer": "foreign"},
    "jwk": {"header": {"jwk": dict(published(oidc)[0], kid="k")}, "signer": "foreign"},
    "kid": {"header": {"kid": trap.url}},
    "kid, as a path": {"header": {"kid": "../../jwks"}},
}
lured = program(workers=2)


@cases("S03 {0} of a token is never fetched: refused", [(n,) for n in LURES])
def _(name):
    idp.clear()
    clock.forward(61)
    is_(ask(lured, token).status, 200)
    is_(ask(lured, world.token(oidc, **LURES[name])).status, 401)
    is_(trap.seen, 0, "nobody came")
    is_({r.path for r in idp.requests() if r.listener == "oidc"}
        - {"/jwks", "/.well-known/openid-configuration"}, set())


@case("S03 the trap works: who does go there is seen; and no token is in a log")
def _():
    end(lured)
    is_(trap.seen, 0)
    p = program(jwks_url=trap.url + "/jwks")
    is_(ask(p, token).status, 503)
    wait_for(lambda: trap.seen == 1, 5, "it is seen")
    end(p)
    no_secrets(world, token, token.split(".")[1], "eyJhbGciOi")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
