"""Ten thousand users of Ory, a provider that can serve them, and who counts its calls.

The provider is the stand-in of tests/bench: the one of contrib/idp would take a minute for
what takes seconds here.  How often it was asked is what it says, not what Gatehouse says.
"""

import json
import os
import random
import sys
import urllib.request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import child                                                    # noqa: E402
import mounts                                                   # noqa: E402
from pg import Cluster                                          # noqa: E402
from skew import Skew                                           # noqa: E402
from swarm import Swarm                                         # noqa: E402
from tap import case, is_, ok, run, skip_all                    # noqa: E402

USERS = 10000           # as in tests/bench/users.h
TTL = 30
BLOCK = 250             # so many users are asked for, then the same again
STUB = os.path.join(os.environ.get("top_builddir") or ".", "tests", "bench", "idpstub")
ROWS = """INSERT INTO user_profile (provider, user_id, theme, bio)
    SELECT 'ory', lpad(to_hex(i), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(i), 12, '0'),
        'dark', 'I am ' || i FROM generate_series({first}, {last}) AS i"""
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def token(i):
    return f"ory_st_{i:08x}BenchBenchBenchBenchBenc"


def head(i):
    return (f"GET /user/profile HTTP/1.1\r\nHost: localhost\r\n"
            f"X-Session-Token: {token(i)}\r\n\r\n").encode()


def mine(i, body):
    """Id, address and the text in the database: all three are this user's."""
    profile = json.loads(body[body.index(b"{"):body.rindex(b"}") + 1])
    return (profile["userId"], profile["email"], profile["bio"]) == (
        f"{i:08x}-0000-4000-8000-{i:012x}", f"user{i}@example.com", f"I am {i}")


class CrowdWorld:
    """`mount` is running, its programs' clock is `clock`."""

    def __init__(self, mount, users=USERS):
        self.users, self.clock = users, Skew()
        try:
            self.pg = Cluster(max_connections="60", autovacuum="off")
            self.mount = mounts.make(mount, workers=16)
        except child.Missing as missing:
            skip_all(str(missing))
        self.start_provider()
        self.start_mount(mount)
        for first in range(0, users, 1000):
            self.pg.psql(ROWS.format(first=first, last=first + 999))
        self.pg.psql("ANALYZE user_profile")
        self.swarm = Swarm(self.mount.address, head, mine)

    def start_provider(self):
        scratch = self.mount.scratch
        ready = scratch / "idp.url"
        program = scratch.copy(STUB, "lib/idpstub")
        self.proc = child.spawn([program, ready], scratch / "idp.log", scratch.account)
        child.wait_for(lambda: os.path.exists(ready), 20, "the provider")
        with open(ready) as file:
            self.idp = file.read().strip()

    def start_mount(self, name):
        """The clock's library comes with the environment, which mod_fcgid is told."""
        self.mount.env = self.clock.env
        told = "".join(f"FcgidInitialEnv {k} {v}\n" for k, v in self.clock.env.items())
        self.mount.edits = {"FcgidInitialEnv GATEHOUSE_CONF": told
                            + "FcgidInitialEnv GATEHOUSE_CONF"}
        conf = {"ory": {"url": self.idp, "cache_ttl": f"{TTL}s"},
                "database": {"url": self.pg.url, "migrate": name != "fcgid"},
                # a jump of the clock is no reason to doubt what is kept
                "revocation": {"bound": "60s"},
                "log": {"level": "warn"}}
        if name == "fcgid":     # a folder of its own, seen by this site alone
            conf["cache"] = {"path": self.mount.scratch.mkdir("cache", 0o700)}
        self.mount.start(conf)

    def asked(self, what="asked"):
        with _opener.open(f"{self.idp}/{what}", timeout=10) as answer:
            return json.load(answer)

    def forward(self, seconds):
        """The time passes; who reads revocations is woken, as if it had read all along."""
        self.clock.forward(seconds)
        self.pg.psql("NOTIFY gatehouse_revocation")

    def all_twice(self):
        """Every user asks twice, the second time soon, of whoever comes to serve it."""
        order, turns = list(range(self.users)), []
        random.shuffle(order)
        for at in range(0, self.users, BLOCK):
            block = order[at:at + BLOCK]
            turns += block + random.sample(block, len(block))
        return self.swarm.ask(turns)

    def processes(self):
        """The processes that answer requests."""
        if self.mount.backend:
            return self.mount.backend.workers()
        tree = [self.mount.proc.pid]
        for pid in tree:
            tree += child.children(pid)
        return [pid for pid in tree if child.name_of(pid) == "gatehouse.fcgi"]

    def all_good(self):
        """A wait for another's call may be given up where the machine is that busy: then the
        next try is good, for each of them."""
        got = dict(self.all_twice())
        again = got.pop("again", 0)
        ok(again <= self.users // 200, "few are told to ask again", again)
        is_(got, {200: 2 * self.users})

    def close(self):
        self.mount.close()
        child.stop(self.proc)
        self.pg.close()


def main(mount, users=USERS):
    world = CrowdWorld(mount, users)
    where = f"{users} users, 16 processes behind {world.mount.family}"

    @case(f"{where}: one upstream call for each of them, whoever serves it")
    def _():
        world.asked("forget")
        world.all_good()
        is_(world.asked(), {"users": users, "known": users, "most": 1})

    @case(f"{where}: when cache_ttl is over, one call each again")
    def _():
        world.forward(TTL + 1)
        world.asked("forget")
        world.all_good()
        is_(world.asked(), {"users": users, "known": users, "most": 1})

    @case("the same user asks all through the time: one call, then the next")
    def _():
        world.forward(TTL + 1)
        world.asked("forget")
        for at in range(0, TTL - 5, 5):
            is_(dict(world.swarm.ask([7] * 40)), {200: 40})
            is_(world.asked()["users"], 1, f"after {at} s")
            world.forward(5)
        world.forward(6)
        is_(dict(world.swarm.ask([7] * 40)), {200: 40})
        is_(world.asked()["users"], 2)

    @case("that was the work of many processes")
    def _():
        ok(len(world.processes()) >= 8, "processes", world.processes())

    @case("nothing was written but log lines")
    def _():
        is_(world.mount.complaints(), [])

    try:
        run()
    finally:
        world.close()
