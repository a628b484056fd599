#!/usr/bin/env python3
"""Everything at once: writers, readers, sign-outs, strangers; kills and faults that overlap.

Two hosts with one database; a checker judges every answer (mixed_checker.py).  A minute
here; GATEHOUSE_SOAK=SECONDS makes it longer, GATEHOUSE_SEED=N chooses what goes wrong when.
"""

import collections
import contextlib
import os
import random
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import descriptors, events                     # noqa: E402
from hosts_world import HostsWorld, alone, news, readiness      # noqa: E402
import mixed_actors                                             # noqa: E402
from mixed_checker import Problems, Refusals, Times             # noqa: E402
import mixed_faults                                             # noqa: E402
import prog                                                     # noqa: E402
from tap import case, contains, diag, is_, ok, run, wait_for    # noqa: E402

SECONDS = int(os.environ.get("GATEHOUSE_SOAK") or 60)
SEED = int(os.environ.get("GATEHOUSE_SEED") or random.randrange(1 << 32))
ROUND = 10              # seconds of faults before everybody has a rest
RECOVERY, BOUND, WORKERS = 30, 2.0, 4
LEAVERS = 800           # sign-outs in all: what the smallest memory can remember
CAST = {"Writer": 6, "Reader": 3, "Stranger": 2, "Leaver": 2, "Auditor": 3}
LANES = ("Killer", "Hosts", "ProviderLane", "DatabaseLane")
CONF = {
    "ory": {"cache_ttl": "20s", "write_ttl": "5s", "timeout": "600ms"},
    "database": {"connect_timeout": "800ms", "statement_timeout": "800ms"},
    "workers": {"request_timeout": "2s"},
    "cache": {"size": "4MiB"},
    "revocation": {"bound": f"{BOUND:.0f}s"},
    "log": {"level": "warn"},
}


class Mixed:
    """The run: who takes part, what they saw, and what was broken when."""

    def __init__(self):
        self.seed, self.bound, self.pace = SEED, BOUND, SECONDS * 2 / LEAVERS
        self.world = HostsWorld(synchronous_commit="on")
        self.problems, self.broken = Problems(), Times()
        self.refusals = Refusals(self.problems, BOUND, self.broken)
        self.ending, self.over, self.closed = [threading.Event() for _ in range(3)]
        self.registers, self.unanswered = [], collections.deque()
        self.acked, self.deleted = collections.deque(), []
        self.kills = 0
        self.hosts = [self.world.host(CONF, workers=WORKERS) for _ in range(2)]
        for host in self.hosts:
            alone(host)
        self.lanes = [getattr(mixed_faults, name)(self) for name in LANES]
        self.actors = [getattr(mixed_actors, name)(self, n)
                       for name, count in CAST.items() for n in range(count)]
        self.took = []

    @contextlib.contextmanager
    def unread(self):
        """A time in which revocations may be unreadable, for a host at least."""
        span = self.broken.begin()
        try:
            yield
        finally:
            self.broken.end(span)

    def lately(self):
        """The latest fault of each lane and its age: where to look."""
        now = time.monotonic()
        return [(name, round(now - began, 2)) for name, began in
                (lane.latest for lane in self.lanes if lane.latest)]

    def go(self):
        for thread in self.actors + self.lanes:
            thread.start()
        end = time.monotonic() + SECONDS
        self.round(ROUND / 2)
        self.sizes = self.measure()
        while time.monotonic() < end:
            self.round(min(ROUND, max(end - time.monotonic(), 1)))
        self.ending.set()
        for actor in self.actors:
            actor.join(40)
            ok(not actor.is_alive(), "it came to an end", type(actor).__name__)
        self.over.set()

    def round(self, seconds):
        end = time.monotonic() + seconds
        for lane in self.lanes:
            lane.on.set()
        wait_for(lambda: time.monotonic() > end, seconds + 5, every=0.1)
        for lane in self.lanes:
            lane.on.clear()
        for lane in self.lanes:
            ok(lane.idle.wait(30), "the fault came to an end", type(lane).__name__)
        self.rest()

    def rest(self):
        """No faults: everything has to be well again by itself, and how soon."""
        began = time.monotonic()
        wait_for(self.well, RECOVERY, "all is well again")
        self.took.append(time.monotonic() - began)

    def well(self):
        """Every host is ready and every writer was served since."""
        began = getattr(self, "well_since", None)
        try:
            ready = all(readiness(h).status == 200 and news(h) == "ok"
                        and len(h.workers()) == WORKERS for h in self.hosts)
        except OSError:
            ready = False
        if not ready or began is None:
            self.well_since = time.monotonic() if ready else None
            return False
        writers = [a for a in self.actors if isinstance(a, mixed_actors.Writer)]
        if all(w.last_good > began for w in writers):
            self.well_since = None
            return True
        return False

    def measure(self):
        """What may not grow: of supervisors, whose workers come and go."""
        return [(descriptors(h.proc.pid), resident(h.proc.pid)) for h in self.hosts]

    def connections(self):
        return int(self.world.pg.psql("SELECT count(*) FROM pg_stat_activity "
                                      "WHERE usename = 'gatehouse'"))


def resident(pid):
    """KiB of its own: pages shared with nobody else."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith("Private"))


def sanitized():
    with open(prog.program(), "rb") as f:
        return b"__asan_init" in f.read()


mixed = None


@case(f"{SECONDS} seconds of everything: no promise is broken")
def _():
    global mixed
    diag(f"GATEHOUSE_SEED={SEED}")
    mixed = Mixed()
    mixed.go()
    for what, n in sorted(mixed.problems.tested.items()):
        diag(f"{n:7} {what}")
    diag(f"{mixed.kills:7} workers killed, {len(mixed.unanswered)} requests unanswered")
    diag("well again after " + ", ".join(f"{t:.1f}" for t in mixed.took) + " s")
    is_(mixed.problems.list[:20], [], f"{len(mixed.problems.list)} problems")


@case("it was not for show: every kind of promise was put to the test")
def _():
    tested = mixed.problems.tested
    for what, least in [("writes acknowledged", 5), ("own reads", 5),
                        ("profiles compared with who asked", 20), ("refusals that had to be", 5),
                        ("status 401", 5)]:
        ok(tested[what] >= least * SECONDS / 2, what, tested[what])
    least = min(SECONDS, LEAVERS) / 2
    ok(tested["sign-outs acknowledged"] >= least, "sign-outs", tested["sign-outs acknowledged"])
    ok(mixed.kills >= SECONDS, "kills", mixed.kills)


@case("only killed workers leave a request unanswered, and each one at most")
def _():
    ok(len(mixed.unanswered) <= mixed.kills, "unanswered", len(mixed.unanswered), mixed.kills)


@case("what is stored in the end is what was acknowledged, or undecided and newer")
def _():
    rows = mixed.world.pg.psql("SELECT user_id, coalesce(bio, '') FROM user_profile")
    stored = dict(row.split("|", 1) for row in rows.splitlines())
    for register in mixed.registers:
        tag = int(stored[register.who].rpartition(":")[2] or 0)
        contains(register.possible(time.monotonic()), tag, register.who)


@case("every acknowledged webhook had its effect exactly once; the deleted stay deleted")
def _():
    psql = mixed.world.pg.psql
    hooks = collections.Counter(psql("SELECT id FROM webhook").split())
    is_({id: n for id, n in hooks.items() if n != 1}, {}, "twice")
    is_([d.id for d in mixed.acked if d.id and d.id not in hooks], [], "lost")
    rows = psql("SELECT provider, kind, id FROM revocation").split()
    is_([row for row, n in collections.Counter(rows).items() if n != 1], [], "effects")
    left = set(psql("SELECT user_id FROM user_profile").split())
    is_([id for id in mixed.deleted if id in left], [], "back again")


@case("in the end nobody who left is let in, by any host")
def _():
    for revoked in mixed.refusals.list:
        for host in mixed.hosts:
            status = revoked.person.get(host).status
            ok(status in (401, 503), "refused", revoked.person.provider, status)


@case("nothing grew: descriptors, memory, connections")
def _():
    wait_for(lambda: mixed.connections() <= 2 * (WORKERS + 1), 10, "connections")
    for (fds, memory), (fds_now, memory_now) in zip(mixed.sizes, mixed.measure()):
        diag(f"descriptors {fds} -> {fds_now}, private memory {memory} -> {memory_now} KiB")
        ok(fds_now <= fds, "descriptors of a supervisor", fds, fds_now)
        if not sanitized():
            ok(memory_now <= memory + 512, "memory of a supervisor", memory, memory_now)
    for host in mixed.hosts:
        for pid in host.workers():
            ok(descriptors(pid) <= 32, "descriptors of a worker", descriptors(pid))


@case("nothing was a mistake of the program's, and it stops cleanly")
def _():
    for host in mixed.hosts:
        is_(host.stop(), 0)
        is_(events(host, "bug"), [])
        is_([line for line in host.output() if line], [])


if __name__ == "__main__":
    try:
        run()
    finally:
        if mixed:
            mixed.over.set()
            mixed.world.close()
            mixed.closed.set()
