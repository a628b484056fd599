"""A loud Gatehouse, and canaries: values that are known again wherever they turn up.

Each place that somebody could put a secret into has a canary of its own, so that one
that is found tells where it came from.  A canary stands for a credential in its form
too, since what looks like one may be treated as one.
"""

import base64
import json
import os
import re
import secrets
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import webhook                                                  # noqa: E402
from idp import Idp                                             # noqa: E402
from pg import Cluster                                          # noqa: E402
from prog import Program                                        # noqa: E402

MARK = re.compile(rb"cnry[0-9a-z]{14}")
AUDIENCE = "api"


def b64(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


class Canaries:
    def __init__(self):
        self.places = {}

    def new(self, place):
        """The same place has the same one."""
        for mark, known in self.places.items():
            if known == place:
                return mark
        mark = "cnry" + secrets.token_hex(7)
        self.places[mark] = place
        return mark

    def token(self, place):
        return "ory_st_" + self.new(place)

    def jwt(self, place):
        """Unsigned, with the mark where it can be read."""
        mark = self.new(place)
        return ".".join([b64('{"alg":"RS256","kid":"%s"}' % mark),
                         b64('{"sub":"%s"}' % mark), mark])

    def email(self, place):
        return self.new(place) + "@example.org"

    def found(self, data):
        """Where each canary in these bytes had been put; "?" for one of another run."""
        return sorted({self.places.get(m.decode(), "?") for m in MARK.findall(data)})


class Loud:
    """Everything that tells is switched on: level debug, traces, metrics, status."""

    def __init__(self):
        self.pg, self.idp = Cluster(), Idp(keep=False, clerk=True, oidc=True)
        self.marks = Canaries()
        self.hook_clerk = "whsec_" + base64.b64encode(
            (self.marks.new("clerk.webhook_secret") + "x" * 16).encode()).decode()
        self.hook_ory = self.marks.new("ory.webhook_secret") + "-0123456789"
        about = self.idp.clerk.about()
        self.conf = {
            "providers": ["ory", "clerk", "corp"], "public_url": "https://www.example.com",
            "ory": {"url": self.idp.public, "timeout": "1s", "webhook_secret": self.hook_ory,
                    "cache_ttl": "0s"},
            "clerk": {"secret_key": about["secret_key"], "api_url": self.idp.clerk.url,
                      "publishable_key": about["publishable_key"], "issuer": about["issuer"],
                      "authorized_parties": ["https://www.example.com"],
                      "webhook_secret": self.hook_clerk},
            "oidc": [{"name": "corp", "issuer": self.idp.oidc.about()["issuer"],
                      "audience": [AUDIENCE]}],
            "guard": {"rules": [{"path": "/", "roles_any": ["nobody"]}]},
            "database": {"url": self.url()},
            "log": {"level": "debug", "slow": "1ms"},
            "metrics": {"allow": ["127.0.0.1"]}}
        self.p = Program(self.conf)
        self.p.configure({**self.conf, "trace": {"file": self.p.scratch / "trace.jsonl"}})
        self.ada = ()           # her credentials, as headers have them
        # (who asked, as Ada or not, status, everything in the answer)
        self.answers = []

    def url(self):
        password = self.marks.new("database.url password")
        return f"postgresql://gatehouse:{password}@/gatehouse?host={self.pg.sockets}"

    def start(self):
        self.p.run("migrate", "up")
        self.p.start()
        return self

    def ask(self, who, method, target, headers=(), body=None, **how):
        """who: whose answer it is; the canaries of that place may be in it."""
        got = self.p.client.http(method, target, headers, body, **how)
        head = "".join(f"{k}: {v}\n" for k, v in got.headers)
        signed_in = any(v in self.ada for _, v in headers)
        self.answers.append((who, signed_in, got.status,
                             head.encode("utf-8", "replace") + got.body))
        return got

    def hooks(self):
        return webhook.Clerk(self.hook_clerk), webhook.Ory(self.hook_ory)

    def files(self):
        """(name, bytes) of all that the program wrote."""
        for name in "gatehouse.log", "trace.jsonl", "stderr.log":
            with open(self.p.scratch / name, "rb") as f:
                yield name, f.read()

    def told(self):
        """What each command that tells about the service prints."""
        for words in ["status"], ["status", "--json"], ["print-config"], ["check"], ["openapi"]:
            done = self.p.run(*words)
            yield " ".join(words), (done.stdout + done.stderr).encode()

    def close(self):
        if self.p.proc:
            self.p.kill()
        self.idp.remove()
        self.pg.close()


def json_body(**members):
    return json.dumps(members).encode()


JSON = ("Content-Type", "application/json")
BROWSER = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate")]
