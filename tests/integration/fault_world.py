"""A provider, a database and a Gatehouse of one's own, and ways to look into them.

Every test program about faults makes one World; nothing in it is shared with a
program that runs beside it.
"""

import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import child                                            # noqa: E402
import fcgi                                             # noqa: E402
from idp import Idp                                     # noqa: E402
from load import params                                 # noqa: E402
from pg import Cluster                                  # noqa: E402
from prog import READY, Program, merge                  # noqa: E402
from tap import is_, ok, skip_all, wait_for             # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
RESPAWN = 1.0       # the promise for a worker; the machine's own slowness aside


def alive(pid):
    """Running: a zombie that nobody has reaped yet is not."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def descriptors(pid):
    """How many it has open; of one that has ended more than any."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except FileNotFoundError:
        return float("inf")


def cpu_seconds(pid):
    """User and system time of one process, its dead children's included."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def members(group):
    """All processes of a session that still run, orphans too."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and os.getsid(int(entry)) == group and alive(entry):
                found.append(int(entry))
        except ProcessLookupError:
            continue
    return sorted(found)


class World:
    """idp and, unless database=False, pg; programs are made by program()."""

    def __init__(self, database=True, idp_args=(), **settings):
        self.idp = Idp(*idp_args)
        self.pg = None
        self.programs = []
        try:
            if database:
                self.pg = Cluster(**settings)
        except child.Missing as missing:
            skip_all(str(missing))

    def conf(self, *changes):
        base = {"ory": {"url": self.idp.public}, "log": {"level": "debug"}}
        base["database"] = {"url": self.pg.url if self.pg else
                            "postgresql:///none?host=/nonexistent",
                            "migrate": self.pg is not None}
        return merge(base, *changes)

    def program(self, *changes, workers=2, via="listen", start=True, name="bin/gatehouse",
                env=None):
        """A Gatehouse, started and (with a database) migrated."""
        p = Program(self.conf(*changes), via=via, workers=workers, name=name)
        if via == "config":
            p.configure(self.conf(*changes, {"listen": p.address}))
        self.programs.append(p)
        if start:
            p.start(env=env)
            if self.pg and p.conf["database"]["migrate"]:
                self.migrated(p)
        return p

    def migrated(self, p):
        """Until the tables are there and the child that made them has gone."""
        wait_for(lambda: self.pg.psql("SELECT to_regclass('user_profile')"), READY,
                 "migrations")
        wanted = p.workers_wanted or p.conf.get("workers", {}).get("min", 2)
        if not p.path.endswith(".fcgi") or p.workers_wanted:
            wait_for(lambda: len(p.workers()) == wanted, READY, "workers and nobody else")

    def close(self):
        for p in self.programs:
            if p.proc and p.proc.poll() is None:
                p.kill()
        if self.pg:
            self.pg.close()
        self.idp.remove()


def get(p, user, uri="/user/profile", extra=(), method="GET", client=None):
    """One request with the user's token (None: without)."""
    headers = [("X-Session-Token", user.token)] if user else []
    return (client or p.client).request(params(method, uri, [*headers, *extra]))


def post(p, user, text, client=None):
    body = text.encode()
    return (client or p.client).request(
        params("POST", "/user/preferences", [("X-Session-Token", user.token)],
               str(len(body))), body)


def timed(function, *args, **how):
    """(answer, seconds)"""
    started = time.monotonic()
    answer = function(*args, **how)
    return answer, time.monotonic() - started


def unavailable(answer, reason, what=""):
    """Is it product.md's 503, whole: triple, reason, Retry-After from 1 to 60?"""
    is_(answer.status, 503, what)
    triple = answer.json()
    is_(list(triple), ["code", "message", "details"], what)
    is_((triple["code"], triple["details"].get("reason")), ("unavailable", reason), what)
    again = answer.get("Retry-After", "")
    ok(again.isdigit() and 1 <= int(again) <= 60, f"{what}: Retry-After", again)
    return int(again)


def healthy(p, workers=None, what=""):
    """The next good request is 200; the workers are those of before, if given."""
    is_(fcgi.Client(p.address, 15).request(params("GET", "/healthz")).status, 200, what)
    if workers is not None:
        is_(p.workers(), workers, f"{what}: the workers")


def recovery(ask, seconds, streak=6):
    """Seconds until `streak` answers in a row are 200: each worker has its own links."""
    started, first, good = time.monotonic(), None, 0
    while good < streak:
        now = time.monotonic()
        status = ask().status
        if status == 200:
            first = first if good else now
            good += 1
            continue
        good = 0
        ok(now - started < seconds, f"recovery within {seconds} s", status)
        time.sleep(0.02)
    return first - started


def events(p, name):
    return [line for line in p.log() if line.get("event") == name]
