"""A Gatehouse for Clerk and for a plain issuer, with a clock that can be put forward.

Counts are those of the provider: a test that says "one fetch" looked at what
the provider was asked, not at what Gatehouse says that it asked.
"""

import base64
import collections
import itertools
import json
import os
import sys
import threading
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World, events                           # noqa: E402
import child                                                    # noqa: E402
import fcgi                                                     # noqa: E402
from idp import Idp                                             # noqa: E402
from load import params                                         # noqa: E402
from pg import Cluster                                          # noqa: E402
from prog import Program, merge                                 # noqa: E402
from skew import Skew                                           # noqa: E402
from tap import contains, is_, ok, skip_all, wait_for                     # noqa: E402

FRESH, USABLE, FORCED, MISSED, HOUR = 300, 3600, 60, 300, 3600
MONTH = 30 * 86400      # tokens live long, as the program's clock runs ahead
AZP = "http://localhost:4000"
PROFILE, PREFERENCES = "/user/profile", "/user/preferences"


class KeysWorld(World):
    """idp with both issuers, pg, and programs whose clock is `clock`."""

    def __init__(self):
        self.clock = Skew()
        self.idp = Idp("--set", "clerk_azp=" + AZP, clerk=True, oidc=True)
        self.programs, self.pg = [], None
        try:
            self.pg = Cluster()
        except child.Missing as missing:
            skip_all(str(missing))
        self.clerk, self.oidc = self.idp.clerk, self.idp.oidc
        self.about = {"clerk": self.clerk.about(), "oidc": self.oidc.about()}

    def conf(self, *changes):
        about = self.about["clerk"]
        base = {
            "providers": ["clerk", "corp"],
            "clerk": {"secret_key": about["secret_key"], "issuer": about["issuer"],
                      "api_url": about["api_url"], "authorized_parties": [AZP],
                      "email_claim": "email", "timeout": "600ms"},
            "oidc": [self.issuer()],
            "database": {"url": self.pg.url, "migrate": True},
            "log": {"level": "debug"},
        }
        return merge(base, *changes)

    def issuer(self, **changes):
        """The plain issuer as an element of the oidc list."""
        about = self.about["oidc"]
        return {"name": "corp", "issuer": about["issuer"], "audience": [about["audience"]],
                "timeout": "600ms", **changes}

    def program(self, *changes, env=None, **how):
        return super().program(*changes, env={**self.clock.env, **(env or {})}, **how)

    def singles(self, n, *changes):
        """So many single processes: one configuration, one shared file, a socket each."""
        first = self._single(None, 0, changes)
        first.scratch.mkdir("cache", 0o700)
        all = [first, *(self._single(first.scratch, i, changes) for i in range(1, n))]
        return [p.start(env=self.clock.env) for p in all]

    def _single(self, scratch, i, changes):
        p = Program({}, via="spawn-fcgi", workers=None, name="bin/gatehouse.fcgi",
                    scratch=scratch)
        p.socket = p.scratch / f"run/{i}.sock"
        p.address = "unix:" + p.socket
        p.client = fcgi.Client(p.address)
        p.configure(self.conf(*changes, {"cache": {"path": p.scratch / "cache"},
                                         "database": {"migrate": False}}))
        self.programs.append(p)
        return p

    # -- tokens --

    def token(self, issuer=None, **spec):
        """A good token that outlives the test, of Clerk's stand-in or of `issuer`."""
        spec = {"expires_in_seconds": MONTH, **spec}
        return (issuer or self.clerk).token(**spec)

    def count(self, *names):
        """How often each was asked for, since reset_counters(); one number for one name."""
        counters = self.idp.counters()
        found = [counters[name] for name in names]
        return found[0] if len(found) == 1 else found


_ids = itertools.count(1)


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def of_kid(token, kid):
    """The token with another key id: nobody can have signed this."""
    _, rest = token.split(".", 1)
    return part({"alg": "RS256", "kid": kid, "typ": "JWT"}) + "." + rest


def bearer(token, method="GET", uri=PROFILE, body=b"", extra=()):
    """(params, body) of a request."""
    length = str(len(body)) if body else ""
    return params(method, uri, [("Authorization", "Bearer " + token), *extra], length), body


def ask(p, token, extra=(), **how):
    """The answer, which knows its request's id: see line_of()."""
    id = f"keys-{os.getpid()}-{next(_ids)}"
    answer = p.client.request(*bearer(token, extra=[("X-Request-Id", id), *extra], **how))
    answer.id = id
    return answer


def write(p, token, text='{"theme":"dark"}'):
    return ask(p, token, method="POST", uri=PREFERENCES, body=text.encode())


def at_once(places, requests, timeout=15):
    """All requests at the same moment, spread over the places; the answers in their order.

    None stands for a connection that ended without an answer.
    """
    start, answers = threading.Barrier(len(requests)), [None] * len(requests)

    def one(i):
        client = fcgi.Client(places[i % len(places)].address, timeout)
        start.wait(30)
        try:
            answers[i] = client.request(*requests[i])
        except (OSError, fcgi.Broken):
            answers[i] = None

    threads = [threading.Thread(target=one, args=(i,), daemon=True)
               for i in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout + 30)
    return answers


def crowd(places, token, n=25, **how):
    """n requests with one token at the same moment."""
    places = places if isinstance(places, list) else [places]
    return at_once(places, [bearer(token, **how)] * n)


# So many workers that 25 requests find one each: a provider that is slow, or a machine
# that is, may hold three quarters of them, and the rest is answered 503 at once.
MANY = 34


def throughout(places, token, status, what="", n=12):
    """One request, then many at the same moment, and so all workers: all of this status."""
    first = ask(places[0] if isinstance(places, list) else places, token)
    all_([first, *crowd(places, token, n)], status, what)


def statuses(answers):
    return dict(collections.Counter(a.status if a else None for a in answers))


def all_(answers, status, what=""):
    is_(statuses(answers), {status: len(answers)}, what)


def later(function, *args, **how):
    """Runs it in a thread; .result() waits for its value."""
    class Later(threading.Thread):
        def run(self):
            self.value = self.error = None
            try:
                self.value = function(*args, **how)
            except Exception as error:
                self.error = error

        def result(self, timeout=20):
            self.join(timeout)
            ok(not self.is_alive(), "it ended in time")
            if self.error:
                raise self.error
            return self.value

    thread = Later(daemon=True)
    thread.start()
    return thread


# -- what was said -------------------------------------------------------------------------

def line_of(p, answer):
    """The log's line of an answer from ask(); it is written after the answer was sent."""
    def found():
        return [line for line in events(p, "request") if line["request_id"] == answer.id]
    return wait_for(found, 5, "the request's line")[-1]


def told(p, answer, words, member=None):
    """Its line says so, in this member, or in why or trouble."""
    line = line_of(p, answer)
    text = " / ".join(str(line.get(m)) for m in ([member] if member else ["why", "trouble"]))
    contains(text, words, "the log")


def refused(p, answer, why):
    """The one public 401, and the reason for the log alone."""
    is_(answer.status, 401, str(line_of(p, answer)))
    is_(answer.json()["message"], "invalid session token")
    told(p, answer, why, "why")


# -- the published keys ----------------------------------------------------------------------

def published(issuer):
    """The keys as the issuer publishes them; not counted, if counters are reset after it."""
    paths = {"clerk": "/.well-known/jwks.json", "oidc": "/jwks"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(issuer.url + paths[issuer.name], timeout=10) as answer:
        return json.load(answer)["keys"]


def publish(issuer, keys):
    issuer.keys(text=json.dumps({"keys": keys}))


# -- processes ---------------------------------------------------------------------------------

def links_to(pid, port):
    """How many TCP connections to this port the process has open."""
    return _links(pid, _inodes(port))


def linked(pids, port):
    """Those of the processes that have one."""
    inodes = _inodes(port)
    return [pid for pid in pids if _links(pid, inodes)]


def _inodes(port):
    inodes = set()
    with open("/proc/net/tcp") as table:
        for line in list(table)[1:]:
            fields = line.split()
            if fields[3] == "01" and int(fields[2].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return inodes


def _links(pid, inodes):
    found = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found += os.readlink(f"/proc/{pid}/fd/{fd}") in inodes
        except OSError:
            continue
    return found


def no_secrets(world, *canaries, files=()):
    """None of these is in any log, any output, or these files."""
    texts = {}
    for p in world.programs:
        texts["log"] = texts.get("log", "") + "\n".join(
            p.scratch.tail("gatehouse.log", 1 << 30) + p.output())
    for path in files:
        with open(path, "rb") as f:
            texts[path] = f.read().decode("latin-1")
    for where, text in texts.items():
        for canary in canaries:
            ok(canary not in text, f"no secret in {where}", canary)
