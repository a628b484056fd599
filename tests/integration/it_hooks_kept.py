#!/usr/bin/env python3
"""A thousand webhooks while the database restarts and workers are killed.

Each is sent until it is acknowledged, as Svix and Kratos do, and some once more after
that.  What was acknowledged is in the table exactly once, and has its effect.
"""

import collections
import contextlib
import itertools
import os
import random
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import events                                  # noqa: E402
from hosts_world import (ClerkPerson, HostsWorld, alone, attempt, everybody,  # noqa: E402
                         news)
from tap import case, diag, is_, ok, run, wait_for              # noqa: E402

DELIVERIES, SENDERS, WORKERS = 1000, 8, 5
KILL_EVERY = 6          # acknowledged deliveries
seed = int(os.environ.get("GATEHOUSE_SEED") or random.randrange(1 << 32))
world = HostsWorld(synchronous_commit="on")
pg = world.pg
a = world.host(workers=WORKERS)
alone(a)


class Senders:
    """Threads that take one delivery after the other and do not let go of it."""

    def __init__(self, deliveries):
        self.deliveries, self.turns = deliveries, itertools.count()
        self.acked, self.statuses = [], collections.Counter()
        self.wrong, self.kills = [], []
        self.threads = [threading.Thread(target=self._work, args=(n,), daemon=True)
                        for n in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def _work(self, number):
        chance = random.Random(seed + number)
        while (n := next(self.turns)) < len(self.deliveries):
            delivery = self.deliveries[n]
            while (status := attempt(a, delivery)) != 204:
                self.statuses[status] += 1
                if status not in (503, None):
                    self.wrong.append((delivery.id, status))
                    break
                time.sleep(0.02)
            else:
                self.acked.append(delivery.id)
                if n % KILL_EVERY == 0:
                    self.kills.append(kill_one(chance))
                if chance.random() < 0.2:       # a duplicate, whatever comes of it
                    self.statuses[attempt(a, delivery)] += 1

    def done(self):
        return not any(thread.is_alive() for thread in self.threads)


def deliveries():
    """Of Clerk and of Ory; each about a session that no other is about."""
    made = []
    for n in range(DELIVERIES):
        if n % 2:
            made.append(world.clerk.session_ended(f"sess_kept{n:04d}", f"user_kept{n:04d}"))
        else:
            session = f"0000{n:04d}-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
            made.append(world.ory.delivery("logout", None, session, id=f"trigger-{n:04d}"))
    return made


def kill_one(chance):
    """Whoever it is, at work or not: SIGKILL at any point of a delivery.  1 if somebody was."""
    pids = wait_for(lambda: (found := a.workers())[1:] and found, 20, "several workers")
    with contextlib.suppress(ProcessLookupError):       # by its own end
        os.kill(chance.choice(pids), signal.SIGKILL)
        return 1
    return 0


def restart(senders):
    """When so many are acknowledged, not when so much time is over."""
    for part, mode in (1, "fast"), (2, "immediate"), (3, "fast"):
        wait_for(lambda: len(senders.acked) >= part * DELIVERIES // 4, 60, "deliveries")
        pg.restart(mode)
    wait_for(senders.done, 60, "all deliveries")


@case(f"{DELIVERIES} deliveries, three restarts of the database, many killed workers: each once")
def _():
    diag(f"GATEHOUSE_SEED={seed}")
    all = deliveries()
    senders = Senders(all)
    restart(senders)
    kills = sum(senders.kills)
    diag(f"{kills} workers killed; further attempts: {dict(senders.statuses)}")
    ok(kills >= DELIVERIES // KILL_EVERY // 2, "workers killed", kills)
    is_(senders.wrong, [])
    is_(sorted(senders.acked), sorted(d.id for d in all))
    wait_for(lambda: news(a) == "ok", 15, "well again")
    is_(pg.psql("SELECT count(*), count(DISTINCT id) FROM webhook"), f"{DELIVERIES}|{DELIVERIES}")
    is_(pg.psql("SELECT count(*), count(DISTINCT (provider, id)) FROM revocation"),
        f"{DELIVERIES}|{DELIVERIES}")


@case("what was acknowledged is refused, by this host and by one that starts now")
def _():
    b = world.host(workers=2)
    alone(b)
    for n in range(1, DELIVERIES, DELIVERIES // 16 + 1 & ~1):
        person = ClerkPerson(world)
        person.header = ("Authorization", "Bearer " + world.idp.clerk.token(
            user_id=f"user_kept{n:04d}", session_id=f"sess_kept{n:04d}"))
        everybody(a, person, 401)
        everybody(b, person, 401)
    [stranger] = world.people(a, b, kinds=[ClerkPerson])
    everybody(b, stranger, 200)
    is_(b.stop(), 0)


@case("nothing was a mistake of the program's, and it stops cleanly")
def _():
    is_(a.stop(), 0)
    is_(events(a, "bug"), [])
    is_(a.output(), [])


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
