"""Gatehouse between issuers of tokens and a database, and what it made of a token.

Every test program about tokens makes one World. A request is judged by three
things: its status, the whole of its answer, and the line of the access log
about it, which alone says why.
"""

import atexit
import itertools
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.dont_write_bytecode = True

import apidoc                                                             # noqa: E402
import child                                                              # noqa: E402
import idp as idp_lib                                                     # noqa: E402
from pg import Cluster                                                    # noqa: E402
from prog import READY, Program, merge                                    # noqa: E402
from rawhttp import request                                               # noqa: E402
from tap import Failed, case, is_, ok, skip_all, wait_for                 # noqa: E402

sys.path.insert(0, os.path.dirname(idp_lib.PROGRAM))
import rsa                                                                # noqa: E402

SITE = "https://www.gate.example"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# What a client learns of a refused token: the whole of it.
INVALID = b'{"code":"unauthenticated","message":"invalid session token","details":null}'
MISSING = INVALID.replace(b"invalid", b"missing")
JSON = ("Content-Type", "application/json")


class Seen:
    """An answer, and what the access log says about it."""

    def __init__(self, answer, line):
        self.answer, self.line = answer, line
        self.status, self.body = answer.status, answer.body
        self.why, self.verdict = line.get("why"), line.get("verdict")
        self.provider = line.get("provider")

    def json(self):
        return self.answer.json()

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r} {self.line}"

    def is_refused(self, why, what=""):
        """401 with the one public answer; the reason is in the log alone."""
        is_((self.status, self.verdict, self.why), (401, "denied", why), what)
        is_(self.body, INVALID, "the public answer")
        is_(self.answer.all("WWW-Authenticate"), ["Bearer"])
        ok("private" in self.answer.get("Cache-Control", ""), "Cache-Control", self.answer)

    def is_anonymous(self, what=""):
        is_((self.status, self.verdict, self.body), (401, "anonymous", MISSING), what)

    def is_allowed(self, what=""):
        is_((self.status, self.verdict, self.why), (200, "allowed", None), what)

    def is_unsure(self, why, what=""):
        is_((self.status, self.verdict, self.why), (503, "unsure", why), what)
        is_(self.json()["details"]["reason"], "provider_unavailable", what)

    def is_what(self, why):
        """Refused for that reason; allowed when it is None."""
        self.is_allowed() if why is None else self.is_refused(why)


class Gate(Program):
    """A Gatehouse whose answers come with their lines of the access log."""

    numbers = itertools.count(1)

    def __init__(self, conf, **how):
        super().__init__(conf, **how)
        self.lines, self.offset = {}, 0

    def start(self, *how, **named):
        super().start(*how, **named)
        return apidoc.watch(self)       # a described answer, whatever the token

    def line(self, request_id):
        def read():
            try:
                with open(self.scratch / "gatehouse.log", "rb") as file:
                    file.seek(self.offset)
                    text = file.read()
            except FileNotFoundError:
                return None
            whole = text.rpartition(b"\n")[0]
            self.offset += len(whole) + 1 if whole else 0
            for entry in map(json.loads, whole.split(b"\n") if whole else ()):
                if entry.get("event") == "request":
                    self.lines[entry["request_id"]] = entry
            return self.lines.get(request_id)
        return wait_for(read, 10, f"the line of {request_id} in the access log", 0.005)

    def ask(self, *headers, method="GET", target="/user/profile", body=None):
        request_id = f"t{os.getpid()}-{next(self.numbers)}"
        answer = self.client.http(method, target, [*headers, ("X-Request-Id", request_id)], body)
        return Seen(answer, self.line(request_id))

    def bearer(self, token, *headers, **how):
        return self.ask(("Authorization", "Bearer " + token), *headers, **how)

    def write(self, token, *headers):
        """A request that needs an identity and no more: users are not looked up."""
        return self.bearer(token, JSON, *headers, method="POST", target="/user/preferences",
                           body=b"{}")

    def cookie(self, text, *headers, **how):
        return self.ask(("Cookie", text), *headers, **how)

    def whoami(self, text):
        """The lines of `gatehouse whoami`: a dict of lists, and the exit status."""
        done = self.run("whoami", data=text + "\n")
        found = {"status": done.returncode}
        for row in done.stdout.splitlines():
            found.setdefault(row[:12].strip(), []).append(row[13:])
        return found


class World:
    """The stand-ins for Clerk and an issuer, a database, and the Gatehouses before them."""

    def __init__(self, *idp_args, site=SITE):
        self.gates = []
        self.idp = idp_lib.Idp("--allow-return-to", site + "/", *idp_args, clerk=True, oidc=True)
        self.clerk, self.oidc = self.idp.clerk, self.idp.oidc
        self.about = self.clerk.about()
        self.site = site
        try:
            self.pg = Cluster()
        except child.Missing as missing:
            skip_all(str(missing))
        atexit.register(self.close)

    def conf(self, *changes):
        about = self.about
        return merge({
            "providers": ["clerk"], "public_url": self.site, "log": {"level": "debug"},
            "database": {"url": self.pg.url},
            "clerk": {"secret_key": about["secret_key"], "issuer": about["issuer"],
                      "publishable_key": about["publishable_key"], "api_url": about["api_url"],
                      "authorized_parties": [self.site, about["azp"]]},
        }, *changes)

    def gate(self, *changes, workers=2):
        """A running Gatehouse; the first one makes the tables."""
        gate = Gate(self.conf(*changes), workers=workers)
        self.gates.append(gate)
        gate.start()
        wait_for(lambda: self.pg.psql("SELECT to_regclass('user_profile')"), READY, "tables")
        return gate

    def corp(self, *changes, **members):
        """A configuration of the plain issuer, named corp."""
        about = self.oidc.about()
        return merge({"providers": ["corp"], "oidc": [
            {"name": "corp", "issuer": about["issuer"], "audience": [about["audience"]],
             **members}]}, *changes)

    def calls(self):
        """Calls that the stand-in got as Clerk: key sets, users, anything."""
        return {name: n for name, n in self.idp.counters().items()
                if name.startswith("clerk_") and n}

    def close(self):
        for gate in self.gates:
            if gate.proc and gate.proc.poll() is None:
                gate.kill()
        self.pg.close()
        self.idp.remove()


class Forge:
    """A key of the test's own, for tokens that no honest signer would make."""

    def __init__(self, kid, alg="RS256"):
        self.kid, self.alg, self.key = kid, alg, rsa.Key.generate()

    def jwk(self, **members):
        return {**self.key.jwk(self.kid, self.alg), **members}

    def header(self, **members):
        return {"alg": self.alg, "kid": self.kid, "typ": "JWT", **members}

    def token(self, claims, header=None, spell=lambda text, part: text, sign=None):
        """Claims and header are dicts or bytes; spell(text, part) respells a segment (0: header,
        1: claims) before it is signed; sign(message) signs in another way."""
        parts = [spell(rsa.b64(part if isinstance(part, bytes) else json.dumps(part).encode()), n)
                 for n, part in enumerate((self.header() if header is None else header, claims))]
        message = ".".join(parts)
        signature = sign(message.encode()) if sign else self.key.sign(self.alg, message.encode())
        return f"{message}.{rsa.b64(signature)}"

    def raw_signature(self, padded):
        """The private operation on a block of the test's own making."""
        value = self.key._private(int.from_bytes(padded, "big"))
        return value.to_bytes(self.key.size, "big")


def own_jwk(world):
    """What the Clerk stand-in itself publishes."""
    return request(("127.0.0.1", world.clerk.port), "GET",
                   "/.well-known/jwks.json").json()["keys"][0]


def publish(world, *forges):
    """The Clerk stand-in publishes these keys beside its own."""
    world.clerk.keys(text=json.dumps({"keys": [own_jwk(world), *(f.jwk() for f in forges)]}))


def respelled(text):
    """The same bytes in base64url with other unused bits, or None where there are none."""
    has_unused = len(text) % 4 in (2, 3)
    return text[:-1] + ALPHABET[ALPHABET.index(text[-1]) | 1] if has_unused else None


def in_one_second(make, ask, tries=20):
    """What `ask` saw of make(now), both within one second of the clock."""
    for _ in range(tries):
        now = int(time.time())
        seen = ask(make(now))
        if int(time.time()) == now:
            return seen
    raise Failed("no second was long enough")


def last_cases(world, *secrets):
    """Registered last: nothing leaked, nothing broke."""
    @case("no token, key or secret stands in a log, and no part of a token either")
    def _():
        for gate in world.gates:
            text = "\n".join(map(json.dumps, gate.log())) + "\n".join(gate.output())
            # every JWT here begins like this: {" in base64url
            for secret in ("eyJ", world.about["secret_key"], *secrets):
                ok(secret not in text, f"{secret[:12]}... in a log", text[-300:])

    @case("nobody died of it, and all stop cleanly")
    def _():
        for gate in world.gates:
            ended = [line for line in gate.log()
                     if line.get("event") in ("worker died", "worker killed")]
            is_((gate.stop(), ended), (0, []))
        ok("Traceback" not in world.idp.logged(), "the stand-in", world.idp.logged()[-2000:])
